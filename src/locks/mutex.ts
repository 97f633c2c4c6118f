import type { Agent } from './agent.ts';
import { ExclusiveLock } from './exclusive-lock.ts';
import { lineBytes, LockKind, MutexAt, wordBytes } from './layout.ts';
import type { LockOptions } from './waitable.ts';

/**
 * A lock with one holder: spins for a moment, then sleeps.
 *
 * - Fairness: none promised. A free lock goes to who comes first, and a thread that is awake comes
 *   before one that sleeps; of those who sleep, the first one is woken.
 * - Cost: one compare-and-swap to take it, one to release it; with sleepers, a wake-up more.
 * - Not recursive: `lock` by who holds it is an error.
 * - Robust, owner-checked.
 *
 * @public
 */
export class Mutex extends ExclusiveLock {
  /** Bytes of the lock. */
  static readonly bytes: number = MutexAt.size * wordBytes;
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  /**
   * Attaches to the mutex at a byte offset of the agent's buffer. Memory that is all zero is a free
   * one.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    super(agent, offset, Mutex.bytes, LockKind.mutex, MutexAt.exclusive, options);
  }
}
