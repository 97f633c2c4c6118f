import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { kcompactdRun, kswapdRun } from './kswapd.ts';
import { assertMemHotplugLockHeld, memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { countedPages } from './memmap-on-memory.ts';
import type { MemoryBlock } from './memory-block.ts';
import { memoryNotify, type MemoryNotify } from './memory-notify.ts';
import { OnlineType, PageUse } from './memory-state.ts';
import { nodeNotify } from './node-notify.ts';
import { nodeStatesCheckChangesOnline, nodeStatesSetNode } from './node-states.ts';
import { currentPageOnliner, onlinePagesByDriver } from './online-page-callback.ts';
import { adjustManagedPageCount, adjustPresentPageCount, populatedZone } from './page-count.ts';
import { undoIsolatePageRange } from './page-isolation.ts';
import { initPerZoneWmarkMin, zonePcpUpdate } from './pcplist.ts';
import { zoneOf } from './pgdat.ts';
import { checkRule } from './rules.ts';
import { findMemoryBlock, putMemoryBlock } from './walk-memory-blocks.ts';
import { ZoneIndex, type Zone } from './zone.ts';
import { zoneForPfnRange } from './zone-choice.ts';
import { buildAllZonelists, withZonelistsMutex } from './zonelist.ts';
import { movePfnRangeToZone, pageZone, pgdatOf, removePfnRangeFromZone } from './zone-range.ts';

/**
 * online_pages(): the block's pages join their zone and go to the buddy allocator.
 *
 * Lock order: under device_lock of the block.
 * - v3.19: mem_hotplug_lock, taken here; zonelists_mutex
 * - v4.18: nothing: "the caller has mem_hotplug_lock", which the store of `online` has not
 * - v4.20: cpu_hotplug_lock (read), mem_hotplug_lock, taken here (381eab4a6ee8)
 * - v6.1, v6.8: nothing: memory_block_online() has them
 *
 * and inside, in all: memory_chain.rwsem (read), zone->lock, pcp_batch_high_lock, kswapd_lock, each
 * released before the next is taken.
 *
 * Shuffling, the writeback limits, the watermarks, deferred struct pages and pcpu_alloc_mutex are
 * not in the model.
 *
 * @param chosen - the zone, where memory_block_online() chose it
 * @returns 0, or the error of a callback that refused MEM_GOING_ONLINE
 */
export function* onlinePages(kernel: Kernel, block: MemoryBlock, chosen?: Zone): Step<number> {
  yield* checkRule(kernel, 'online-through-device-online', block);
  if (!kernel.release.onlinePagesTakesMemHotplugLock) {
    return yield* onlinePagesLocked(kernel, block, chosen);
  }
  yield* memHotplugBegin(kernel);
  try {
    return yield* onlinePagesLocked(kernel, block, chosen);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * The part of online_pages() that needs mem_hotplug_lock. Lock order: as in {@link onlinePages}.
 * After a refusal v4.18 and v4.20 leave the zone's span grown; v6.1 and later take it back.
 */
function* onlinePagesLocked(kernel: Kernel, block: MemoryBlock, chosen?: Zone): Step<number> {
  const { release } = kernel;
  yield* assertMemHotplugLockHeld(kernel);
  yield* checkRule(kernel, 'mem-hotplug-lock-for-writing', block);
  yield* checkRule(kernel, 'no-cpu-hotplug-meanwhile', block);
  const zone = chosen ?? (yield* zoneOfBlock(kernel, block));
  if (!release.rangeJoinsZoneOnAdd) yield* movePfnRangeToZone(kernel, block, zone);
  const arg = yield* nodeStatesCheckChangesOnline(kernel, block, zone);
  const refused = yield* goingOnline(kernel, arg);
  if (refused !== 0) {
    if (release.failedOnlineLeavesZone) yield* removePfnRangeFromZone(kernel, block, zone);
    return refused;
  }
  if (release.onlinesIsolated) yield* countIsolatedPageblock(zone);
  yield* withZonelistsMutex(kernel, () => exposePages(kernel, block, zone, arg));
  if (release.onlinesIsolated) yield* undoIsolatePageRange(block, zone);
  yield* initPerZoneWmarkMin(kernel);
  yield* kswapdRun(kernel, pgdatOf(kernel, zone));
  // There is no kcompactd before v4.6.
  if (!release.rangeJoinsZoneOnAdd) yield* kcompactdRun(pgdatOf(kernel, zone));
  yield* nodeNotify(kernel, 'addedFirstMemory', arg.statusChangeNid);
  yield* memoryNotify(kernel, 'online', arg);
  return 0;
}

/**
 * The zone where online_pages() finds it out itself. v4.18, v4.20: from the block that
 * find_memory_block() finds, the last step before v5.0 without giving its reference back
 * (89c02e69fc52), and a block that is not on its bus yet is not found. v3.19: from the struct
 * pages; `online_movable` moves the range between zones (move_pfn_range_right(), of which the check
 * that the zones are neighbours is not in the model).
 */
function* zoneOfBlock(kernel: Kernel, block: MemoryBlock): Step<Zone> {
  if (kernel.release.rangeJoinsZoneOnAdd) return yield* shiftedZone(kernel, block);
  const found = yield* findMemoryBlock(kernel, block);
  check(found, 'NULL pointer dereference: online_pages() found no block for its pages');
  const zone = yield* zoneForPfnRange(kernel, block);
  if (kernel.release.has('89c02e69fc52')) yield* putMemoryBlock(block);
  return zone;
}

function* shiftedZone(kernel: Kernel, block: MemoryBlock): Step<Zone> {
  const zone = yield* pageZone(kernel, block);
  const type = yield* block.onlineType.read();
  const wanted =
    type === OnlineType.kernel
      ? ZoneIndex.normal
      : type === OnlineType.movable
        ? ZoneIndex.movable
        : zone.index;
  if (wanted === zone.index) return zone;
  const other = zoneOf(pgdatOf(kernel, zone), wanted);
  yield* removePfnRangeFromZone(kernel, block, zone);
  yield* movePfnRangeToZone(kernel, block, other);
  return other;
}

/**
 * MEM_GOING_ONLINE, and what undoes it: MEM_CANCEL_ONLINE for the whole memory chain, also where
 * the node notifier refused and the memory chain never heard of it.
 */
function* goingOnline(kernel: Kernel, arg: MemoryNotify): Step<number> {
  const { statusChangeNid } = arg;
  const byNode = yield* nodeNotify(kernel, 'addingFirstMemory', statusChangeNid);
  const refused = byNode !== 0 ? byNode : yield* memoryNotify(kernel, 'goingOnline', arg);
  if (refused === 0) return 0;
  yield* memoryNotify(kernel, 'cancelOnline', arg);
  yield* nodeNotify(kernel, 'cancelAddingFirstMemory', statusChangeNid);
  return refused;
}

/** The pageblocks of a range that joins its zone are isolated and counted so. v6.1, v6.8. */
function* countIsolatedPageblock(zone: Zone): Step {
  yield* zone.lock.acquire();
  try {
    yield* zone.isolatedPageblocks.write((yield* zone.isolatedPageblocks.read()) + 1);
  } finally {
    yield* zone.lock.release();
  }
}

/**
 * From the zone's first pageset to the zone lists. Before 6dcd73d7011b (v3.8) the zone counted its
 * pages while it was on boot_pageset still, and so who else rebuilt the zone lists listed it.
 *
 * Lock order: zone->lock; v3.19: zonelists_mutex around all of it (the caller's); v4.18, v4.20:
 * pcp_batch_high_lock for a zone that had pages.
 */
function* exposePages(kernel: Kernel, block: MemoryBlock, zone: Zone, arg: MemoryNotify): Step {
  const wasPopulated = yield* populatedZone(zone);
  const pagesetFirst = kernel.release.has('6dcd73d7011b');
  // setup_zone_pageset()
  if (!wasPopulated && pagesetFirst) yield* zone.ownPageset.write(1);
  yield* onlinePagesRange(kernel, block, zone);
  yield* adjustPresentPageCount(kernel, block, zone, countedPages(kernel, block));
  yield* nodeStatesSetNode(kernel, arg);
  if (!wasPopulated) yield* buildAllZonelists(kernel, pagesetFirst ? undefined : zone);
  else if (!kernel.release.watermarksSetPcplists) yield* zonePcpUpdate(kernel, zone);
}

/**
 * online_pages_range(): frees the pages to the buddy allocator and then flags the section as
 * online. All releases.
 *
 * Lock order: zone->lock, or what a driver takes that has online_page_callback; as in
 * `adjustManagedPageCount`.
 */
function* onlinePagesRange(kernel: Kernel, block: MemoryBlock, zone: Zone): Step {
  const driver = yield* currentPageOnliner(kernel);
  yield* zone.lock.acquire();
  try {
    yield* block.freeLists.store(zone.index);
    if (driver === undefined) for (const frame of block.frames) yield* frame.store(PageUse.free);
  } finally {
    yield* zone.lock.release();
  }
  const kept = driver === undefined ? 0 : yield* onlinePagesByDriver(kernel, driver, block, zone);
  yield* adjustManagedPageCount(kernel, zone, countedPages(kernel, block) - kept);
  yield* block.sectionOnline.store(1);
}
