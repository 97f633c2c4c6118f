import type { Step } from '../program/index.ts';
import type { Device } from './device.ts';
import type { Kernel } from './kernel.ts';
import { kobjectUevent } from './uevent.ts';

/**
 * device_del(): takes a device away from user space. It returns when nobody is inside one of its
 * attribute files any more, and nobody can get in.
 *
 * Lock order: device_lock, taken and released (v6.1, v6.8, to mark the device dead); then the
 * active references of the files, each drained: whoever is inside a file must not wait for a lock
 * of the caller's; then device_lock again, in device_release_driver(), which all releases have.
 * Under device_hotplug_lock; of a memory block under mem_hotplug_lock too in v3.19, v4.18, v4.20
 * and v6.8, and of a CPU under cpu_hotplug_lock.
 */
export function* deviceDel(kernel: Kernel, device: Device): Step {
  if (kernel.release.deviceDelTakesDeviceLock) {
    // kill_device()
    yield* device.lock.acquire();
    yield* device.dead.write(1);
    yield* device.lock.release();
  }
  // device_remove_attrs(): kernfs_remove(), kernfs_drain()
  for (const file of device.files) yield* file.active.drain();
  // bus_remove_device()
  yield* device.onBus.store(0);
  yield* deviceReleaseDriver(device);
  yield* kobjectUevent(kernel, device.removed);
}

/** device_release_driver(). All releases. Lock order: device_lock; the memory bus has no driver. */
function* deviceReleaseDriver(device: Device): Step {
  yield* device.lock.acquire();
  yield* device.lock.release();
}
