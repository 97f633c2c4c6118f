import type { Agent } from './agent.ts';
import { changed, stepOn } from './futex-word.ts';
import { ExclusiveAt, Flag, idMask, type LockKindWord } from './layout.ts';
import { Lock } from './lock.ts';
import type { LockOutcome } from './lock-outcome.ts';
import type { LockOptions } from './waitable.ts';

/** What a lock with one holder says of itself, for debuggers. @public */
export interface ExclusiveState {
  /** The agent that holds it; 0: nobody. */
  readonly owner: number;
  /** Whether that agent lives. */
  readonly ownerAlive: boolean;
  /** Agents that sleep, and asynchronous waits. */
  readonly waiters: number;
  /** `lost`: nobody can have it any more. */
  readonly data: 'consistent' | 'inconsistent' | 'lost';
}

/**
 * The three-state futex mutex (Drepper, "Futexes Are Tricky", 2011, section 6, mutex2), whose word
 * says whose it is, as the words of the kernel's robust futexes do (Documentation/locking/
 * robust-futex-ABI.rst: FUTEX_TID_MASK, FUTEX_WAITERS, FUTEX_OWNER_DIED).
 *
 *     0                           free
 *     id                          taken
 *     id + sleepers               taken, and somebody sleeps on the word
 *     id + asyncs                 taken, and somebody waits on the next word without blocking
 *     id + inconsistent           taken from one who died
 *     inconsistent                given back by one who had it from one who died
 *     lost                        released when it was inconsistent
 *
 * Taking a free lock is one compare-and-swap, and releasing it another: the owner check costs
 * nothing. Who has slept takes it with `sleepers` set, as others may sleep still; at worst the
 * release then wakes nobody.
 */
export class ExclusiveLock extends Lock {
  private readonly stateAt: number;
  private readonly id: number;

  constructor(
    agent: Agent,
    offset: number,
    bytes: number,
    kind: LockKindWord,
    exclusiveAt: number,
    options: LockOptions,
    spins?: number,
  ) {
    super(agent, offset, bytes, kind, options, spins);
    this.stateAt = this.first + exclusiveAt + ExclusiveAt.state;
    this.id = agent.id;
  }

  override lock(): LockOutcome {
    if (Atomics.compareExchange(this.words, this.stateAt, 0, this.id) === 0) return 'acquired';
    this.outcome = 'acquired';
    this.block(Infinity);
    return this.outcome;
  }

  tryLock(): boolean {
    const seen = Atomics.compareExchange(this.words, this.stateAt, 0, this.id);
    return seen === 0 || this.takeFromDead(seen, 0);
  }

  unlock(): void {
    const seen = Atomics.compareExchange(this.words, this.stateAt, this.id, 0);
    if (seen !== this.id) this.unlockContended(seen);
  }

  get inconsistent(): boolean {
    const seen = Atomics.load(this.words, this.stateAt);
    return (seen & idMask) === this.id && (seen & Flag.inconsistent) !== 0;
  }

  makeConsistent(): void {
    const seen = Atomics.load(this.words, this.stateAt);
    if ((seen & idMask) !== this.id) throw this.notMine(seen, 'made consistent');
    if ((seen & Flag.inconsistent) === 0) {
      throw this.error('EINVAL', 'it is consistent: no owner had died');
    }
    Atomics.and(this.words, this.stateAt, ~Flag.inconsistent);
  }

  state(): ExclusiveState {
    const seen = Atomics.load(this.words, this.stateAt);
    const owner = seen & idMask;
    const ownerAlive = owner !== 0 && this.agent.table.isAlive(owner);
    const inconsistent = (seen & Flag.inconsistent) !== 0 || (owner !== 0 && !ownerAlive);
    const data = (seen & Flag.lost) !== 0 ? 'lost' : inconsistent ? 'inconsistent' : 'consistent';
    return { owner, ownerAlive, waiters: this.waiterCount, data };
  }

  /**
   * Releases it without a word on what it guards: if its owner had died, the next one is told so.
   */
  giveBack(): void {
    if (!this.inconsistent) {
      this.unlock();
      return;
    }
    const before = Atomics.exchange(this.words, this.stateAt, Flag.inconsistent);
    this.wakeAfter(before, 1);
  }

  /** Why nobody but a repairer can have it, or nobody at all. */
  get trouble(): 'EOWNERDEAD' | 'ENOTRECOVERABLE' | undefined {
    const seen = Atomics.load(this.words, this.stateAt);
    if ((seen & Flag.lost) !== 0) return 'ENOTRECOVERABLE';
    const owner = seen & idMask;
    if (owner === 0) return (seen & Flag.inconsistent) === 0 ? undefined : 'EOWNERDEAD';
    return this.agent.table.isAlive(owner) ? undefined : 'EOWNERDEAD';
  }

  /** Whether nobody holds it, and nobody died who did. */
  get isFree(): boolean {
    return Atomics.load(this.words, this.stateAt) === 0;
  }

  /** Whether this agent holds it. */
  get isMine(): boolean {
    return (Atomics.load(this.words, this.stateAt) & idMask) === this.id;
  }

  /** Whether this agent holds it, and had it from nobody who died. */
  get isMineInOrder(): boolean {
    const seen = Atomics.load(this.words, this.stateAt);
    return (seen & (idMask | Flag.inconsistent)) === this.id;
  }

  protected get sleepsAt(): number {
    return this.stateAt;
  }

  protected get asyncsAt(): number {
    return this.stateAt + ExclusiveAt.asyncs;
  }

  protected override get holdsOwner(): boolean {
    return true;
  }

  protected attempt(): boolean {
    // Looks before it writes, so that spinning leaves the owner's cache line alone.
    return (
      Atomics.load(this.words, this.stateAt) === 0 &&
      Atomics.compareExchange(this.words, this.stateAt, 0, this.id) === 0
    );
  }

  protected override contend(asynchronous: boolean): boolean {
    const { words, stateAt } = this;
    const asyncs = asynchronous ? Atomics.load(words, this.asyncsAt) : 0;
    const flag = asynchronous ? Flag.asyncs : Flag.sleepers;
    // Asynchronous waiters are woken all, and each says again that it waits.
    const kept = asynchronous ? 0 : Flag.sleepers;
    for (;;) {
      const seen = Atomics.load(words, stateAt);
      if (seen !== 0) {
        if (this.takeFromDead(seen, kept)) return true;
        if ((seen & idMask) === this.id && !asynchronous) {
          const why = 'holds it already and would wait for itself';
          throw this.error('EDEADLK', `agent ${this.id} ${why}`);
        }
      }
      const found = stepOn(words, stateAt, seen, this.id | kept, flag);
      if (found === 0) return true;
      if (found === changed) continue;
      this.expected = asynchronous ? asyncs : found;
      return false;
    }
  }

  /**
   * For one who waits for the release and does not take the lock: makes sure that it will be woken.
   *
   * @returns whether nobody holds it
   */
  protected flagSleeper(): boolean {
    const { words, stateAt } = this;
    for (;;) {
      const seen = Atomics.load(words, stateAt);
      if (this.trouble !== undefined || (seen & idMask) === 0) return true;
      if ((seen & idMask) === this.id) {
        throw this.error('EDEADLK', `agent ${this.id} holds it and would wait for itself`);
      }
      const found = stepOn(words, stateAt, seen, this.id, Flag.sleepers);
      if (found === changed) continue;
      this.expected = found;
      return false;
    }
  }

  /** Takes the lock if who holds it is dead; refuses if it is lost. */
  private takeFromDead(seen: number, flags: number): boolean {
    if ((seen & Flag.lost) !== 0) {
      throw this.error('ENOTRECOVERABLE', 'its owner died, and who had it then did not repair it');
    }
    const owner = seen & idMask;
    if (owner === this.id) return false;
    if (owner === 0 ? (seen & Flag.inconsistent) === 0 : this.agent.table.isAlive(owner)) {
      return false;
    }
    const waiting = seen & (Flag.sleepers | Flag.asyncs);
    const taken = this.id | Flag.inconsistent | waiting | flags;
    if (Atomics.compareExchange(this.words, this.stateAt, seen, taken) !== seen) return false;
    this.outcome = 'ownerDied';
    return true;
  }

  private unlockContended(seen: number): void {
    const { words, stateAt } = this;
    if ((seen & idMask) !== this.id) throw this.notMine(seen, 'released');
    const lost = (seen & Flag.inconsistent) !== 0;
    const before = Atomics.exchange(words, stateAt, lost ? Flag.lost : 0);
    this.wakeAfter(before, lost ? Infinity : 1);
  }

  private wakeAfter(before: number, sleepers: number): void {
    if ((before & Flag.sleepers) !== 0) Atomics.notify(this.words, this.stateAt, sleepers);
    if ((before & Flag.asyncs) !== 0) this.wakeAsyncs();
  }

  private notMine(seen: number, what: string): Error {
    const owner = seen & idMask;
    const held = owner === 0 ? 'nobody holds it' : `agent ${owner} holds it`;
    return this.error('EPERM', `${what} by agent ${this.id}, but ${held}`);
  }
}
