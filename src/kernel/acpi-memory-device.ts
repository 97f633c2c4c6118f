import type { Step } from '../program/index.ts';
import { acpiDeviceOf, acpiStatusWorking, AcpiStatus } from './acpi-companion.ts';
import { addMemoryWithResource } from './add-memory.ts';
import { EEXIST, EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memoryGroupRegisterStatic, memoryGroupUnregister, noGroup } from './memory-group.ts';
import { removeMemoryOrBug } from './remove-memory.ts';
import {
  adjacentRanges,
  blocksOf,
  walkMemoryBlocks,
  type MemoryRange,
} from './walk-memory-blocks.ts';
import { pagesPerBlock } from './zone.ts';

/** Bits of _STA without which memory is not added. */
const usable = AcpiStatus.present | AcpiStatus.enabled | AcpiStatus.functioning;

/** The firmware plugs a device in. The event that tells the kernel is the caller's. */
export function* plugIn(range: MemoryRange): Step {
  yield* acpiDeviceOf(range).status.store(acpiStatusWorking);
}

/**
 * acpi_memory_device_add() (drivers/acpi/acpi_memhotplug.c), the attach callback. All releases.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock (the caller's), as in `addMemoryResource`; the
 * device's physical_node_lock once mem_hotplug_lock is released.
 *
 * @returns 1, 0 for a device that is not ready, which is nobody's fault, or -EINVAL
 */
export function* acpiMemoryDeviceAdd(kernel: Kernel, range: MemoryRange): Step<number> {
  // acpi_memory_check_device()
  if (((yield* acpiDeviceOf(range).status.load()) & usable) !== usable) return 0;
  const result = yield* acpiMemoryEnableDevice(kernel, range);
  if (result < 0) yield* acpiMemoryDeviceFree(kernel, range);
  return result < 0 ? result : 1;
}

/**
 * acpi_memory_enable_device(): __add_memory(), since device_hotplug_lock is held, for each range of
 * _CRS (neighbours are one), and the blocks are bound to the device. All releases; from v6.1 on the
 * memory of a device is one group. Memory that is there already is tolerated, a range that fails is
 * passed over.
 *
 * Lock order: as in {@link acpiMemoryDeviceAdd}.
 *
 * @returns 0, -EINVAL if nothing was added, or why there is no group
 */
function* acpiMemoryEnableDevice(kernel: Kernel, range: MemoryRange): Step<number> {
  const device = acpiDeviceOf(range);
  let group: number = noGroup;
  if (kernel.release.hasMemoryGroups) {
    const blocks = blocksOf(range);
    const pages = blocks.length * pagesPerBlock;
    group = yield* memoryGroupRegisterStatic(kernel, blocks[0]!.physicalNid, pages);
    if (group < 0) return group;
    yield* device.groupId.write(group);
  }
  let ranges = 0;
  for (const one of adjacentRanges(blocksOf(range))) {
    const { enabled } = acpiDeviceOf(one);
    if ((yield* enabled.read()) === 0) {
      const result = yield* addMemoryWithResource(kernel, one, { group });
      if (result !== 0 && result !== -EEXIST) continue;
      yield* setBound(kernel, range, one, 1);
      yield* enabled.write(1);
    }
    ranges++;
  }
  return ranges === 0 ? -EINVAL : 0;
}

/**
 * acpi_memory_device_remove(), acpi_memory_remove_memory(): the detach callback. All releases. The
 * blocks have to be offline.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock (the caller's); physical_node_lock; then as in
 * `tryRemoveMemory`.
 */
export function* acpiMemoryDeviceRemove(kernel: Kernel, range: MemoryRange): Step {
  for (const one of adjacentRanges(blocksOf(range))) {
    const { enabled } = acpiDeviceOf(one);
    if ((yield* enabled.read()) === 0) continue;
    yield* setBound(kernel, range, one, 0);
    yield* removeMemoryOrBug(kernel, one);
    yield* enabled.write(0);
  }
  yield* acpiMemoryDeviceFree(kernel, range);
}

/** acpi_memory_device_free(): the memory group goes. All releases. Lock order: none of its own. */
function* acpiMemoryDeviceFree(kernel: Kernel, range: MemoryRange): Step {
  const { groupId } = acpiDeviceOf(range);
  const group = yield* groupId.read();
  if (group === noGroup) return;
  yield* memoryGroupUnregister(kernel, group);
  yield* groupId.write(noGroup);
}

/**
 * acpi_bind_memory_blocks(), acpi_unbind_memory_blocks(): the list of what the device consists of.
 * All releases. That a block cannot be bound is not in the model.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock (the caller's), physical_node_lock.
 */
function* setBound(kernel: Kernel, device: MemoryRange, range: MemoryRange, bound: number): Step {
  const { physicalNodeLock } = acpiDeviceOf(device);
  yield* walkMemoryBlocks(kernel, range, function* (block) {
    yield* physicalNodeLock.acquire();
    try {
      yield* block.acpi.bound.write(bound);
    } finally {
      yield* physicalNodeLock.release();
    }
    return 0;
  });
}
