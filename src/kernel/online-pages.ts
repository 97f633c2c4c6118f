import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { adjustManagedPageCount, adjustPresentPageCount } from './page-count.ts';
import { pagesPerBlock } from './pgdat.ts';
import { movePfnRangeToZone } from './zone-range.ts';

/**
 * online_pages(): the block's pages join their zone and go to the buddy allocator.
 *
 * Lock order: under device_lock of the block.
 * - v3.19: mem_hotplug_lock, taken here
 * - v4.18: nothing: "the caller has mem_hotplug_lock", which the store of `online` has not
 * - v4.20: cpu_hotplug_lock (read), mem_hotplug_lock, taken here (381eab4a6ee8)
 * - v6.1: nothing: memory_block_online() has them
 *
 * The notifier chain, the zone lists, the watermarks and kswapd are not in the model.
 */
export function* onlinePages(kernel: Kernel, block: MemoryBlock): Step<number> {
  if (!kernel.release.onlinePagesTakesMemHotplugLock) {
    return yield* onlinePagesLocked(kernel, block);
  }
  yield* memHotplugBegin(kernel);
  try {
    return yield* onlinePagesLocked(kernel, block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * The part of online_pages() that needs mem_hotplug_lock, in all releases. Lock order: leaf locks
 * only.
 */
function* onlinePagesLocked(kernel: Kernel, block: MemoryBlock): Step<number> {
  // The document's rule: online_pages() runs under mem_hotplug_lock, for writing.
  yield* kernel.memHotplugLock.assertHeldWrite();
  if (!kernel.release.rangeJoinsZoneOnAdd) yield* movePfnRangeToZone(kernel, block);
  yield* onlinePagesRange(kernel, block);
  yield* adjustPresentPageCount(kernel, pagesPerBlock);
  yield* nodeStatesSetNode(kernel);
  return 0;
}

/**
 * online_pages_range(): frees the pages to the buddy allocator and then flags the section as
 * online. All releases.
 *
 * Lock order: as in `adjustManagedPageCount`.
 */
function* onlinePagesRange(kernel: Kernel, block: MemoryBlock): Step {
  yield* adjustManagedPageCount(kernel, pagesPerBlock);
  yield* block.sectionOnline.store(1);
}

/** node_states_set_node(): the node has memory now. All releases. Lock order: none of its own. */
function* nodeStatesSetNode(kernel: Kernel): Step {
  const { hasMemory } = kernel.pgdat;
  if ((yield* hasMemory.load()) === 0) yield* hasMemory.store(1);
}
