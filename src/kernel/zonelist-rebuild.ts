import {
  check,
  type Arena,
  type Mutex,
  type RwLock,
  type Step,
  type Word,
} from '../program/index.ts';

/** The zone lists of a machine whose nodes 1 and 2 get their first memory (v2.6.34, v2.6.35). */
export interface Zonelists {
  /** 4eaf3f64397c: from the update of present_pages to the switch of the pageset. */
  readonly zonelistsMutex: Mutex;
  /**
   * stop_machine(): who holds it for writing has stopped all CPUs. Code that runs with preemption
   * off, such as the page allocator's, holds it for reading.
   */
  readonly stopMachine: RwLock;
  /** Shared by all zones that are not populated yet; of one CPU, as all agents' allocations are. */
  readonly bootPageset: Word;
  readonly zones: readonly HotZone[];
}

/** A zone that memory is brought to for the first time. */
export interface HotZone {
  /** 1 or 2: the number of its node. */
  readonly number: number;
  /** Atomic here: stop_machine() orders it with whoever rebuilds the lists. */
  readonly presentPages: Word;
  /** Whether the zone lists have the zone; plain, under stop_machine(). */
  readonly listed: Word;
  /** zone->pageset: 0 for boot_pageset, 1 for the zone's own; plain, under stop_machine(). */
  readonly hasOwnPageset: Word;
  /** The zone's own pageset: the zone of the page that is on its list, 0 if it is empty. */
  readonly ownPageset: Word;
}

export function makeZonelists(arena: Arena): Zonelists {
  return {
    zonelistsMutex: arena.mutex('zonelists_mutex'),
    stopMachine: arena.rwLock('stop_machine'),
    bootPageset: arena.word('boot_pageset.page'),
    zones: [1, 2].map((number) => ({
      number,
      presentPages: arena.word(`zone${number}.present_pages`),
      listed: arena.word(`zone${number}.listed`),
      hasOwnPageset: arena.word(`zone${number}.has_own_pageset`),
      ownPageset: arena.word(`zone${number}.pageset.page`),
    })),
  };
}

/**
 * online_pages() of v2.6.34 and v2.6.35, as far as zone lists go.
 *
 * Lock order: 4eaf3f64397c: zonelists_mutex, then stop_machine(); before: stop_machine() only.
 */
export function* onlinePagesOfZone(
  lists: Zonelists,
  zone: HotZone,
  takesZonelistsMutex: boolean,
): Step {
  if (takesZonelistsMutex) yield* lists.zonelistsMutex.acquire();
  try {
    const needZonelistsRebuild = (yield* zone.presentPages.load()) === 0;
    yield* zone.presentPages.store(1);
    if (needZonelistsRebuild) yield* buildAllZonelists(lists, zone);
  } finally {
    if (takesZonelistsMutex) yield* lists.zonelistsMutex.release();
  }
}

/**
 * build_all_zonelists(), which runs __build_all_zonelists() by stop_machine(): all populated zones
 * are listed, and the zone that is new, if there is one, gets a pageset of its own.
 *
 * Lock order: (4eaf3f64397c: zonelists_mutex, the caller's), stop_machine().
 */
export function* buildAllZonelists(lists: Zonelists, newZone?: HotZone): Step {
  yield* lists.stopMachine.acquireWrite();
  try {
    for (const zone of lists.zones) {
      yield* zone.listed.write((yield* zone.presentPages.load()) > 0 ? 1 : 0);
    }
    if (newZone !== undefined) yield* newZone.hasOwnPageset.write(1);
  } finally {
    yield* lists.stopMachine.releaseWrite();
  }
}

/**
 * numa_zonelist_order_handler(), the sysctl: rebuilds the lists without any new zone.
 *
 * Lock order: 4eaf3f64397c: zonelists_mutex, then stop_machine(). (zl_order_mutex, which keeps two
 * writers of the sysctl apart, is left out.)
 */
export function* numaZonelistOrderHandler(lists: Zonelists, takesZonelistsMutex: boolean): Step {
  if (takesZonelistsMutex) yield* lists.zonelistsMutex.acquire();
  try {
    yield* buildAllZonelists(lists);
  } finally {
    if (takesZonelistsMutex) yield* lists.zonelistsMutex.release();
  }
}

/**
 * alloc_pages() from a zone and free_pages() of that page: buffered_rmqueue() takes it from the
 * zone's pageset, free_hot_cold_page() puts it there.
 *
 * Lock order: preemption off (`stopMachine`, read), nothing else.
 */
export function* allocAndFreePage(lists: Zonelists, zone: HotZone): Step {
  yield* lists.stopMachine.acquireRead();
  try {
    if ((yield* zone.listed.read()) === 0) return;
    const own = (yield* zone.hasOwnPageset.read()) !== 0;
    const pageset = own ? zone.ownPageset : lists.bootPageset;
    const page = yield* pageset.read();
    check(
      page === 0 || page === zone.number,
      'VM_BUG_ON(bad_range(zone, page)): boot_pageset gave a page of another zone',
    );
    yield* pageset.write(zone.number);
  } finally {
    yield* lists.stopMachine.releaseRead();
  }
}
