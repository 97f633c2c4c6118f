import type { Agent } from './agent.ts';
import { ConditionAt, lineBytes, LockKind, wordBytes } from './layout.ts';
import type { Lock } from './lock.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { Waitable, type AsyncOptions, type LockOptions } from './waitable.ts';

/** What a condition says of itself, for debuggers. @public */
export interface ConditionState {
  /** Agents that wait, whichever way. */
  readonly waiters: number;
  /** Notifications so far, modulo 2^32. */
  readonly sequence: number;
}

/**
 * A condition variable: agents that hold a lock wait for a notification, and give the lock away
 * meanwhile. A sequence number, read while the lock is still held, is what they sleep on, so that
 * no notification falls between giving the lock away and going to sleep.
 *
 * A wait may end without a notification: what is waited for must be looked at again. `waitUntil`
 * does so.
 *
 * - Fairness: of those who sleep, the first one is woken; the lock then goes to who comes first.
 * - Cost: `notifyOne` and `notifyAll` are one load if nobody waits.
 * - Whoever notifies should hold the lock while it changes what is waited for.
 * - Robust: who waits is woken when an agent dies. A wait ends with the lock held, and says how it
 *   was had.
 *
 * @public
 */
export class Condition extends Waitable {
  /** Bytes of the condition. */
  static readonly bytes: number = ConditionAt.size * wordBytes;
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  private readonly options: LockOptions;
  /** The sequence when the wait began. */
  private ticket = 0;

  /**
   * Attaches to the condition at a byte offset of the agent's buffer. Memory that is all zero is
   * one that nobody waits for.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    // Notifications take long to come: spinning for one is for those who say so.
    super(agent, offset, Condition.bytes, LockKind.condition, options, 0);
    this.options = options;
  }

  /**
   * Releases the lock, blocks until notified, and takes the lock again.
   *
   * @param lock - held by this agent; the same for all who wait here
   * @returns how the lock was had again
   * @throws LockError (`EPERM`) if this agent does not hold the lock
   */
  wait(lock: Lock): LockOutcome {
    this.release(lock);
    try {
      this.block(Infinity);
    } finally {
      Atomics.sub(this.words, this.first + ConditionAt.waiters, 1);
    }
    return lock.lock();
  }

  /**
   * As `wait`, at most for so long, without the time that it takes to have the lock again.
   *
   * @param ms - milliseconds, 0 to 2,147,483,647
   * @returns false: the time is over; the lock is held either way
   */
  waitFor(lock: Lock, ms: number): boolean {
    this.checkMs(ms);
    this.release(lock);
    let notified = false;
    try {
      notified = this.block(ms);
    } finally {
      Atomics.sub(this.words, this.first + ConditionAt.waiters, 1);
    }
    lock.lock();
    return notified;
  }

  /** Waits until the function says true; it is called with the lock held. */
  waitUntil(lock: Lock, isTrue: () => boolean): void {
    while (!isTrue()) this.wait(lock);
  }

  /** As `wait`, without blocking the thread; if it is aborted the lock is held all the same. */
  async waitAsync(lock: Lock, options: AsyncOptions = {}): Promise<LockOutcome> {
    // One that waits alone: others of this thread have their own tickets.
    const own = new Condition(this.agent, this.offset, this.options);
    own.release(lock);
    try {
      await own.pend(options);
    } catch (error) {
      await lock.lockAsync();
      throw error;
    } finally {
      Atomics.sub(this.words, this.first + ConditionAt.waiters, 1);
    }
    return await lock.lockAsync();
  }

  /** Wakes one agent that waits, if there is one. Asynchronous waits end all. */
  notifyOne(): void {
    this.notify(1);
  }

  /** Wakes all who wait. */
  notifyAll(): void {
    this.notify(Infinity);
  }

  state(): ConditionState {
    const { words, first } = this;
    return {
      waiters: Atomics.load(words, first + ConditionAt.waiters),
      sequence: Atomics.load(words, first + ConditionAt.sequence) >>> 0,
    };
  }

  protected get sleepsAt(): number {
    return this.first + ConditionAt.sequence;
  }

  protected get asyncsAt(): number {
    return this.first + ConditionAt.asyncs;
  }

  protected attempt(): boolean {
    return Atomics.load(this.words, this.sleepsAt) !== this.ticket;
  }

  protected override contend(asynchronous: boolean): boolean {
    this.expected = asynchronous ? Atomics.load(this.words, this.asyncsAt) : this.ticket;
    return this.attempt();
  }

  /** Takes a ticket, then gives the lock away. */
  private release(lock: Lock): void {
    const waitersAt = this.first + ConditionAt.waiters;
    Atomics.add(this.words, waitersAt, 1);
    this.ticket = Atomics.load(this.words, this.sleepsAt);
    try {
      lock.unlock();
    } catch (error) {
      Atomics.sub(this.words, waitersAt, 1);
      throw error;
    }
  }

  private notify(count: number): void {
    const { words, first } = this;
    if (Atomics.load(words, first + ConditionAt.waiters) === 0) return;
    this.wakeAt(this.sleepsAt, count);
    if (Atomics.load(words, first + ConditionAt.asyncWaiters) !== 0) this.wakeAsyncs();
  }
}
