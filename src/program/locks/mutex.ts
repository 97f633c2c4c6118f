import type { ObjectRecord } from '../arena.ts';
import { make } from '../port.ts';
import { Kind } from '../kinds.ts';
import type { Operation, Step } from '../operation.ts';

/**
 * A sleeping lock with one owner, which alone may release it; it must not be taken again by its
 * owner (kernel/locking/mutex.c).
 *
 * @public
 */
export class Mutex {
  /** @internal */
  readonly base: number;
  /** Its name in reports and schedule files. */
  readonly name: string;

  /** @internal */
  constructor(record: ObjectRecord) {
    this.base = record.base;
    this.name = record.name;
  }

  /** Waits until nobody holds the lock, and takes it. Its owner must not: that is a deadlock. */
  acquire(): Operation<void> {
    return make(Kind.acquire, this.base);
  }

  /** Takes the lock if it is free; false, at once, if somebody holds it. */
  tryAcquire(): Operation<boolean> {
    return make(Kind.tryAcquire, this.base);
  }

  /**
   * Gives the lock up. By an agent that does not hold it: the finding `bad-unlock`, and the lock is
   * free all the same.
   */
  release(): Operation<void> {
    return make(Kind.release, this.base);
  }

  /**
   * Runs `body` with the lock held and releases it however the body ends.
   *
   * @returns what the body returns
   */
  *hold<T>(body: () => Step<T>): Step<T> {
    yield* this.acquire();
    try {
      return yield* body();
    } finally {
      yield* this.release();
    }
  }

  /** Initialises the lock: nobody holds it from now on. Of a held lock that is a finding. */
  init(): Operation<void> {
    return make(Kind.initLock, this.base);
  }

  /** The finding `assertion-failed` unless this agent holds the lock. */
  assertHeld(): Operation<void> {
    return make(Kind.assertHeld, this.base);
  }

  /** The finding `assertion-failed` if this agent holds the lock. */
  assertNotHeld(): Operation<void> {
    return make(Kind.assertNotHeld, this.base);
  }
}
