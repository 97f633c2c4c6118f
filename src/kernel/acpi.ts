import type { Step } from '../program/index.ts';
import { acpiHotRemove } from './acpi-eject.ts';
import { acpiBindMemoryBlocks } from './acpi-memory-device.ts';
import { acpiEvaluateOst, OstEvent, OstStatus, ostStatusOf } from './acpi-ost.ts';
import { addMemoryWithResource } from './add-memory.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EEXIST, EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';

/**
 * acpi_device_hotplug() for a device check of a memory device (drivers/acpi/scan.c). All releases
 * since v3.10. The work that runs it, on the workqueue kacpi_hotplug, is not in the model.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, then as in `addMemoryResource`; the device's
 * physical_node_lock once mem_hotplug_lock is released.
 */
export function* acpiDeviceHotplug(kernel: Kernel, range: MemoryRange): Step<number> {
  return yield* underScanLock(kernel, function* () {
    const result = yield* acpiMemoryDeviceAdd(kernel, range);
    yield* acpiEvaluateOst(kernel, OstEvent.deviceCheck, ostStatusOf(result));
    return result;
  });
}

/**
 * acpi_device_hotplug() for an eject request of a memory device. The firmware is told that it is in
 * progress, and in the end what came of it: memory that is not offline is not removed. All
 * releases.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, then as in `acpiHotRemove`.
 *
 * @param event - who asks: the firmware, or user space by the device's `eject` file
 */
export function* acpiDeviceEject(
  kernel: Kernel,
  range: MemoryRange,
  event: number = OstEvent.ejectRequest,
): Step<number> {
  return yield* underScanLock(kernel, function* () {
    yield* acpiEvaluateOst(kernel, event, OstStatus.ejectInProgress);
    const result = yield* acpiHotRemove(kernel, range);
    yield* acpiEvaluateOst(kernel, event, ostStatusOf(result));
    return result;
  });
}

function* underScanLock(kernel: Kernel, body: () => Step<number>): Step<number> {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* kernel.acpiScanLock.acquire();
    try {
      return yield* body();
    } finally {
      yield* kernel.acpiScanLock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * acpi_memory_device_add() (drivers/acpi/acpi_memhotplug.c): __add_memory(), since
 * device_hotplug_lock is held, and the blocks are bound to the device. All releases. Memory that is
 * there already is tolerated. Lock order: as in {@link acpiDeviceHotplug}.
 *
 * @returns 0 (the kernel's attach callback answers 1), or -EINVAL if nothing was added
 */
function* acpiMemoryDeviceAdd(kernel: Kernel, range: MemoryRange): Step<number> {
  const result = yield* addMemoryWithResource(kernel, range);
  if (result !== 0 && result !== -EEXIST) return -EINVAL;
  yield* acpiBindMemoryBlocks(kernel, blocksOf(range));
  return 0;
}
