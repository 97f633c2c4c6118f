import { Mode, type HeldLocks } from './held-locks.ts';

/** What is known of a chain, by node. */
export const Chain = {
  /** It has not been asked for yet. */
  unknown: 0,
  /** To ask for its last lock is nothing new, and no part of any cycle. */
  quiet: 1,
  /** It may be a part of a cycle, or is a recursion. */
  marked: 2,
} as const;

/**
 * Bits of a node's code below the lock's number: a bit for a try, and above it the mode, of which
 * that of a writer is 0.
 */
export const chainCodeBits = 3;

/** Locks that are told apart in masks. */
const maskedLocks = 32;

/**
 * The chains of locks that agents have held, as a tree: the path from an agent's root to a node is
 * what it holds, outermost first. What lockdep's chain cache does with hashes: a chain that is
 * known needs no validation again.
 */
export class LockChains {
  /**
   * For each node: the lock and how it was taken, coded; its first child, next sibling and parent.
   */
  code: Int32Array = new Int32Array(256);
  child: Int32Array = new Int32Array(256);
  sibling: Int32Array = new Int32Array(256);
  parent: Int32Array = new Int32Array(256);
  /** For each node the locks of its chain that are held for writing, and all of them, as masks. */
  writing: Int32Array = new Int32Array(256);
  holding: Int32Array = new Int32Array(256);
  /** One of `Chain`, for each node. */
  verdicts: Int32Array = new Int32Array(256);
  /** The first locks that turned up have a bit in the masks; others have none. */
  private readonly bits = new Map<number, number>();
  /** Dependencies that the chain makes when its last lock is asked for, by node. */
  readonly dependencies: (readonly number[] | undefined)[] = [];
  /** Nodes that there are, with that of number 0, which stands for none. */
  count: number;
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
    const bit = this.bitOf(object);
    this.writing[made] = this.writing[node]! | (mode === Mode.write ? bit : 0);
    this.holding[made] = this.holding[node]! | bit;
    if (before === 0) this.child[node] = made;
    else this.sibling[before] = made;
    return made;
  }

  /** The node of `node`'s chain with one lock more, if there is one; else 0. */
  known(node: number, object: number, mode: number, tried: boolean): number {
    return this.childWith(node, chainCode(object, mode, tried));
  }

  /** Whether nothing is held at this node. */
  isRoot(node: number): boolean {
    return node <= this.at.length;
  }

  /**
   * The node that `drop` leads to when the lock's last hold for writing (or for reading) is given
   * up; 0: there is none yet, or the lock is not held so.
   */
  without(node: number, object: number, writing: boolean): number {
    let last = node;
    while (!this.isRoot(last) && !this.isHold(last, object, writing)) last = this.parent[last]!;
    if (this.isRoot(last)) return 0;
    return last === node ? this.parent[node]! : this.rebuilt(node, last);
  }

  /** The last hold of a lock at this node: its mode, or -1. */
  modeOf(node: number, object: number): number {
    for (let at = node; !this.isRoot(at); at = this.parent[at]!) {
      if (this.code[at]! >> chainCodeBits === object) return (this.code[at]! >> 1) & 3;
    }
    return -1;
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

  private isHold(node: number, object: number, writing: boolean): boolean {
    const code = this.code[node]!;
    return code >> chainCodeBits === object && (((code >> 1) & 3) === Mode.write) === writing;
  }

  private rebuilt(node: number, left: number): number {
    if (this.isRoot(node)) return node;
    const below = this.rebuilt(this.parent[node]!, left);
    if (node === left || below === 0) return below;
    return this.childWith(below, this.code[node]! & ~1);
  }

  private childWith(node: number, code: number): number {
    let child = this.child[node]!;
    while (child !== 0 && this.code[child] !== code) child = this.sibling[child]!;
    return child;
  }

  private bitOf(object: number): number {
    let bit = this.bits.get(object);
    if (bit === undefined) {
      bit = this.bits.size < maskedLocks ? 1 << this.bits.size : 0;
      this.bits.set(object, bit);
    }
    return bit;
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
    this.writing = larger(this.writing);
    this.holding = larger(this.holding);
    this.verdicts = larger(this.verdicts);
  }
}

function chainCode(object: number, mode: number, tried: boolean): number {
  return (object << chainCodeBits) + mode * 2 + (tried ? 1 : 0);
}

/**
 * Whether somebody who holds in mode `held` blocks somebody who wants in mode `wanted`
 * (lockdep-design.rst).
 */
export function blocks(held: number, wanted: number): boolean {
  return held === Mode.write || wanted !== Mode.recursiveRead;
}
