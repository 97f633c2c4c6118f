import type { Step } from '../program/index.ts';
import { ERESTARTNOINTR } from './errno.ts';
import type { Kernel } from './kernel.ts';

/**
 * lock_device_hotplug(). All releases (4f3549d72d1b, v3.11). Outermost of the hotplug locks; waits
 * for as long as it takes.
 */
export function* lockDeviceHotplug(kernel: Kernel): Step {
  if (kernel.release.has('4f3549d72d1b')) yield* kernel.deviceHotplugLock.acquire();
}

/** unlock_device_hotplug(). All releases (4f3549d72d1b). */
export function* unlockDeviceHotplug(kernel: Kernel): Step {
  if (kernel.release.has('4f3549d72d1b')) yield* kernel.deviceHotplugLock.release();
}

/**
 * lock_device_hotplug_sysfs(). All releases since v3.12 (5e33bc4165f3).
 *
 * Lock order: the caller is inside an attribute's store and holds its active reference. Who holds
 * device_hotplug_lock may be removing that attribute and wait for the reference, so this side only
 * tries: on failure the whole write starts again (see `sysfsWrite`).
 *
 * Without 5e33bc4165f3 it waits, and so can the remover, for ever.
 *
 * @returns 0, or -ERESTARTNOINTR
 */
export function* lockDeviceHotplugSysfs(kernel: Kernel): Step<number> {
  if (!kernel.release.storesTryDeviceHotplugLock || !kernel.release.has('4f3549d72d1b')) {
    yield* lockDeviceHotplug(kernel);
    return 0;
  }
  return (yield* kernel.deviceHotplugLock.tryAcquire()) ? 0 : -ERESTARTNOINTR;
}
