import { Mutex } from './mutex.ts';

/**
 * A spinning lock with one owner, which alone may release it, and whose section must not sleep
 * (kernel/locking/spinlock.c). The operations are those of {@link Mutex}; on free threads a waiter
 * spins.
 *
 * @public
 */
export class SpinLock extends Mutex {}
