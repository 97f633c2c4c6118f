import type { Has, Since } from './release.ts';

/** What differs between releases in bringing pages online and offline, one behaviour a field. */
export interface PagesRelease {
  /** [NEW] find_memory_block() looks into memory_blocks; before, into the list of the bus. */
  readonly memoryBlocksAreIndexed: boolean;
  /** [NEW] The block remembers its zone (mem->zone) while it is online. */
  readonly memoryBlockKnowsZone: boolean;
  /** [NEW] Memory with holes cannot go offline. */
  readonly holesStayOnline: boolean;
  /** [NEW] Pages are isolated until onlining is through. */
  readonly onlinesIsolated: boolean;
  /** [NEW] New limits for the pcplists of every zone come with new watermarks. */
  readonly watermarksSetPcplists: boolean;
  /** [NEW] Which zone a page leaves when it goes offline: see feee6b298916. */
  readonly zonesShrinkOnOffline: boolean;
  /** [PRE, FIX] A memory cgroup has slab caches of its own, until v5.9. */
  readonly memcgHasOwnCaches: boolean;
  /** [NEW] A failed onlining takes the range out of its zone again. */
  readonly failedOnlineLeavesZone: boolean;
  /** [NEW] A failed offlining undoes the isolation before MEM_CANCEL_OFFLINE; before, after. */
  readonly failedOfflineUndoesIsolationFirst: boolean;
  /** [NEW] offline_pages() switches the pcplists off, under pcp_batch_high_lock. */
  readonly offlineDisablesPcplists: boolean;
  /** offline_pages() drains the pcplists in each turn of its loop. */
  readonly offlineDrainsInLoop: boolean;
}

export function pagesReleaseOf(since: Since, has: Has): PagesRelease {
  const isNew = since('v6.1');
  return {
    memoryBlocksAreIndexed: isNew,
    memoryBlockKnowsZone: has('395f6081bad4'),
    holesStayOnline: isNew,
    onlinesIsolated: isNew,
    watermarksSetPcplists: isNew,
    zonesShrinkOnOffline: has('feee6b298916'),
    memcgHasOwnCaches: !isNew,
    failedOnlineLeavesZone: isNew,
    failedOfflineUndoesIsolationFirst: isNew,
    offlineDisablesPcplists: has('ec6e8c7e0314'),
    offlineDrainsInLoop: !isNew || (has('968318261221') && !has('ec6e8c7e0314')),
  };
}
