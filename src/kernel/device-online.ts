import type { Step } from '../program/index.ts';
import type { Device } from './device.ts';
import { EBUSY, EPERM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { kobjectUevent } from './uevent.ts';

/**
 * device_online(). All releases since v3.10.
 *
 * Lock order: device_hotplug_lock (the caller's; a rule that all callers keep from v4.20 on),
 * device_lock, then what the bus takes: for memory blocks mem_hotplug_lock, except where the caller
 * has it already (v4.18).
 *
 * @returns 0, 1 if it is online already, or the bus's error
 */
export function* deviceOnline(kernel: Kernel, device: Device): Step<number> {
  if (kernel.release.deviceOnlineNeedsDeviceHotplugLock) {
    yield* kernel.deviceHotplugLock.assertHeld();
  }
  yield* device.lock.acquire();
  try {
    if ((yield* device.offline.read()) === 0) return 1;
    const result = yield* device.bus.online(kernel);
    if (result === 0) {
      yield* kobjectUevent(kernel);
      yield* device.offline.write(0);
    }
    return result;
  } finally {
    yield* device.lock.release();
  }
}

/**
 * device_offline(). All releases since v3.10.
 *
 * Lock order: as in {@link deviceOnline}. Children are looked at before device_lock is taken.
 *
 * @returns 0, 1 if it is offline already, -EPERM for a device that never goes offline, -EBUSY if a
 *   child is online, or the bus's error
 */
export function* deviceOffline(kernel: Kernel, device: Device): Step<number> {
  if (kernel.release.deviceOnlineNeedsDeviceHotplugLock) {
    yield* kernel.deviceHotplugLock.assertHeld();
  }
  if (device.offlineDisabled === true) return -EPERM;
  for (const child of device.children ?? []) {
    if (!(yield* deviceCheckOffline(child))) return -EBUSY;
  }
  yield* device.lock.acquire();
  try {
    if ((yield* device.offline.read()) !== 0) return 1;
    const result = yield* device.bus.offline(kernel);
    if (result === 0) {
      yield* kobjectUevent(kernel);
      yield* device.offline.write(1);
    }
    return result;
  } finally {
    yield* device.lock.release();
  }
}

/**
 * device_check_offline(): whether the device and all below it are offline. All releases since
 * v3.10. Takes no lock; every device of the model can go offline as far as its bus is concerned.
 */
function* deviceCheckOffline(device: Device): Step<boolean> {
  for (const child of device.children ?? []) {
    if (!(yield* deviceCheckOffline(child))) return false;
  }
  return (yield* device.offline.read()) !== 0;
}
