import type { Step } from '../program/index.ts';
import type { Device } from './device.ts';
import type { Kernel } from './kernel.ts';
import { kobjectUevent } from './uevent.ts';

/**
 * device_add(): publishes a device step by step. From the first step on user space can write to its
 * files; from the uevent on it knows that it can.
 *
 * Lock order: device_lock of the new device, taken and released; v6.1, v6.8: twice, the first time
 * by device_add() itself, right before bus_probe_device(), to mark the device ready for it; before:
 * once, by bus_probe_device(). All under what the caller holds: of a memory block mem_hotplug_lock
 * (v3.19, v4.18, v4.20: and mem_sysfs_mutex), of a CPU cpu_hotplug_lock.
 */
export function* deviceAdd(kernel: Kernel, device: Device): Step {
  // device_add_attrs()
  for (const file of device.files) yield* file.active.activate();
  // bus_add_device(), which takes no lock of the model.
  yield* device.onBus.store(1);
  yield* kobjectUevent(kernel, device.added);
  if (kernel.release.deviceAddTakesDeviceLock) {
    yield* device.lock.acquire();
    yield* device.lock.release();
  }
  yield* busProbeDevice(kernel, device);
}

/**
 * bus_probe_device(), device_initial_probe(). All releases. Lock order: as in {@link deviceAdd}.
 */
function* busProbeDevice(kernel: Kernel, device: Device): Step {
  if ((yield* kernel.driversAutoprobe.read()) !== 0) yield* deviceAttach(device);
}

/**
 * __device_attach(): looks for a driver under device_lock, and the memory bus has none. All
 * releases.
 *
 * Lock order: device_lock of the new device, under the caller's mem_hotplug_lock or
 * cpu_hotplug_lock: one half of the inversion.
 */
function* deviceAttach(device: Device): Step {
  yield* device.lock.acquire();
  yield* device.lock.release();
}
