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
