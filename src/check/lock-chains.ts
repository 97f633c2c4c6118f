import { Mode, type HeldLocks } from './held-locks.ts';

/**
 * The chains of locks that agents have held, as a tree: the path from an agent's root to a node is
 * what it holds, outermost first. What lockdep's chain cache does with hashes: a chain that is
 * known needs no validation again.
 */
export class LockChains {
  /**
   * For each node: the lock and how it was taken, coded; its first child, next sibling and parent.
   */
  private code = new Int32Array(256);
  private child = new Int32Array(256);
  private sibling = new Int32Array(256);
  private parent = new Int32Array(256);
  /** Dependencies that the chain makes when its last lock is asked for, by node. */
  readonly dependencies: (readonly number[] | undefined)[] = [];
  private count: number;
  /** The node that each agent stands at. */
  readonly at: Int32Array;

  constructor(agents: number) {
    this.at = new Int32Array(agents);
    this.count = agents + 1;
    while (this.count > this.code.length) this.grow();
    this.begin();
  }

  /** Every agent holds nothing. Node agent + 1 is that agent's root. */
  begin(): void {
    for (let agent = 0; agent < this.at.length; agent++) this.at[agent] = agent + 1;
  }

  /** The node of `node`'s chain with one lock more; made if it is new. */
  extend(node: number, object: number, mode: number, tried: boolean): number {
    const code = chainCode(object, mode, tried);
    let before = 0;
    for (let next = this.child[node]!; next !== 0; next = this.sibling[next]!) {
      if (this.code[next] === code) return next;
      before = next;
    }
    if (this.count === this.code.length) this.grow();
    const made = this.count++;
    this.code[made] = code;
    this.parent[made] = node;
    if (before === 0) this.child[node] = made;
    else this.sibling[before] = made;
    return made;
  }

  /** The agent gave up the lock that stood at `depth`; `held` is what is left. */
  drop(agent: number, depth: number, held: HeldLocks): void {
    const left = held.depth[agent]!;
    if (depth === left) {
      this.at[agent] = this.parent[this.at[agent]!]!;
      return;
    }
    // Not the innermost: what stood above it is a chain of its own, as lockdep takes it again.
    let node = agent + 1;
    for (let i = 0; i < left; i++)
      node = this.extend(node, held.objectAt(agent, i), held.modeAt(agent, i), false);
    this.at[agent] = node;
  }

  /** A lock of the chain changed its mode. */
  rebuild(agent: number, held: HeldLocks): void {
    this.drop(agent, -1, held);
  }

  private grow(): void {
    const length = this.code.length * 2;
    const larger = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(length);
      to.set(from);
      return to;
    };
    this.code = larger(this.code);
    this.child = larger(this.child);
    this.sibling = larger(this.sibling);
    this.parent = larger(this.parent);
  }
}

function chainCode(object: number, mode: number, tried: boolean): number {
  return object * 8 + mode * 2 + (tried ? 1 : 0);
}

/**
 * Whether somebody who holds in mode `held` blocks somebody who wants in mode `wanted`
 * (lockdep-design.rst).
 */
export function blocks(held: number, wanted: number): boolean {
  return held === Mode.write || wanted !== Mode.recursiveRead;
}
