import type { Agent } from './agent.ts';
import { ExclusiveLock } from './exclusive-lock.ts';
import { lineBytes, LockKind, MutexAt, wordBytes } from './layout.ts';
import type { LockOptions } from './waitable.ts';

/** Attempts before a spinner gives the processor away. */
const spinsLong = 2000;

/**
 * A lock for sections of some instructions: its waiters spin (test and test-and-set, Rudolph and
 * Segall, ISCA 1984) for long, as going to sleep would cost more than the section.
 *
 * A thread cannot keep the system from taking its processor away while it holds the lock, as a
 * kernel can. So spinning has an end, after which the waiter sleeps and the holder wakes it: as the
 * kernel's own spin locks do on virtual processors (kernel/locking/qspinlock_paravirt.h, pv_wait).
 *
 * - Fairness: none promised.
 * - Cost: as `Mutex`; a waiter burns its processor.
 * - Not recursive, robust, owner-checked.
 *
 * @public
 */
export class SpinLock extends ExclusiveLock {
  /** Bytes of the lock. */
  static readonly bytes: number = MutexAt.size * wordBytes;
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  /**
   * Attaches to the spin lock at a byte offset of the agent's buffer. Memory that is all zero is a
   * free one.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    super(agent, offset, SpinLock.bytes, LockKind.spinLock, MutexAt.exclusive, options, spinsLong);
  }
}
