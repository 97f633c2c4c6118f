import type { Step } from '../program/index.ts';
import { ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { addMemoryBlock } from './memory-block-devices.ts';
import { checkRule } from './rules.ts';
import { zoneOf } from './pgdat.ts';
import { addSectionUsage } from './section-subsections.ts';
import { ZoneIndex } from './zone.ts';
import { movePfnRangeToZone } from './zone-range.ts';

/**
 * arch_add_memory(), __add_pages(): the struct pages come to be, section by section. Before v6.1
 * what there is of them already is passed over, without a look at its device; and where a section
 * cannot be registered, all that was made before it stays.
 *
 * Lock order: under mem_hotplug_lock. v3.19: pgdat_resize_lock (the range joins zone Normal here);
 * v3.19, v4.18, v4.20: mem_sysfs_mutex, device_lock (`hotplugMemoryRegister`).
 *
 * @returns 0, or -ENOMEM
 */
export function* archAddMemory(kernel: Kernel, block: MemoryBlock): Step<number> {
  yield* checkRule(kernel, 'mem-hotplug-lock-for-writing', block);
  yield* checkRule(kernel, 'no-cpu-hotplug-meanwhile', block);
  const { rangeJoinsZoneOnAdd, memSysfsMutexGuardsBlocks } = kernel.release;
  const zone = zoneOf(kernel.pgdats[block.physicalNid]!, ZoneIndex.normal);
  const { sectionsPerBlock } = kernel.configuration;
  // -EEXIST of __add_section(), which __add_pages() takes for success.
  const undone = kernel.release.failedAddUndoesMemory;
  const there = undone ? 0 : yield* block.presentSections.load();
  for (let section = there + 1; section <= sectionsPerBlock; section++) {
    // sparse_add_section()
    if (section === 1) {
      yield* block.memmap.revive();
      yield* addSectionUsage(kernel, block);
    }
    yield* block.presentSections.store(section);
    if (rangeJoinsZoneOnAdd && section === 1) yield* movePfnRangeToZone(kernel, block, zone);
    if (memSysfsMutexGuardsBlocks) {
      const result = yield* hotplugMemoryRegister(kernel, block);
      if (result !== 0) return result;
    }
  }
  if (!memSysfsMutexGuardsBlocks) yield* block.sectionCount.write(sectionsPerBlock);
  return 0;
}

/**
 * hotplug_memory_register() (register_new_memory() in v3.19): publishes the block with its first
 * section, and in v3.19 links it to its node with its last. v3.19, v4.18, v4.20.
 *
 * Lock order: mem_hotplug_lock (the caller's), mem_sysfs_mutex, device_lock of the new block.
 *
 * @returns 0; -ENOMEM where there is no device, or, in v3.19, no link
 */
function* hotplugMemoryRegister(kernel: Kernel, block: MemoryBlock): Step<number> {
  const { failingBlock, failingAdd, sectionsPerBlock } = kernel.configuration;
  yield* kernel.memSysfsMutex.acquire();
  try {
    const count = yield* block.sectionCount.read();
    if (count === 0) {
      // init_memory_block()
      if (block.number === failingBlock) return -ENOMEM;
      yield* addMemoryBlock(kernel, block);
    }
    yield* block.sectionCount.write(count + 1);
    // register_mem_sect_under_node()
    const links = count + 1 === sectionsPerBlock && kernel.release.failedNodeLink === 'error';
    return links && failingAdd === 'node-link' ? -ENOMEM : 0;
  } finally {
    yield* kernel.memSysfsMutex.release();
  }
}
