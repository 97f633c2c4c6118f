import { RwLock } from './rw-lock.ts';

/**
 * A reader/writer lock with very cheap readers (kernel/locking/percpu-rwsem.c): the writer first
 * stops new readers, then waits for those inside. Readers must not recurse.
 *
 * @public
 */
export class PercpuRwSemaphore extends RwLock {}
