import { PairNumbers } from '../pair-numbers.ts';
import type { HeldEntry } from '../trace-state.ts';

/**
 * Chains of locks that were held at once, as a tree: a node is an ordered list of locks with their
 * modes since the start of the interrupt context. What was validated once need not be again. It is
 * exact, where lockdep hashes (its "chain_key collision"), and knows whether a lock was got by a
 * try, which lockdep's key does not.
 */
export class LockChains {
  /** A chain below, and the lock on top of it with its mode. */
  private readonly nodes = new PairNumbers();
  /** Whether the last `follow` met the chain for the first time. */
  isNew = false;

  /** The chain of a lock taken under `below`. Locks up to 29 millions are told apart. */
  follow(below: number, lock: number, subclass: number, mode: number, tried: boolean): number {
    const item = ((lock * 9 + subclass + 1) * 4 + mode) * 2 + (tried ? 1 : 0);
    const node = this.nodes.number(below, item | 0) + 1;
    this.isNew = this.nodes.isNew;
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
