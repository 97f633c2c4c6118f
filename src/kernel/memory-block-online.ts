import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { offlinePages } from './offline-pages.ts';
import { onlinePages } from './online-pages.ts';

/**
 * memory_block_online() of v6.1; in older releases memory_block_action(), which only passes on.
 *
 * Lock order: under device_lock. v6.1: the zone is chosen first, then cpu_hotplug_lock (read),
 * mem_hotplug_lock (001002e73712). Older: as in {@link onlinePages}.
 */
export function* memoryBlockOnline(kernel: Kernel, block: MemoryBlock): Step<number> {
  if (kernel.release.zoneIsChosenBeforeMemHotplugLock) yield* zoneForPfnRange(block);
  if (!kernel.release.memoryBlockOnlineTakesMemHotplugLock) {
    return yield* onlinePages(kernel, block);
  }
  yield* memHotplugBegin(kernel);
  try {
    return yield* onlinePages(kernel, block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * memory_block_offline() of v6.1; in older releases memory_block_action().
 *
 * Lock order: as in {@link memoryBlockOnline}.
 */
export function* memoryBlockOffline(kernel: Kernel, block: MemoryBlock): Step<number> {
  if (!kernel.release.memoryBlockOnlineTakesMemHotplugLock) {
    return yield* offlinePages(kernel, block);
  }
  yield* memHotplugBegin(kernel);
  try {
    return yield* offlinePages(kernel, block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * zone_for_pfn_range(): which zone of the block's node the pages go to; with one zone only the node
 * matters. v6.1.
 *
 * Lock order: under device_lock, before mem_hotplug_lock. The node is written under
 * mem_hotplug_lock, after the block was published: device_hotplug_lock alone keeps the two apart.
 * (Unlike the kernel's oops, the model's gives back the locks that the writer held.)
 */
function* zoneForPfnRange(block: MemoryBlock): Step {
  const nid = yield* block.nid.read();
  check(
    nid >= 0,
    'NULL pointer dereference: zone_for_pfn_range() used node -1 of a block ' +
      'that is still being added',
  );
}
