import type { Arena, Step } from '../program/index.ts';
import {
  lockDeviceHotplug,
  lockDeviceHotplugSysfs,
  unlockDeviceHotplug,
} from './device-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import type { SysfsFile } from './sysfs.ts';

/**
 * A file whose store does nothing but take device_hotplug_lock.
 *
 * Lock order: the file's active reference, device_hotplug_lock: by try since 5e33bc4165f3 (v3.12).
 *
 * @param options - `blocks`: the store waits for the lock
 */
export function makeLockingFile(arena: Arena, options: { readonly blocks: boolean }): SysfsFile {
  const name = 'memory56/state';
  return {
    path: name,
    active: arena.activeRef(`${name}.active`, { class: 'kn->active(state)', active: true }),
    *store(kernel, input) {
      if (options.blocks) {
        yield* lockDeviceHotplug(kernel);
      } else {
        const locked = yield* lockDeviceHotplugSysfs(kernel);
        if (locked !== 0) return locked;
      }
      yield* unlockDeviceHotplug(kernel);
      return input.length;
    },
  };
}

/**
 * acpi_device_hotplug() for an eject, as far as device_del() of the file's owner.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, the file's active reference (write: the drain).
 */
export function* ejectOwner(kernel: Kernel, file: SysfsFile): Step {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* kernel.acpiScanLock.acquire();
    try {
      yield* file.active.drain();
    } finally {
      yield* kernel.acpiScanLock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}
