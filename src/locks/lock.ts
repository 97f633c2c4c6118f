import { LockError } from './lock-error.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { Waitable, type AsyncOptions } from './waitable.ts';

/** What to do with data whose owner died, in closures: repairs it. @public */
export type Repair = () => void;

/** Releases a lock once, at the latest when its scope ends. @public */
export class Guard {
  private lock: Lock | undefined;

  /** Use `Lock.guard`. @internal */
  constructor(lock: Lock) {
    this.lock = lock;
  }

  /** Releases the lock, unless that was done. */
  release(): void {
    const { lock } = this;
    this.lock = undefined;
    lock?.unlock();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Something that is held and released, by an agent that has it or waits for it: what all locks have
 * in common. The mode of a reader/writer lock (`read`, `write`) is such a lock.
 *
 * Every call is for the thread that joined. Sequentially consistent, as everything in `Atomics` is:
 * what was written before `unlock` is seen by who gets the lock after.
 *
 * @public
 */
export abstract class Lock extends Waitable {
  /**
   * Blocks until the lock is held.
   *
   * @returns whether somebody who held it had died
   * @throws LockError: `EDEADLK` if this agent holds it, so that it would wait for itself;
   *   `ENOTRECOVERABLE`; `EOWNERDEAD` for readers whose writer died (nothing is held then)
   */
  lock(): LockOutcome {
    this.outcome = 'acquired';
    if (!this.tryLock()) this.block(Infinity);
    return this.outcome;
  }

  /**
   * Takes the lock if it can be had at once.
   *
   * @returns whether it is held now; `inconsistent` then says if its owner had died
   * @throws LockError as `lock`, but never `EDEADLK`
   */
  abstract tryLock(): boolean;

  /**
   * Blocks until the lock is held, at most for so long.
   *
   * @param ms - milliseconds, 0 to 2,147,483,647
   * @returns whether it is held now; `inconsistent` then says if its owner had died
   * @throws LockError as `lock`
   */
  lockFor(ms: number): boolean {
    this.checkMs(ms);
    this.outcome = 'acquired';
    return this.tryLock() || this.block(ms);
  }

  /**
   * As `lock`, but the thread goes on meanwhile: for the main thread, whose event loop must not
   * stand. Waiting keeps the process alive. The lock is the agent's, so two tasks of one thread
   * wait for each other, but nothing stops one from releasing what the other holds: use guards.
   */
  async lockAsync(options: AsyncOptions = {}): Promise<LockOutcome> {
    options.signal?.throwIfAborted();
    this.outcome = 'acquired';
    return this.tryLock() ? this.outcome : await this.pend(options);
  }

  /**
   * Releases the lock.
   *
   * @throws LockError (`EPERM`) if this agent does not hold it
   */
  abstract unlock(): void;

  /**
   * Blocks until the lock is held, and returns what releases it, for `using` or `finally`.
   *
   * @throws LockError as `lock`; also `EOWNERDEAD`: then the lock was given back, and is lost
   */
  guard(): Guard {
    this.demand(this.lock());
    return new Guard(this);
  }

  /** As `guard`, without blocking the thread. */
  async guardAsync(options: AsyncOptions = {}): Promise<Guard> {
    this.demand(await this.lockAsync(options));
    return new Guard(this);
  }

  /**
   * Holds the lock while the function runs.
   *
   * @param body - must not be asynchronous: use `withLockAsync`
   * @param repair - is run first, and the lock made consistent, if its owner had died; without it
   *   that is an error, as for `guard`
   */
  withLock<Result>(body: () => Result, repair?: Repair): Result {
    const outcome = this.lock();
    try {
      this.mend(outcome, repair);
      return body();
    } finally {
      this.unlock();
    }
  }

  /** As `withLock`, without blocking the thread: holds the lock until the promise has settled. */
  async withLockAsync<Result>(
    body: () => Result | Promise<Result>,
    repair?: Repair,
    options: AsyncOptions = {},
  ): Promise<Result> {
    const outcome = await this.lockAsync(options);
    try {
      this.mend(outcome, repair);
      return await body();
    } finally {
      this.unlock();
    }
  }

  /** Whether this agent holds the lock, had it from one who died, and has not repaired it yet. */
  abstract get inconsistent(): boolean;

  /**
   * Says that what the dead owner left is in order again. The next ones get the lock as usual.
   *
   * @throws LockError: `EPERM` if this agent does not hold it, `EINVAL` if nobody had died
   */
  abstract makeConsistent(): void;

  private mend(outcome: LockOutcome, repair: Repair | undefined): void {
    if (outcome !== 'ownerDied') return;
    if (repair === undefined) throw this.ownerDied();
    repair();
    this.makeConsistent();
  }

  private demand(outcome: LockOutcome): void {
    if (outcome !== 'ownerDied') return;
    this.unlock();
    throw this.ownerDied();
  }

  private ownerDied(): LockError {
    return this.error(
      'EOWNERDEAD',
      'its owner died while it held it, and nothing here repairs what it guards',
    );
  }
}
