import type { Step } from '../program/index.ts';
import { cpusReadLock, cpusReadUnlock } from './cpu-hotplug-lock.ts';
import {
  homeMadeGetOnlineMems,
  homeMadeHotplugBegin,
  homeMadeHotplugDone,
  homeMadePutOnlineMems,
} from './home-made-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';

/**
 * mem_hotplug_begin(): nobody else adds, removes, onlines or offlines memory, and nobody is inside
 * get_online_mems().
 *
 * Lock order: v4.18, v4.20, v6.1: cpu_hotplug_lock (read), mem_hotplug_lock (write).
 *
 * v3.19, and v4.18 without 3f906ba23689: (55adc1d05dca: memory_add_remove_lock), mem_hotplug.lock,
 * and mem_hotplug_lock (write), which then says who is inside, and is never waited for.
 * Without bfc8c90139eb as well: mem_hotplug_lock, which stands for the mutex of
 * lock_memory_hotplug(); without 20d6c96b5f1c too nothing at all: lock_system_sleep(), in a kernel
 * without hibernation.
 */
export function* memHotplugBegin(kernel: Kernel): Step {
  const { release, homeMadeHotplugLock } = kernel;
  if (release.memHotplugLockIsMissing) return;
  if (release.memHotplugBeginTakesCpuHotplugLock) yield* cpusReadLock(kernel);
  if (homeMadeHotplugLock === undefined) {
    yield* kernel.memHotplugLock.acquireWrite();
    return;
  }
  if (release.memHotplugBeginAssertsDeviceHotplugLock) {
    yield* kernel.deviceHotplugLock.assertHeld();
  }
  if (release.memHotplugBeginTakesAddRemoveLock) {
    yield* homeMadeHotplugLock.memoryAddRemoveLock.acquire();
  }
  yield* homeMadeHotplugBegin(homeMadeHotplugLock);
}

/** mem_hotplug_done(): gives back what mem_hotplug_begin() took. All releases. */
export function* memHotplugDone(kernel: Kernel): Step {
  const { release, homeMadeHotplugLock } = kernel;
  if (release.memHotplugLockIsMissing) return;
  if (homeMadeHotplugLock === undefined) {
    yield* kernel.memHotplugLock.releaseWrite();
  } else {
    yield* homeMadeHotplugDone(homeMadeHotplugLock);
    if (release.memHotplugBeginTakesAddRemoveLock) {
      yield* homeMadeHotplugLock.memoryAddRemoveLock.release();
    }
  }
  if (release.memHotplugBeginTakesCpuHotplugLock) yield* cpusReadUnlock(kernel);
}

/**
 * get_online_mems(): no memory comes or goes. All releases. Without bfc8c90139eb (v3.16) there is
 * only lock_memory_hotplug(), a mutex: readers shut each other out like writers.
 *
 * Lock order: mem_hotplug_lock (read; without bfc8c90139eb: write), nothing before it; where it is
 * home-made, mem_hotplug.lock is taken and released before.
 */
export function* getOnlineMems(kernel: Kernel): Step {
  const { release, homeMadeHotplugLock, memHotplugLock } = kernel;
  if (release.memHotplugLockIsMissing) return;
  if (homeMadeHotplugLock !== undefined) yield* homeMadeGetOnlineMems(homeMadeHotplugLock);
  else if (release.has('bfc8c90139eb')) yield* memHotplugLock.acquireRead();
  else yield* memHotplugLock.acquireWrite();
}

/** put_online_mems(): gives back what get_online_mems() took. All releases. */
export function* putOnlineMems(kernel: Kernel): Step {
  const { release, homeMadeHotplugLock, memHotplugLock } = kernel;
  if (release.memHotplugLockIsMissing) return;
  if (homeMadeHotplugLock !== undefined) {
    if (!(yield* homeMadePutOnlineMems(homeMadeHotplugLock))) yield* kernel.warnings.add(1);
  } else if (release.has('bfc8c90139eb')) {
    yield* memHotplugLock.releaseRead();
  } else {
    yield* memHotplugLock.releaseWrite();
  }
}

/**
 * The document's rule: who onlines or offlines memory holds mem_hotplug_lock for writing. Silent in
 * a kernel that has no such lock (without 20d6c96b5f1c), where what it keeps apart is to be seen.
 */
export function* assertMemHotplugLockHeld({ release, memHotplugLock }: Kernel): Step {
  if (!release.memHotplugLockIsMissing) yield* memHotplugLock.assertHeldWrite();
}
