import { longer } from './steps.ts';

/**
 * Sequences that are still to be run, as trees: a node is one step, its children are what may come
 * next, in the order in which they are explored. Node 0 is none. All trees lie in one pool.
 */
export class WakeupTrees {
  agent: Int32Array = new Int32Array(256);
  kind: Int32Array = new Int32Array(256);
  object: Int32Array = new Int32Array(256);
  last: Int32Array = new Int32Array(256);
  access: Int32Array = new Int32Array(256);
  /** The next sibling. In a free node: the next free one. */
  next: Int32Array = new Int32Array(256);
  child: Int32Array = new Int32Array(256);
  /** Nodes in use, and the most there ever were. */
  count = 0;
  countMax = 0;
  private free = 0;
  private used = 1;

  add(agent: number, kind: number, object: number, last: number, access: number): number {
    let node = this.free;
    if (node !== 0) this.free = this.next[node]!;
    else if ((node = this.used++) === this.agent.length) this.grow();
    this.agent[node] = agent;
    this.kind[node] = kind;
    this.object[node] = object;
    this.last[node] = last;
    this.access[node] = access;
    this.next[node] = 0;
    this.child[node] = 0;
    if (++this.count > this.countMax) this.countMax = this.count;
    return node;
  }

  remove(node: number): void {
    this.next[node] = this.free;
    this.free = node;
    this.count--;
  }

  private grow(): void {
    this.agent = longer(this.agent);
    this.kind = longer(this.kind);
    this.object = longer(this.object);
    this.last = longer(this.last);
    this.access = longer(this.access);
    this.next = longer(this.next);
    this.child = longer(this.child);
  }
}
