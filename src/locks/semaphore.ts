import type { Agent } from './agent.ts';
import { Flag, idMask, LedgerAt, lineBytes, LockKind, SemaphoreAt, wordBytes } from './layout.ts';
import { Ledger } from './ledger.ts';
import { Lock } from './lock.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { agree, checkCount } from './place.ts';
import type { LockOptions } from './waitable.ts';

/** The part of the state that counts permits that are taken. */
const countMask = idMask;
const permitsMax = (1 << 19) - 1;

/** What a semaphore says of itself, for debuggers. @public */
export interface SemaphoreState {
  readonly permits: number;
  /** Permits that can be had. */
  readonly free: number;
  /** Permits of each agent, by its number; below 0 for one that released what others took. */
  readonly holders: ReadonlyMap<number, number>;
  /** Agents that sleep, and asynchronous waits. */
  readonly waiters: number;
  /** Permits of dead agents that were taken back so far. */
  readonly holdersDied: number;
}

/**
 * A counting semaphore (Dijkstra): so many permits, `lock` takes one and `unlock` gives one back.
 *
 * - Fairness: none promised. Of those who sleep, the first one is woken.
 * - Cost: one or two compare-and-swaps each way.
 * - No owner: whoever likes may give back a permit, as with the kernel's and POSIX's. Giving back
 *   more than there are is an error.
 * - Robust: permits of dead agents are taken back when somebody needs them, who is told
 *   `holderDied` (as SEM_UNDO of semop(2) does; a permit that was given back by another than who
 *   took it is reckoned to both).
 *
 * @public
 */
export class Semaphore extends Lock {
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  /** Permits that there are. */
  readonly permits: number;
  private readonly stateAt: number;
  private readonly ledger: Ledger;
  private readonly heldAt: number;

  /**
   * Attaches to the semaphore at a byte offset of the agent's buffer. In memory that is all zero
   * all permits are free.
   *
   * @param permits - 1 to 524,287; all who attach say the same
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, permits: number, options: LockOptions = {}) {
    checkCount('Semaphore', 'permits', permits, permitsMax);
    super(agent, offset, Semaphore.bytes(agent.table.capacity), LockKind.semaphore, options);
    const permitsAt = this.first + SemaphoreAt.permits;
    agree(this.words, permitsAt, permits, LockKind.semaphore, 'permits');
    this.permits = permits;
    this.stateAt = this.first + SemaphoreAt.state;
    const { stateAt } = this;
    const diedAt = this.first + SemaphoreAt.died;
    this.ledger = new Ledger(agent, this.first + SemaphoreAt.ledger, { stateAt, diedAt });
    this.heldAt = this.ledger.heldAt;
    const left = this.ledger.enter();
    if (left !== 0) this.wakeForDead(left);
  }

  /** Bytes of the semaphore, for a table of so many agents. */
  static bytes(capacity: number = 16): number {
    const used = (SemaphoreAt.ledger + capacity * LedgerAt.size) * wordBytes;
    return Math.ceil(used / lineBytes) * lineBytes;
  }

  override lock(): LockOutcome {
    this.outcome = 'acquired';
    const { words, heldAt } = this;
    if (Atomics.compareExchange(words, this.stateAt, 0, 1) === 0) words[heldAt]!++;
    else if (!this.tryLock()) this.block(Infinity);
    return this.outcome;
  }

  tryLock(): boolean {
    const { words, stateAt, permits } = this;
    let seen = Atomics.load(words, stateAt);
    while ((seen & countMask) < permits) {
      const next = (seen & ~Flag.holderDied) + 1;
      const found = Atomics.compareExchange(words, stateAt, seen, next);
      if (found === seen) {
        words[this.heldAt]!++;
        if ((seen & Flag.holderDied) !== 0) this.outcome = 'holderDied';
        return true;
      }
      seen = found;
    }
    return false;
  }

  unlock(): void {
    const flags = this.giveBack();
    this.words[this.heldAt]!--;
    if (flags !== 0) this.wake(flags, 1);
  }

  /** A semaphore guards nothing that one holder alone could leave half changed. */
  get inconsistent(): boolean {
    return false;
  }

  makeConsistent(): void {
    throw this.error('EINVAL', 'it is consistent: a semaphore has no owner');
  }

  state(): SemaphoreState {
    const { words, permits } = this;
    return {
      permits,
      free: permits - (Atomics.load(words, this.stateAt) & countMask),
      holders: this.ledger.holders(),
      waiters: this.waiterCount,
      holdersDied: Atomics.load(words, this.first + SemaphoreAt.died),
    };
  }

  protected get sleepsAt(): number {
    return this.first + SemaphoreAt.seats;
  }

  protected get asyncsAt(): number {
    return this.first + SemaphoreAt.asyncs;
  }

  protected attempt(): boolean {
    return this.tryLock();
  }

  protected override contendOnce(asynchronous: boolean): boolean | undefined {
    if (this.tryLock()) return true;
    const left = this.ledger.takeFromDead();
    if (left > 0) {
      this.wakeForDead(left);
      return undefined;
    }
    const { words, stateAt } = this;
    const seen = Atomics.load(words, stateAt);
    if ((seen & countMask) < this.permits) return undefined;
    const flag = asynchronous ? Flag.asyncs : Flag.sleepers;
    if ((seen & flag) !== 0) return false;
    return Atomics.compareExchange(words, stateAt, seen, seen | flag) === seen ? false : undefined;
  }

  /** Gives back a permit; the flags of who is to be told. */
  private giveBack(): number {
    const { words, stateAt } = this;
    let seen = 1;
    for (;;) {
      const found = Atomics.compareExchange(words, stateAt, seen, seen - 1);
      if (found === seen) return seen & ~countMask;
      if ((found & countMask) === 0) {
        const all = `all ${this.permits} permits are free`;
        throw this.error('EPERM', `released by agent ${this.agent.id}, but ${all}`);
      }
      seen = found;
    }
  }

  /** Permits of dead agents were taken back. */
  private wakeForDead(permits: number): void {
    this.wake(Atomics.load(this.words, this.stateAt) & ~countMask, permits);
  }

  /** Permits have become free: as many sleepers may go, and all asynchronous waiters look. */
  private wake(flags: number, permits: number): void {
    const { words, stateAt } = this;
    if ((flags & Flag.sleepers) !== 0 && this.wakeAt(this.sleepsAt, permits) < permits) {
      // All are awake. One that is about to sleep may have seen the flag: it looks again.
      Atomics.and(words, stateAt, ~Flag.sleepers);
      this.wakeAt(this.sleepsAt);
    }
    if ((flags & Flag.asyncs) !== 0) {
      Atomics.and(words, stateAt, ~Flag.asyncs);
      this.wakeAsyncs();
    }
  }
}
