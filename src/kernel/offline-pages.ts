import type { Step } from '../program/index.ts';
import { zonesShareBootPageset } from './boot-pageset.ts';
import { EINTR, EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { kcompactdStop, kswapdStop } from './kswapd.ts';
import { lruCacheDisable, lruCacheEnable } from './lru-lists.ts';
import { assertMemHotplugLockHeld, memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { countedPages } from './memmap-on-memory.ts';
import type { MemoryBlock } from './memory-block.ts';
import { memoryNotify, type MemoryNotify } from './memory-notify.ts';
import { PageUse } from './memory-state.ts';
import { nodeNotify } from './node-notify.ts';
import { nodeStatesCheckChangesOffline, nodeStatesClearNode } from './node-states.ts';
import { adjustManagedPageCount, adjustPresentPageCount, populatedZone } from './page-count.ts';
import { startIsolatePageRange, undoIsolatePageRange } from './page-isolation.ts';
import { migrateWithinLimits } from './offline-limits.ts';
import { migrateAllPages } from './page-migration.ts';
import { initPerZoneWmarkMin, zonePcpDisable, zonePcpEnable, zonePcpUpdate } from './pcplist.ts';
import { zoneOf } from './pgdat.ts';
import { checkRule } from './rules.ts';
import { ZoneIndex, type Zone } from './zone.ts';
import { buildAllZonelists, withZonelistsMutex } from './zonelist.ts';
import { zoneOfPages } from './zone-of-pages.ts';
import { pgdatOf, removePfnRangeFromZone } from './zone-range.ts';

/**
 * offline_pages() (__offline_pages() before v5.x): takes the block's pages out of the buddy
 * allocator.
 *
 * Lock order: outside as in `onlinePages`, release by release; inside
 * - v3.19, v4.18, v4.20: zone->lock in turns, memory_chain.rwsem (read) in turns,
 *   pcp_batch_high_lock
 * - v6.1, v6.8: pcp_batch_high_lock from before the isolation until the pages are out (or back), so
 *   around memory_chain.rwsem (read) for MEM_GOING_OFFLINE and MEM_CANCEL_OFFLINE; MEM_OFFLINE is
 *   sent without it
 *
 * A block is aligned, so the check for that is not in the model.
 *
 * @returns 0, -EINVAL for holes, -EBUSY for pages that cannot move, -EINTR, or the error of a
 * callback that refused MEM_GOING_OFFLINE; in v3.19 also -EAGAIN after 120 seconds, and -ENOMEM
 */
export function* offlinePages(kernel: Kernel, block: MemoryBlock): Step<number> {
  yield* checkRule(kernel, 'online-through-device-online', block);
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
 * The part of offline_pages() that needs mem_hotplug_lock. Lock order: as in {@link offlinePages}.
 */
function* offlinePagesLocked(kernel: Kernel, block: MemoryBlock): Step<number> {
  const { release } = kernel;
  yield* assertMemHotplugLockHeld(kernel);
  yield* checkRule(kernel, 'mem-hotplug-lock-for-writing', block);
  yield* checkRule(kernel, 'no-cpu-hotplug-meanwhile', block);
  if (release.holesStayOnline && (yield* hasHoles(kernel, block))) return -EINVAL;
  const zone = zoneOf(kernel.pgdats[block.physicalNid]!, yield* zoneOfPages(kernel, block));
  // test_pages_in_a_zone(), which older releases have: of the outer blocks it makes no zone.
  if (!release.holesStayOnline && block.hasHoles && block.hole === undefined) return -EINVAL;
  const { result, arg } = yield* withoutPcplists(kernel, block, zone);
  if (result === 0) yield* accountOffline(kernel, block, zone, arg!);
  else if (result === -EINTR) yield* block.signal.store(0);
  return result;
}

/** Whether the range is empty now, and what MEM_GOING_OFFLINE told, where it was sent. */
interface Emptied {
  readonly result: number;
  readonly arg?: MemoryNotify;
}

/** Lock order: v6.1, v6.8: pcp_batch_high_lock around all of {@link emptyRange}. */
function* withoutPcplists(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<Emptied> {
  if (!kernel.release.offlineDisablesPcplists) return yield* emptyRange(kernel, block, zone);
  const disablesLru = kernel.release.has('d479960e44f2');
  yield* zonePcpDisable(kernel, zone);
  if (disablesLru) yield* lruCacheDisable(kernel);
  try {
    return yield* emptyRange(kernel, block, zone);
  } finally {
    if (disablesLru) yield* lruCacheEnable(kernel);
    yield* zonePcpEnable(kernel, zone);
  }
}

/** walk_system_ram_range(). Lock order: mem_hotplug_lock, resource_lock (read). */
function* hasHoles(kernel: Kernel, block: MemoryBlock): Step<boolean> {
  yield* kernel.resourceLock.acquireRead();
  try {
    return (yield* block.resource.read()) === 0 || block.hasHoles;
  } finally {
    yield* kernel.resourceLock.releaseRead();
  }
}

/**
 * From the isolation to the point of no return. Where the isolation fails, no event is sent at all;
 * later failures send MEM_CANCEL_OFFLINE: before the isolation is undone in v3.19, v4.18 and v4.20,
 * after it in v6.1 and later. Contents that were migrated do not come back.
 */
function* emptyRange(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<Emptied> {
  const isolated = yield* startIsolatePageRange(kernel, block, zone);
  if (isolated !== 0) return { result: isolated };
  const arg = yield* nodeStatesCheckChangesOffline(kernel, block, zone);
  const refused = yield* goingOffline(kernel, arg);
  const result = refused !== 0 ? refused : yield* emptyBlock(kernel, block, zone);
  if (result === 0) {
    yield* offlineIsolatedPages(block, zone);
    return { result, arg };
  }
  const undoFirst = kernel.release.failedOfflineUndoesIsolationFirst;
  if (undoFirst) yield* undoIsolatePageRange(block, zone);
  yield* memoryNotify(kernel, 'cancelOffline', arg);
  yield* nodeNotify(kernel, 'cancelRemovingLastMemory', arg.statusChangeNid);
  if (!undoFirst) yield* undoIsolatePageRange(block, zone);
  return { result, arg };
}

/** The loop that empties the isolated block. Lock order: as in `migrateAllPages`. */
function* emptyBlock(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<number> {
  if (block.timedOut !== undefined) yield* block.timedOut.store(0);
  return kernel.release.has('72b39cfc4d75')
    ? yield* migrateAllPages(kernel, block, zone)
    : yield* migrateWithinLimits(kernel, block, zone);
}

function* goingOffline(kernel: Kernel, arg: MemoryNotify): Step<number> {
  const byNode = yield* nodeNotify(kernel, 'removingLastMemory', arg.statusChangeNid);
  return byNode !== 0 ? byNode : yield* memoryNotify(kernel, 'goingOffline', arg);
}

/**
 * __offline_isolated_pages(): the section is flagged offline, and the pages leave the free lists.
 * All releases. Pages that soft_offline_page() took stay marked. Lock order: zone->lock.
 */
function* offlineIsolatedPages(block: MemoryBlock, zone: Zone): Step {
  yield* block.sectionOnline.store(0);
  yield* zone.lock.acquire();
  try {
    yield* block.freeLists.store(ZoneIndex.none);
    for (const frame of block.frames) {
      if ((yield* frame.load()) !== PageUse.poisoned) yield* frame.store(PageUse.none);
    }
  } finally {
    yield* zone.lock.release();
  }
  yield* undoIsolatePageRange(block, zone);
}

/**
 * The counters, the zone lists, the node's threads and the last event. All releases.
 *
 * Lock order: as in `adjustPresentPageCount`; pcp_batch_high_lock (v6.1, v6.8: once a zone);
 * kswapd_lock; memory_chain.rwsem (read).
 */
function* accountOffline(kernel: Kernel, block: MemoryBlock, zone: Zone, arg: MemoryNotify): Step {
  const { release } = kernel;
  const pgdat = pgdatOf(kernel, zone);
  const pages = countedPages(kernel, block);
  yield* adjustManagedPageCount(kernel, zone, -pages);
  yield* adjustPresentPageCount(kernel, block, zone, -pages);
  yield* initPerZoneWmarkMin(kernel);
  if (!(yield* populatedZone(zone))) {
    // zone_pcp_reset()
    if (zonesShareBootPageset(kernel)) yield* zone.ownPageset.store(0);
    else yield* zone.ownPageset.write(0);
    yield* withZonelistsMutex(kernel, () => buildAllZonelists(kernel));
  } else if (!release.watermarksSetPcplists) {
    yield* zonePcpUpdate(kernel, zone);
  }
  yield* nodeStatesClearNode(kernel, arg);
  if (arg.statusChangeNid >= 0) {
    const kcompactdFirst = release.has('b4a0215e11dc');
    if (kcompactdFirst) yield* kcompactdStop(pgdat);
    yield* kswapdStop(kernel, pgdat);
    if (!kcompactdFirst) yield* kcompactdStop(pgdat);
  }
  yield* nodeNotify(kernel, 'removedLastMemory', arg.statusChangeNid);
  yield* memoryNotify(kernel, 'offline', arg);
  if (release.zonesShrinkOnOffline) yield* removePfnRangeFromZone(kernel, block, zone);
}
