import { PairNumbers } from '../pair-numbers.ts';

/**
 * Chains of locks that were held at once, as a tree: a node is an ordered list of locks, or of
 * classes, with their modes since the start of the interrupt context. What was validated once need
 * not be again. It is exact, where lockdep hashes (its "chain_key collision"), and knows whether a
 * lock was got by a try, which lockdep's key does not.
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

/** What is known of a chain of classes. */
export const Settled = {
  /** Nothing, or it says nothing of the next ones. */
  no: 0,
  /** All dependencies of whoever takes its locks are in the graph, and broke nothing. */
  yes: 1,
  /** Some of its chains of locks broke something: they are told apart, to be counted. */
  never: 2,
} as const;

/** Chains of classes: few, however many locks there are. Only these are remembered for ever. */
export class ClassChains {
  private readonly chains = new LockChains();
  /** By chain. */
  private settled = new Uint8Array(64);

  /** The chain of a lock of a class taken under `below`. */
  follow(below: number, lockClass: number, mode: number, tried: boolean): number {
    return this.chains.follow(below, lockClass, -1, mode, tried);
  }

  get size(): number {
    return this.chains.size;
  }

  isSettled(chain: number): boolean {
    return this.settled[chain] === Settled.yes;
  }

  /** Notes what one of its chains of locks has led to. */
  settle(chain: number, as: number): void {
    if (chain >= this.settled.length) {
      const larger = new Uint8Array(Math.max(chain + 1, this.settled.length * 2));
      larger.set(this.settled);
      this.settled = larger;
    }
    if (this.settled[chain] !== Settled.never) this.settled[chain] = as;
  }
}
