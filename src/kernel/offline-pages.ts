import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { adjustManagedPageCount, adjustPresentPageCount } from './page-count.ts';
import { pagesPerBlock } from './pgdat.ts';
import { removePfnRangeFromZone } from './zone-range.ts';

/**
 * offline_pages() (__offline_pages() before v5.x): takes the block's pages out of the buddy
 * allocator.
 *
 * Lock order: as in `onlinePages`, release by release.
 *
 * No page of a block is in use in the model: isolation, migration, their errors and the notifier
 * chain are left to a later version of it.
 */
export function* offlinePages(kernel: Kernel, block: MemoryBlock): Step<number> {
  if (!kernel.release.onlinePagesTakesMemHotplugLock) {
    return yield* offlinePagesLocked(kernel, block);
  }
  yield* memHotplugBegin(kernel);
  try {
    return yield* offlinePagesLocked(kernel, block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * The part of offline_pages() that needs mem_hotplug_lock, in all releases. Lock order: leaf locks
 * only.
 */
function* offlinePagesLocked(kernel: Kernel, block: MemoryBlock): Step<number> {
  // The document's rule: offline_pages() runs under mem_hotplug_lock, for writing.
  yield* kernel.memHotplugLock.assertHeldWrite();
  yield* block.sectionOnline.store(0);
  yield* adjustManagedPageCount(kernel, -pagesPerBlock);
  yield* adjustPresentPageCount(kernel, -pagesPerBlock);
  yield* nodeStatesClearNode(kernel);
  if (kernel.release.zoneIsChosenBeforeMemHotplugLock) yield* removePfnRangeFromZone(kernel, block);
  return 0;
}

/**
 * node_states_clear_node(): a node without present pages has no memory. All releases. Lock order:
 * none of its own.
 */
function* nodeStatesClearNode(kernel: Kernel): Step {
  const { hasMemory, nodePresentPages } = kernel.pgdat;
  if ((yield* nodePresentPages.read()) === 0) yield* hasMemory.store(0);
}
