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
  readonly name: string;

  /** @internal */
  constructor(record: ObjectRecord) {
    this.base = record.base;
    this.name = record.name;
  }

  acquireRead(): Operation<void> {
    return make(Kind.readAcquire, this.base);
  }

  /** False, at once, if a writer holds it or, where queued writers stop readers, has queued. */
  tryAcquireRead(): Operation<boolean> {
    return make(Kind.readTryAcquire, this.base);
  }

  releaseRead(): Operation<void> {
    return make(Kind.readRelease, this.base);
  }

  acquireWrite(): Operation<void> {
    return make(Kind.writeAcquire, this.base);
  }

  /** False, at once, if anybody holds it. */
  tryAcquireWrite(): Operation<boolean> {
    return make(Kind.writeTryAcquire, this.base);
  }

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
