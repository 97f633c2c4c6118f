/**
 * How a lock was had:
 *
 * - `acquired`: as usual.
 * - `ownerDied`: its owner died while it held it, so what it guards may be half changed. The lock
 *   is held now, and lost if it is released before `makeConsistent()` (EOWNERDEAD and
 *   `pthread_mutex_consistent` of POSIX robust mutexes).
 * - `holderDied`: agents that shared it (readers, holders of permits) died, and their shares were
 *   taken back. The lock is in order; nothing is to be said to it.
 *
 * @public
 */
export type LockOutcome = 'acquired' | 'ownerDied' | 'holderDied';
