import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';

/**
 * cpus_read_lock() (get_online_cpus() before v4.13): the set of online CPUs stays. All releases.
 */
export function* cpusReadLock(kernel: Kernel): Step {
  yield* kernel.cpuHotplugLock.acquireRead();
}

/** cpus_read_unlock(). All releases. */
export function* cpusReadUnlock(kernel: Kernel): Step {
  yield* kernel.cpuHotplugLock.releaseRead();
}

/**
 * cpus_write_lock() (cpu_hotplug_begin() before v4.13). All releases. Lock order:
 * cpu_add_remove_lock first.
 */
export function* cpusWriteLock(kernel: Kernel): Step {
  yield* kernel.cpuHotplugLock.acquireWrite();
}

/** cpus_write_unlock(). All releases. */
export function* cpusWriteUnlock(kernel: Kernel): Step {
  yield* kernel.cpuHotplugLock.releaseWrite();
}
