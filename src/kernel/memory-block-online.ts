import type { Step } from '../program/index.ts';
import { EBUSY, EHWPOISON, EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import {
  mhpDeinitMemmapOnMemory,
  mhpInitMemmapOnMemory,
  vmemmapPagesOf,
} from './memmap-on-memory.ts';
import type { MemoryBlock } from './memory-block.ts';
import { offlinePages } from './offline-pages.ts';
import { onlinePages } from './online-pages.ts';
import { adjustPresentPageCount } from './page-count.ts';
import { ZoneIndex, type Zone } from './zone.ts';
import { zoneForPfnRange } from './zone-choice.ts';
import { pageZone } from './zone-range.ts';

/**
 * memory_block_online() of v6.1 and v6.8; in older releases memory_block_action().
 *
 * Lock order: under device_lock. v6.1, v6.8: the zone is chosen first, then cpu_hotplug_lock
 * (read), mem_hotplug_lock (001002e73712). Older: as in {@link onlinePages}.
 */
export function* memoryBlockOnline(kernel: Kernel, block: MemoryBlock): Step<number> {
  const { release } = kernel;
  if (!release.zoneIsChosenBeforeMemHotplugLock) {
    // pages_correctly_probed(): all sections are there.
    const sections = yield* block.presentSections.load();
    if (sections !== kernel.configuration.sectionsPerBlock) return -EBUSY;
    return yield* onlinePages(kernel, block);
  }
  if (release.has('5033091de814') && (yield* block.poisonedPages.load()) !== 0) return -EHWPOISON;
  const zone = yield* zoneForPfnRange(kernel, block);
  if (!release.memoryBlockOnlineTakesMemHotplugLock) {
    return yield* onlineInZone(kernel, block, zone);
  }
  yield* memHotplugBegin(kernel);
  try {
    return yield* onlineInZone(kernel, block, zone);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** The part of memory_block_online() that 001002e73712 put under mem_hotplug_lock. v6.1, v6.8. */
function* onlineInZone(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<number> {
  yield* mhpInitMemmapOnMemory(kernel, block);
  const result = yield* onlinePages(kernel, block, zone);
  if (result !== 0) {
    yield* mhpDeinitMemmapOnMemory(kernel, block);
    return result;
  }
  yield* countVmemmapPages(kernel, block, zone, 1);
  yield* block.zone.write(zone.index);
  return result;
}

/**
 * memory_block_offline() of v6.1 and v6.8; in older releases memory_block_action().
 *
 * Lock order: as in {@link memoryBlockOnline}.
 */
export function* memoryBlockOffline(kernel: Kernel, block: MemoryBlock): Step<number> {
  const { release } = kernel;
  if (release.memoryBlockKnowsZone) {
    // A block of several zones or nodes has none.
    if ((yield* block.zone.read()) === ZoneIndex.none) return -EINVAL;
  }
  if (!release.memoryBlockOnlineTakesMemHotplugLock) return yield* offlineFromZone(kernel, block);
  yield* memHotplugBegin(kernel);
  try {
    return yield* offlineFromZone(kernel, block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** The part of memory_block_offline() that 001002e73712 put under mem_hotplug_lock. */
function* offlineFromZone(kernel: Kernel, block: MemoryBlock): Step<number> {
  if (!kernel.release.zoneIsChosenBeforeMemHotplugLock) return yield* offlinePages(kernel, block);
  const zone = yield* pageZone(kernel, block);
  // Before the pages go, so that it shows when they are the node's last.
  yield* countVmemmapPages(kernel, block, zone, -1);
  const result = yield* offlinePages(kernel, block);
  if (result !== 0) {
    yield* countVmemmapPages(kernel, block, zone, 1);
    return result;
  }
  yield* mhpDeinitMemmapOnMemory(kernel, block);
  yield* block.zone.write(ZoneIndex.none);
  return result;
}

/** The pages that hold struct pages are present ones too. Lock order: mem_hotplug_lock (write). */
function* countVmemmapPages(kernel: Kernel, block: MemoryBlock, zone: Zone, sign: 1 | -1): Step {
  const pages = vmemmapPagesOf(kernel);
  if (pages !== 0) yield* adjustPresentPageCount(kernel, block, zone, sign * pages);
}
