import { longer } from './steps.ts';

/** What a node says, one cell each; one more is spare, so that nodes lie evenly in cache lines. */
export const NodeAt = {
  agent: 0,
  kind: 1,
  object: 2,
  last: 3,
  access: 4,
  /** The next sibling. In a free node: the next free one. */
  next: 5,
  child: 6,
} as const;

const nodeCells = 8;

/**
 * Sequences that are still to be run, as trees: a node is one step, its children are what may come
 * next, in the order in which they are explored. A node's number is the place of its cells in the
 * pool, in which all trees lie; 0 is none.
 */
export class WakeupTrees {
  cells: Int32Array = new Int32Array(256 * nodeCells);
  /** Nodes in use, and the most there ever were. */
  count = 0;
  countMax = 0;
  private free = 0;
  private used = nodeCells;

  add(agent: number, kind: number, object: number, last: number, access: number): number {
    let node = this.free;
    if (node !== 0) this.free = this.cells[node + NodeAt.next]!;
    else {
      node = this.used;
      this.used += nodeCells;
      if (this.used > this.cells.length) this.cells = longer(this.cells);
    }
    const { cells } = this;
    cells[node + NodeAt.agent] = agent;
    cells[node + NodeAt.kind] = kind;
    cells[node + NodeAt.object] = object;
    cells[node + NodeAt.last] = last;
    cells[node + NodeAt.access] = access;
    cells[node + NodeAt.next] = 0;
    cells[node + NodeAt.child] = 0;
    if (++this.count > this.countMax) this.countMax = this.count;
    return node;
  }

  remove(node: number): void {
    this.cells[node + NodeAt.next] = this.free;
    this.free = node;
    this.count--;
  }
}
