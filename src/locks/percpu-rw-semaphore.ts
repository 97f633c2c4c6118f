import type { Agent } from './agent.ts';
import { lineBytes } from './layout.ts';
import { percpuBytes } from './percpu-lock.ts';
import { PercpuReadMode } from './percpu-read-mode.ts';
import { PercpuWriteMode } from './percpu-write-mode.ts';
import type { RwState } from './shared-lock.ts';
import type { LockOptions } from './waitable.ts';

/**
 * A reader/writer lock for many reads and few writes (kernel/locking/percpu-rwsem.c): each agent
 * has a cache line of its own, and a reader touches nothing else. The writer's announcement stands
 * on every reader's line, in the word in which it counts its shares, so reader and writer meet in
 * one word and need no fence between two. (The kernel has no such word, as its readers do not use
 * atomic operations; its writer waits for an RCU grace period instead.)
 *
 * - Fairness: a writer that has announced itself stops new readers; writers among themselves have
 *   the order of `Mutex`. Readers that waited and the next writer race.
 * - Cost: an addition and a subtraction on a line of its own to read, however many read; a writer
 *   writes to the line of every agent that has ever read, twice, and waits until all have left.
 * - A try to write is weak: it fails also while another agent is in a call to write and has not
 *   got past the readers, though nobody holds the lock then. (The kernel's has no such try.) A try
 *   to read fails only where a writer has the lock, or is queued.
 * - Not recursive in either mode: a reader that takes it again while a writer waits gets `EDEADLK`.
 * - Robust and owner-checked as `RwLock`.
 *
 * @public
 */
export class PercpuRwSemaphore {
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  readonly read: PercpuReadMode;
  readonly write: PercpuWriteMode;

  /**
   * Attaches to the semaphore at a byte offset of the agent's buffer. Memory that is all zero is a
   * free one.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    this.read = new PercpuReadMode(agent, offset, options);
    this.write = new PercpuWriteMode(agent, offset, options);
  }

  /** Bytes of the semaphore, for a table of so many agents. */
  static bytes(capacity: number = 16): number {
    return percpuBytes(capacity);
  }

  /** Who holds it and who waits, for debuggers. */
  state(): RwState {
    return this.write.state();
  }
}
