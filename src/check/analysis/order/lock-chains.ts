import type { HeldEntry } from '../trace-state.ts';

/** Locks up to seven millions, and chains up to sixteen, have numbers of their own. */
const radix = 2 ** 29;

/**
 * Chains of locks that were held at once, as a tree: a node is an ordered list of locks with their
 * modes since the start of the interrupt context. What was validated once need not be again. It is
 * exact, where lockdep hashes (its "chain_key collision"), and knows whether a lock was got by a
 * try, which lockdep's key does not.
 */
export class LockChains {
  private readonly nodes = new Map<number, number>();
  private count = 1;
  /** Whether the last `follow` met the chain for the first time. */
  isNew = false;

  /** The chain of a lock taken under `below`. */
  follow(below: number, lock: number, subclass: number, mode: number, tried: boolean): number {
    const item = ((lock * 9 + subclass + 1) * 4 + mode) * 2 + (tried ? 1 : 0);
    const key = below * radix + item;
    const known = this.nodes.get(key);
    this.isNew = known === undefined;
    if (known !== undefined) return known;
    const node = this.count++;
    this.nodes.set(key, node);
    return node;
  }

  get size(): number {
    return this.nodes.size;
  }
}

/** The chain that a lock taken now would extend: 0 at the start of an interrupt context. */
export function chainBelow(held: readonly HeldEntry[], context: number): number {
  const top = held.at(-1);
  return top !== undefined && top.context === context ? top.chain : 0;
}
