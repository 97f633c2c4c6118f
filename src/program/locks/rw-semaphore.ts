import { RwLock } from './rw-lock.ts';

/**
 * A sleeping reader/writer lock: a queued writer stops new readers, so readers must not recurse
 * (kernel/locking/rwsem.c).
 *
 * @public
 */
export class RwSemaphore extends RwLock {}
