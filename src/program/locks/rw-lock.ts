import type { ObjectRecord } from '../arena.ts';
import { make } from '../port.ts';
import { Kind } from '../kinds.ts';
import type { Operation } from '../operation.ts';

/**
 * A reader/writer lock whose readers may recurse: a waiting writer does not stop new readers (the
 * kernel's rwlock_t as `read_lock` in interrupt context has it; lockdep's recursive read).
 *
 * @public
 */
export class RwLock {
  /** @internal */
  readonly base: number;
  /** Its name in reports and schedule files. */
  readonly name: string;

  /** @internal */
  constructor(record: ObjectRecord) {
    this.base = record.base;
    this.name = record.name;
  }

  /**
   * Becomes a reader; waits while there is a writer or, where queued writers stop readers, one has
   * queued.
   */
  acquireRead(): Operation<void> {
    return make(Kind.readAcquire, this.base);
  }

  /** False, at once, if a writer holds it or, where queued writers stop readers, has queued. */
  tryAcquireRead(): Operation<boolean> {
    return make(Kind.readTryAcquire, this.base);
  }

  /** Is not a reader any more. By an agent that was not: the finding `bad-unlock`. */
  releaseRead(): Operation<void> {
    return make(Kind.readRelease, this.base);
  }

  /**
   * Becomes the writer; waits while anybody is inside. Where queued writers stop readers, a wait is
   * two steps: to queue, and to be granted the lock.
   */
  acquireWrite(): Operation<void> {
    return make(Kind.writeAcquire, this.base);
  }

  /** False, at once, if anybody holds it. */
  tryAcquireWrite(): Operation<boolean> {
    return make(Kind.writeTryAcquire, this.base);
  }

  /** Is not the writer any more. By an agent that was not: the finding `bad-unlock`. */
  releaseWrite(): Operation<void> {
    return make(Kind.writeRelease, this.base);
  }

  /** The writer becomes a reader, and nobody gets in between as a writer. */
  downgrade(): Operation<void> {
    return make(Kind.downgrade, this.base);
  }

  /**
   * The finding `assertion-failed` unless this agent holds the lock, for reading or for writing.
   */
  assertHeld(): Operation<void> {
    return make(Kind.assertHeld, this.base);
  }

  /** The finding `assertion-failed` unless this agent holds the lock for writing. */
  assertHeldWrite(): Operation<void> {
    return make(Kind.assertHeldWrite, this.base);
  }

  /** The finding `assertion-failed` unless this agent holds the lock for reading. */
  assertHeldRead(): Operation<void> {
    return make(Kind.assertHeldRead, this.base);
  }

  /** The finding `assertion-failed` if this agent holds the lock. */
  assertNotHeld(): Operation<void> {
    return make(Kind.assertNotHeld, this.base);
  }
}
