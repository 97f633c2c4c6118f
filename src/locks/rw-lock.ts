import type { Agent } from './agent.ts';
import { Flag, lineBytes, LockKind } from './layout.ts';
import { RwReadMode } from './rw-read-mode.ts';
import { RwWriteMode } from './rw-write-mode.ts';
import { rwBytes, type RwState } from './shared-lock.ts';
import type { LockOptions } from './waitable.ts';

/**
 * A reader/writer lock whose readers may take it again while writers wait: only a writer that has
 * it stops readers.
 *
 * - Fairness: readers go first, and as long as there is always one, a writer waits for ever.
 * - Cost: a compare-and-swap and a subtraction to read, two compare-and-swaps to write. All readers
 *   write to one cache line; where that hurts, use `PercpuRwSemaphore`.
 * - Reading may be nested; writing may not, and neither may be taken while the other is held.
 * - Robust: when a writer died readers get `EOWNERDEAD` until a writer has repaired what it left;
 *   dead readers' shares are taken back by the next writer. Owner-checked, in both modes.
 *
 * @public
 */
export class RwLock {
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  readonly read: RwReadMode;
  readonly write: RwWriteMode;

  /**
   * Attaches to the lock at a byte offset of the agent's buffer. Memory that is all zero is a free
   * one.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    this.read = new RwReadMode(agent, offset, LockKind.rwLock, Flag.writer, options);
    this.write = new RwWriteMode(agent, offset, LockKind.rwLock, Flag.writer, options);
  }

  /** Bytes of the lock, for a table of so many agents. */
  static bytes(capacity: number = 16): number {
    return rwBytes(capacity);
  }

  /** Who holds it and who waits, for debuggers. */
  state(): RwState {
    return this.write.state();
  }
}
