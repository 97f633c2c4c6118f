import type { Agent } from './agent.ts';
import { Flag, lineBytes, LockKind } from './layout.ts';
import { RwReadMode } from './rw-read-mode.ts';
import { RwWriteMode } from './rw-write-mode.ts';
import { rwBytes, type RwState } from './shared-lock.ts';
import type { LockOptions } from './waitable.ts';

/** A writer that has it stops readers, and so does one that is queued. */
const stops = Flag.writer | Flag.sleepers;

/**
 * A reader/writer lock whose queued writers stop new readers (kernel/locking/rwsem.c).
 *
 * - Fairness: writers go first, so readers wait as long as there is always a writer. Among writers
 *   none is promised.
 * - Cost: as `RwLock`.
 * - Not recursive in either mode: a reader that takes it again while a writer is queued would wait
 *   for itself, and gets `EDEADLK`.
 * - Robust and owner-checked as `RwLock`.
 *
 * @public
 */
export class RwSemaphore {
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  readonly read: RwReadMode;
  readonly write: RwWriteMode;

  /**
   * Attaches to the semaphore at a byte offset of the agent's buffer. Memory that is all zero is a
   * free one.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    this.read = new RwReadMode(agent, offset, LockKind.rwSemaphore, stops, options);
    this.write = new RwWriteMode(agent, offset, LockKind.rwSemaphore, stops, options);
  }

  /** Bytes of the semaphore, for a table of so many agents. */
  static bytes(capacity: number = 16): number {
    return rwBytes(capacity);
  }

  /** Who holds it and who waits, for debuggers. */
  state(): RwState {
    return this.write.state();
  }
}
