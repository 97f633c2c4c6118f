/**
 * Locks that are wrong, one textbook mistake each: what every checker of locks must find. They are
 * not exported.
 */
export { BustedLock } from './busted-lock.ts';
export { EarlyNotifyMutex } from './early-notify-mutex.ts';
export { FlagLock } from './flag-lock.ts';
export { NoRecheckMutex } from './no-recheck-mutex.ts';
export { UndrainedRwLock } from './undrained-rw-lock.ts';
export { UnfencedRwLock } from './unfenced-rw-lock.ts';
export { UnnumberedCondition } from './unnumbered-condition.ts';
export { wrongLockBytes, type WrongLock, type WrongRwLock } from './wrong-lock.ts';
export { ZeroNotifySemaphore } from './zero-notify-semaphore.ts';
