import type { Step } from '../program/index.ts';
import { cpusReadLock, cpusReadUnlock } from './cpu-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';

/**
 * mem_hotplug_begin(): nobody else adds, removes, onlines or offlines memory, and nobody is inside
 * get_online_mems().
 *
 * Lock order: v4.18, v4.20, v6.1: cpu_hotplug_lock (read), mem_hotplug_lock (write); v3.19:
 * mem_hotplug_lock only.
 */
export function* memHotplugBegin(kernel: Kernel): Step {
  if (kernel.release.memHotplugBeginTakesCpuHotplugLock) yield* cpusReadLock(kernel);
  yield* kernel.memHotplugLock.acquireWrite();
}

/** mem_hotplug_done(): gives back what mem_hotplug_begin() took. All releases. */
export function* memHotplugDone(kernel: Kernel): Step {
  yield* kernel.memHotplugLock.releaseWrite();
  if (kernel.release.memHotplugBeginTakesCpuHotplugLock) yield* cpusReadUnlock(kernel);
}

/**
 * get_online_mems(): no memory comes or goes. All releases. Without bfc8c90139eb (v3.16) there is
 * only lock_memory_hotplug(), a mutex: readers shut each other out like writers.
 *
 * Lock order: mem_hotplug_lock (read; without bfc8c90139eb: write), nothing before it.
 */
export function* getOnlineMems(kernel: Kernel): Step {
  if (kernel.release.has('bfc8c90139eb')) yield* kernel.memHotplugLock.acquireRead();
  else yield* kernel.memHotplugLock.acquireWrite();
}

/** put_online_mems(): gives back what get_online_mems() took. All releases. */
export function* putOnlineMems(kernel: Kernel): Step {
  if (kernel.release.has('bfc8c90139eb')) yield* kernel.memHotplugLock.releaseRead();
  else yield* kernel.memHotplugLock.releaseWrite();
}
