/**
 * mem->state. GOING_ONLINE is never stored: while a block is brought online it still reads OFFLINE.
 */
export const State = { online: 1, goingOffline: 2, offline: 4 } as const;

/**
 * mem->online_type: how the block is to be brought online; `unset` asks for the default. (Numbers
 * differ between releases; nothing depends on them.)
 */
export const OnlineType = { unset: -1, keep: 0, kernel: 1, movable: 2 } as const;

/** What a struct page holds. */
export const Page = { uninitialised: 0, initialised: 1 } as const;

/**
 * What a page is used for.
 * - none: not in the allocator: the block is offline
 * - free: in the free lists of its zone
 * - pcplist: free, and in the list of a CPU, where offlining does not see it
 * - movable: on an LRU list, can be migrated
 * - pinned: the same with an extra reference, so that migrating fails for as long as it has it
 * - unmovable: the kernel's own
 * - poisoned: taken out by soft_offline_page()
 * - pagevec: as movable, but still in the pagevec of a CPU, where migrating does not find it
 * - hugeFree: a free huge page of the pool, which offlining dissolves
 * - balloon: PageOffline() with a reference, which its driver may drop at MEM_GOING_OFFLINE
 */
export const PageUse = {
  none: 0,
  free: 1,
  pcplist: 2,
  movable: 3,
  pinned: 4,
  unmovable: 5,
  poisoned: 6,
  balloon: 7,
  pagevec: 9,
  hugeFree: 10,
} as const;

/** The migrate type of a block's pageblocks, as far as hotplug is concerned. */
export const MigrateType = { movable: 0, isolate: 1 } as const;
