import type { Step } from '../program/index.ts';
import { addMemoryWithResource } from './add-memory.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';

/**
 * acpi_device_hotplug() for a device check of a memory device (drivers/acpi/scan.c). All releases
 * since v3.10.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, then as in `addMemoryResource`.
 */
export function* acpiDeviceHotplug(kernel: Kernel, block: MemoryBlock): Step<number> {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* kernel.acpiScanLock.acquire();
    try {
      return yield* acpiMemoryDeviceAdd(kernel, block);
    } finally {
      yield* kernel.acpiScanLock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * acpi_memory_device_add() (drivers/acpi/acpi_memhotplug.c): __add_memory(), since
 * device_hotplug_lock is held. All releases. Lock order: as in {@link acpiDeviceHotplug}. Binding
 * to the ACPI companion is not in the model.
 */
function* acpiMemoryDeviceAdd(kernel: Kernel, block: MemoryBlock): Step<number> {
  return yield* addMemoryWithResource(kernel, block);
}
