import type { Step } from '../program/index.ts';
import { deviceAdd } from './device-add.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { movePfnRangeToZone } from './zone-range.ts';

/**
 * arch_add_memory(), __add_pages(): the struct pages come to be. Blocks have one section.
 *
 * Lock order: under mem_hotplug_lock. v3.19: pgdat_resize_lock (the range joins its zone here);
 * v3.19, v4.18, v4.20: mem_sysfs_mutex, device_lock (`hotplugMemoryRegister`).
 */
export function* archAddMemory(kernel: Kernel, block: MemoryBlock): Step {
  // sparse_add_section()
  yield* block.memmap.revive();
  if (kernel.release.rangeJoinsZoneOnAdd) yield* movePfnRangeToZone(kernel, block);
  if (kernel.release.memSysfsMutexGuardsBlocks) yield* hotplugMemoryRegister(kernel, block);
}

/**
 * hotplug_memory_register() (register_new_memory() in v3.19): publishes the block with its first
 * section. v3.19, v4.18, v4.20.
 *
 * Lock order: mem_hotplug_lock (the caller's), mem_sysfs_mutex, device_lock of the new block.
 */
function* hotplugMemoryRegister(kernel: Kernel, block: MemoryBlock): Step {
  yield* kernel.memSysfsMutex.acquire();
  try {
    yield* deviceAdd(kernel, block);
    yield* block.sectionCount.write((yield* block.sectionCount.read()) + 1);
  } finally {
    yield* kernel.memSysfsMutex.release();
  }
}
