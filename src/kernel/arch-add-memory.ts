import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { addMemoryBlock } from './memory-block-devices.ts';
import { checkRule } from './rules.ts';
import { zoneOf } from './pgdat.ts';
import { addSectionUsage } from './section-subsections.ts';
import { ZoneIndex } from './zone.ts';
import { movePfnRangeToZone } from './zone-range.ts';

/**
 * arch_add_memory(), __add_pages(): the struct pages come to be, section by section.
 *
 * Lock order: under mem_hotplug_lock. v3.19: pgdat_resize_lock (the range joins zone Normal here);
 * v3.19, v4.18, v4.20: mem_sysfs_mutex, device_lock (`hotplugMemoryRegister`).
 */
export function* archAddMemory(kernel: Kernel, block: MemoryBlock): Step {
  yield* checkRule(kernel, 'mem-hotplug-lock-for-writing', block);
  yield* checkRule(kernel, 'no-cpu-hotplug-meanwhile', block);
  const { rangeJoinsZoneOnAdd, memSysfsMutexGuardsBlocks } = kernel.release;
  const zone = zoneOf(kernel.pgdats[block.physicalNid]!, ZoneIndex.normal);
  for (let section = 1; section <= kernel.configuration.sectionsPerBlock; section++) {
    // sparse_add_section()
    if (section === 1) {
      yield* block.memmap.revive();
      yield* addSectionUsage(kernel, block);
    }
    yield* block.presentSections.store(section);
    if (rangeJoinsZoneOnAdd && section === 1) yield* movePfnRangeToZone(kernel, block, zone);
    if (memSysfsMutexGuardsBlocks) yield* hotplugMemoryRegister(kernel, block);
  }
  if (!memSysfsMutexGuardsBlocks) {
    yield* block.sectionCount.write(kernel.configuration.sectionsPerBlock);
  }
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
    const count = yield* block.sectionCount.read();
    if (count === 0) yield* addMemoryBlock(kernel, block);
    yield* block.sectionCount.write(count + 1);
  } finally {
    yield* kernel.memSysfsMutex.release();
  }
}
