import type { Step } from '../program/index.ts';
import { acpiDeviceOf, AcpiStatus } from './acpi-companion.ts';
import { acpiMemoryDeviceAdd, acpiMemoryDeviceRemove } from './acpi-memory-device.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryRange } from './walk-memory-blocks.ts';

/** acpi_bus_get_status(), acpi_device_is_present(). All releases. Lock order: none of its own. */
export function* acpiDeviceIsPresent(range: MemoryRange): Step<boolean> {
  const status = yield* acpiDeviceOf(range).status.load();
  return (status & (AcpiStatus.present | AcpiStatus.functioning)) !== 0;
}

/**
 * acpi_bus_scan(), acpi_bus_attach(): the handler of memory devices gets a device that has none. A
 * handler that refuses is no error. All releases.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock (the caller's), as in `acpiMemoryDeviceAdd`.
 */
export function* acpiBusScan(kernel: Kernel, range: MemoryRange): Step {
  const { handler } = acpiDeviceOf(range);
  if ((yield* handler.load()) !== 0) return;
  if ((yield* acpiMemoryDeviceAdd(kernel, range)) > 0) yield* handler.store(1);
}

/**
 * acpi_bus_trim(): detaches the handler of a device, which takes its memory away. All releases. It
 * cannot fail. Lock order: as in {@link acpiBusScan}, `acpiMemoryDeviceRemove`.
 */
export function* acpiBusTrim(kernel: Kernel, range: MemoryRange): Step {
  const { handler } = acpiDeviceOf(range);
  if ((yield* handler.load()) === 0) return;
  yield* acpiMemoryDeviceRemove(kernel, range);
  yield* handler.store(0);
}
