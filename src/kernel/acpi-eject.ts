import type { Step } from '../program/index.ts';
import { acpiUnbindMemoryBlocks, physicalNodeLockOf } from './acpi-memory-device.ts';
import { deviceOffline, deviceOnline } from './device-online.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { removeMemoryOrBug } from './remove-memory.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';

/**
 * acpi_scan_hot_remove(): offline all blocks of the device, then remove them. device_hotplug_lock
 * is held over both, so that nothing that went offline in the first part comes back before the
 * second, which cannot fail. All releases. Evaluating _LCK, _EJ0 and _STA is not in the model.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock (the caller's); physical_node_lock, and under it
 * as in `deviceOffline`; then as in `tryRemoveMemory`.
 *
 * @returns 0, or -EBUSY whatever kept a block online
 */
export function* acpiHotRemove(kernel: Kernel, range: MemoryRange): Step<number> {
  const blocks = blocksOf(range);
  const result = yield* acpiScanTryToOffline(kernel, blocks);
  if (result !== 0) return result;
  // acpi_bus_trim(), acpi_memory_device_remove()
  yield* acpiUnbindMemoryBlocks(kernel, blocks);
  yield* removeMemoryOrBug(kernel, blocks);
  return 0;
}

/**
 * acpi_scan_try_to_offline(): two passes. The first goes on after an error, since with memory
 * cgroups one block may hold what another needs; the second does not. A failure brings everything
 * back online that a pass took offline: by the default policy, so not always in its old zone. All
 * releases.
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
  const lock = physicalNodeLockOf(blocks);
  let allOffline = true;
  yield* lock.acquire();
  try {
    for (const block of blocks) {
      if ((yield* block.acpiBound.read()) === 0) continue;
      if (secondPass) {
        if ((yield* block.acpiPutOnline.read()) !== 0) continue;
      } else {
        yield* block.acpiPutOnline.write(0);
      }
      const result = yield* deviceOffline(kernel, block);
      if (result >= 0) {
        yield* block.acpiPutOnline.write(result === 0 ? 1 : 0);
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
  const lock = physicalNodeLockOf(blocks);
  yield* lock.acquire();
  try {
    for (const block of blocks) {
      if ((yield* block.acpiBound.read()) === 0) continue;
      if ((yield* block.acpiPutOnline.read()) === 0) continue;
      yield* deviceOnline(kernel, block);
      yield* block.acpiPutOnline.write(0);
    }
  } finally {
    yield* lock.release();
  }
}
