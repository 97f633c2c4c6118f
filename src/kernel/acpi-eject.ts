import type { Step } from '../program/index.ts';
import { acpiBusTrim } from './acpi-bus-scan.ts';
import { acpiDeviceOf, AcpiStatus, Ejection } from './acpi-companion.ts';
import { deviceOffline, deviceOnline } from './device-online.ts';
import { EBUSY, EIO, ENODEV } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';

/**
 * acpi_scan_hot_remove(): offlines all blocks of the device, removes them, and has the firmware
 * eject it. device_hotplug_lock is held over it all, so that nothing that went offline in the first
 * part comes back before the second, which cannot fail. All releases. _LCK is not in the model.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock (the caller's); physical_node_lock, and under it
 * as in `deviceOffline`; then as in `acpiMemoryDeviceRemove`.
 *
 * @returns 0, also if _STA says later that the device is still there; -EBUSY whatever kept a block
 * online; -ENODEV or -EIO if the memory is removed, but the device cannot be ejected
 */
export function* acpiHotRemove(kernel: Kernel, range: MemoryRange): Step<number> {
  const result = yield* acpiScanTryToOffline(kernel, blocksOf(range));
  if (result !== 0) return result;
  yield* acpiBusTrim(kernel, range);
  const ejected = yield* acpiEvaluateEj0(range);
  if (ejected !== 0) return ejected;
  const { status, ejectIncomplete } = acpiDeviceOf(range);
  if (((yield* status.load()) & AcpiStatus.enabled) !== 0) yield* ejectIncomplete.add(1);
  return 0;
}

/** acpi_evaluate_ej0(): the firmware's turn. All releases. Lock order: none. */
function* acpiEvaluateEj0(range: MemoryRange): Step<number> {
  const { status, ejection } = acpiDeviceOf(range);
  switch (yield* ejection.load()) {
    case Ejection.isMissing:
      return -ENODEV;
    case Ejection.fails:
      return -EIO;
    case Ejection.works:
      yield* status.store(0);
      return 0;
    default:
      return 0;
  }
}

/**
 * acpi_scan_try_to_offline(): two passes. The first goes on after an error, since with memory
 * cgroups one block may hold what another needs; the second does not. A failure brings everything
 * back online that a pass took offline: by the default policy, so not always in its old zone. All
 * releases. (That hot removal is disabled, -EPERM, is known before.)
 */
function* acpiScanTryToOffline(kernel: Kernel, blocks: readonly MemoryBlock[]): Step<number> {
  if (yield* acpiBusOffline(kernel, blocks, false)) return 0;
  if (yield* acpiBusOffline(kernel, blocks, true)) return 0;
  yield* acpiBusOnline(kernel, blocks);
  return -EBUSY;
}

/**
 * acpi_bus_offline(). All releases. Lock order: physical_node_lock, device_lock and what follows.
 *
 * @returns whether no block failed
 */
function* acpiBusOffline(
  kernel: Kernel,
  blocks: readonly MemoryBlock[],
  secondPass: boolean,
): Step<boolean> {
  const lock = acpiDeviceOf(blocks).physicalNodeLock;
  let allOffline = true;
  yield* lock.acquire();
  try {
    for (const block of blocks) {
      if ((yield* block.acpi.bound.read()) === 0) continue;
      if (secondPass) {
        if ((yield* block.acpi.putOnline.read()) !== 0) continue;
      } else {
        yield* block.acpi.putOnline.write(0);
      }
      const result = yield* deviceOffline(kernel, block);
      if (result >= 0) {
        yield* block.acpi.putOnline.write(result === 0 ? 1 : 0);
        continue;
      }
      allOffline = false;
      if (secondPass) break;
    }
  } finally {
    yield* lock.release();
  }
  return allOffline;
}

/** acpi_bus_online(). All releases. Lock order: as in {@link acpiBusOffline}. */
function* acpiBusOnline(kernel: Kernel, blocks: readonly MemoryBlock[]): Step {
  const lock = acpiDeviceOf(blocks).physicalNodeLock;
  yield* lock.acquire();
  try {
    for (const block of blocks) {
      if ((yield* block.acpi.bound.read()) === 0) continue;
      if ((yield* block.acpi.putOnline.read()) === 0) continue;
      yield* deviceOnline(kernel, block);
      yield* block.acpi.putOnline.write(0);
    }
  } finally {
    yield* lock.release();
  }
}
