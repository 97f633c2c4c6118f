import type { Step } from '../program/index.ts';
import { acpiBusScan, acpiBusTrim, acpiDeviceIsPresent } from './acpi-bus-scan.ts';
import { acpiDeviceOf } from './acpi-companion.ts';
import { acpiHotRemove } from './acpi-eject.ts';
import { acpiEvaluateOst, OstEvent, OstStatus, ostStatusOf } from './acpi-ost.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EALREADY, EINVAL, ENODEV, EPERM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryRange } from './walk-memory-blocks.ts';

/**
 * acpi_device_hotplug() of a memory device (drivers/acpi/scan.c): what the work of the queue
 * kacpi_hotplug does (see `acpiHotplugWorker`). All releases. The firmware is told what came of it,
 * unless the device went away before the locks were taken, and with it the way to tell.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, then
 * - to add: as in `addMemoryResource`; the device's physical_node_lock once mem_hotplug_lock is
 *   released
 * - to remove: as in `acpiHotRemove`
 *
 * @param range - the blocks of the device, which its first block stands for
 * @param source - the event: a bus or device check, or a request to eject
 * @returns 0 or an error, which only the firmware learns
 */
export function* acpiDeviceHotplug(
  kernel: Kernel,
  range: MemoryRange,
  source: number = OstEvent.deviceCheck,
): Step<number> {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* kernel.acpiScanLock.acquire();
    try {
      if ((yield* acpiDeviceOf(range).handleInvalid.read()) !== 0) return -ENODEV;
      const result = yield* acpiGenericHotplugEvent(kernel, range, source);
      yield* acpiEvaluateOst(kernel, source, ostStatusOf(result));
      return result;
    } finally {
      yield* kernel.acpiScanLock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * acpi_device_hotplug() for a request to eject. All releases. Lock order: as in {@link
 * acpiDeviceHotplug}.
 *
 * @param event - who asks: the firmware, or user space by the device's `eject` file
 */
export function* acpiDeviceEject(
  kernel: Kernel,
  range: MemoryRange,
  event: number = OstEvent.ejectRequest,
): Step<number> {
  return yield* acpiDeviceHotplug(kernel, range, event);
}

/**
 * acpi_generic_hotplug_event(). All releases. That a removal is in progress is told as an answer to
 * the firmware's request, also where user space asked. Lock order: as in {@link acpiDeviceHotplug}.
 */
function* acpiGenericHotplugEvent(
  kernel: Kernel,
  range: MemoryRange,
  source: number,
): Step<number> {
  const { handler } = acpiDeviceOf(range);
  switch (source) {
    case OstEvent.busCheck:
      return yield* acpiScanBusCheck(kernel, range);
    case OstEvent.deviceCheck:
      return yield* acpiScanDeviceCheck(kernel, range);
    case OstEvent.ejectRequest:
    case OstEvent.ospmEject:
      if ((yield* handler.load()) !== 0 && (yield* kernel.acpi.hotplugEnabled.load()) === 0) {
        return -EPERM;
      }
      yield* acpiEvaluateOst(kernel, OstEvent.ejectRequest, OstStatus.ejectInProgress);
      return yield* acpiHotRemove(kernel, range);
    default:
      return -EINVAL;
  }
}

/**
 * acpi_scan_device_check(). All releases; before 793551c96511 a device that is there already is a
 * failure, and so is one that no handler wants. Lock order: as in {@link acpiDeviceHotplug}.
 *
 * A device that is not there any more has gone without asking: its memory is removed, which is a
 * BUG if it is not offline.
 */
function* acpiScanDeviceCheck(kernel: Kernel, range: MemoryRange): Step<number> {
  const { handler } = acpiDeviceOf(range);
  if (!(yield* acpiDeviceIsPresent(range))) return yield* acpiScanDeviceNotPresent(kernel, range);
  const isFailure = !kernel.release.has('793551c96511');
  if ((yield* handler.load()) !== 0) return isFailure ? -EALREADY : 0;
  yield* acpiBusScan(kernel, range);
  return isFailure && (yield* handler.load()) === 0 ? -ENODEV : 0;
}

/** acpi_scan_bus_check(): as a device check, but never a failure. All releases. */
function* acpiScanBusCheck(kernel: Kernel, range: MemoryRange): Step<number> {
  if (yield* acpiDeviceIsPresent(range)) yield* acpiBusScan(kernel, range);
  else yield* acpiScanDeviceNotPresent(kernel, range);
  return 0;
}

/** acpi_scan_device_not_present(). All releases. Lock order: as in {@link acpiDeviceHotplug}. */
function* acpiScanDeviceNotPresent(kernel: Kernel, range: MemoryRange): Step<number> {
  if ((yield* acpiDeviceOf(range).handler.load()) === 0) return -EALREADY;
  yield* acpiBusTrim(kernel, range);
  return 0;
}

/**
 * acpi_scan_drop_device(): the device's object goes from the namespace, such as with a table that
 * is unloaded. An event that is queued for it then comes too late. All releases.
 *
 * Lock order: acpi_scan_lock.
 */
export function* acpiScanDropDevice(kernel: Kernel, range: MemoryRange): Step {
  yield* kernel.acpiScanLock.hold(() => acpiDeviceOf(range).handleInvalid.write(1) as Step);
}
