import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { PageUse } from './memory-state.ts';
import { spansOf, type PageSpan } from './page-span.ts';
import { setupPerZoneWmarks } from './watermarks.ts';
import type { Zone } from './zone.ts';

/**
 * zone_pcp_disable(). v6.1, v6.8 (ec6e8c7e0314, v5.11).
 *
 * Lock order: mem_hotplug_lock (the caller's), pcp_batch_high_lock, which stays held until {@link
 * zonePcpEnable}: across the isolation, the notifier chain and the migration.
 */
export function* zonePcpDisable(kernel: Kernel, zone: Zone): Step {
  yield* kernel.pcpBatchHighLock.acquire();
  yield* zone.pcplistsOn.store(0);
  yield* drainAllPages(kernel, zone);
}

/** zone_pcp_enable(). v6.1, v6.8. Releases pcp_batch_high_lock. */
export function* zonePcpEnable(kernel: Kernel, zone: Zone): Step {
  yield* zone.pcplistsOn.store(1);
  yield* kernel.pcpBatchHighLock.release();
}

/**
 * zone_pcp_update(): new limits for the zone's pcplists. All releases. Lock order:
 * pcp_batch_high_lock, under mem_hotplug_lock.
 */
export function* zonePcpUpdate(kernel: Kernel, zone: Zone): Step {
  yield* kernel.pcpBatchHighLock.acquire();
  try {
    yield* zone.pcplistsOn.load();
  } finally {
    yield* kernel.pcpBatchHighLock.release();
  }
}

/**
 * init_per_zone_wmark_min(), and setup_per_zone_wmarks() where the configuration has watermarks
 * among its details. All releases. From v5.14 on each zone's pcplists get new limits with them, of
 * every node that is online; zone Device, which the reference kernel was built without, is passed
 * over.
 *
 * Lock order: as in `setupPerZoneWmarks`; v6.1, v6.8: pcp_batch_high_lock, once a zone.
 */
export function* initPerZoneWmarkMin(kernel: Kernel): Step {
  yield* setupPerZoneWmarks(kernel);
  if (!kernel.release.watermarksSetPcplists) return;
  for (const pgdat of kernel.pgdats) {
    if ((yield* pgdat.online.load()) === 0) continue;
    for (const zone of pgdat.zones.slice(0, 3)) yield* zonePcpUpdate(kernel, zone);
  }
}

/**
 * drain_all_pages(): pages in the lists of CPUs go back to the free lists. All releases. The
 * workers that do it on each CPU, and pcpu_drain_mutex around them, are not in the model.
 *
 * Lock order: pcp->lock (before v6.0 switched off interrupts of one CPU), zone->lock.
 */
export function* drainAllPages(kernel: Kernel, zone: Zone): Step {
  for (const block of spansOf(kernel)) {
    if (block.physicalNid !== zone.nid) continue;
    if ((yield* block.freeLists.load()) !== zone.index) continue;
    yield* drainBlock(zone, block);
  }
}

/** The block's share of the lists; it may have gone offline, and away, before they were locked. */
function* drainBlock(zone: Zone, block: PageSpan): Step {
  yield* zone.pcpLock.acquire();
  try {
    yield* zone.lock.acquire();
    try {
      if ((yield* block.freeLists.load()) !== zone.index) return;
      for (const frame of block.frames) {
        if ((yield* frame.load()) === PageUse.pcplist) yield* frame.store(PageUse.free);
      }
    } finally {
      yield* zone.lock.release();
    }
  } finally {
    yield* zone.pcpLock.release();
  }
}
