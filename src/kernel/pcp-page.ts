import {
  attempt,
  retry,
  type Arena,
  type SpinLock,
  type Step,
  type Word,
} from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** Where the page is. */
export const Where = { inUse: 0, pcplist: 1, buddyFree: 2, buddyIsolated: 3 } as const;

/** When offline_pages() empties the lists of pages per CPU. */
export type Drain = 'once' | 'every-turn' | 'lists-disabled';

/** The last page of a block that goes offline, and what it passes through. */
export interface PcpPage {
  readonly drain: Drain;
  /** See {@link Where}; atomic, as pageblock and page flags are. */
  readonly where: Word;
  /** The pageblock's migratetype is MIGRATE_ISOLATE; read without a lock when a page is freed. */
  readonly isolated: Word;
  /** zone_pcp_disable(): pages go to the buddy allocator at once. Under pcp lock. */
  readonly pcpDisabled: Word;
  /** pcp->lock (a local lock and IPIs before v5.18): one CPU's list. */
  readonly pcpLock: SpinLock;
  /** zone->lock: the buddy allocator's lists. */
  readonly zoneLock: SpinLock;
}

export function makePcpPage(arena: Arena, drain: Drain): PcpPage {
  return {
    drain,
    where: arena.word('page.where', Where.inUse),
    isolated: arena.word('pageblock.isolated'),
    pcpDisabled: arena.word('zone.pcp_disabled'),
    pcpLock: arena.spinLock('last page.pcp->lock', { class: 'pcp->lock' }),
    zoneLock: arena.spinLock('last page.zone->lock', { class: 'zone->lock' }),
  };
}

/**
 * free_unref_page(): the page goes to this CPU's list, unless its pageblock is isolated; that is
 * asked before the list is locked. All releases.
 *
 * Lock order: pcp->lock, or zone->lock.
 */
export function* freeUnrefPage(page: PcpPage): Step {
  if ((yield* page.isolated.load()) !== 0) {
    yield* freeOnePage(page);
    return;
  }
  yield* page.pcpLock.acquire();
  try {
    if ((yield* page.pcpDisabled.read()) !== 0) yield* freeOnePage(page);
    else yield* page.where.store(Where.pcplist);
  } finally {
    yield* page.pcpLock.release();
  }
}

/** free_one_page(), free_pcppages_bulk(): to the buddy allocator. Lock order: zone->lock. */
function* freeOnePage(page: PcpPage): Step {
  yield* page.zoneLock.acquire();
  try {
    const isolated = (yield* page.isolated.load()) !== 0;
    yield* page.where.store(isolated ? Where.buddyIsolated : Where.buddyFree);
  } finally {
    yield* page.zoneLock.release();
  }
}

/** drain_all_pages(): what is on the list goes to the buddy allocator. */
function* drainAllPages(page: PcpPage): Step {
  yield* page.pcpLock.acquire();
  try {
    if ((yield* page.where.load()) === Where.pcplist) yield* freeOnePage(page);
  } finally {
    yield* page.pcpLock.release();
  }
}

/**
 * offline_pages(): isolates the pageblock and waits for its last page to be free in it. v4.20 on,
 * by {@link Drain}: once only, in each turn (968318261221), lists disabled (ec6e8c7e0314, v5.11).
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock, then pcp->lock, zone->lock. The loop has
 * no other end: it is the kernel's "retries for ever".
 */
export function* offlineLastPage(kernel: Kernel, page: PcpPage): Step {
  yield* memHotplugBegin(kernel);
  try {
    if (page.drain === 'lists-disabled') yield* zonePcpDisable(page);
    yield* startIsolatePageRange(page);
    yield* drainAllPages(page);
    for (;;) {
      yield* attempt();
      if (page.drain === 'every-turn') yield* drainAllPages(page);
      if (yield* testPagesIsolated(page)) return;
      yield* retry(1);
    }
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** zone_pcp_disable(). Its pcp_batch_high_lock, which no other agent takes, is left out. */
function* zonePcpDisable(page: PcpPage): Step {
  yield* page.pcpLock.acquire();
  try {
    yield* page.pcpDisabled.write(1);
  } finally {
    yield* page.pcpLock.release();
  }
}

/** start_isolate_page_range(): free pages of the block move with it. Lock order: zone->lock. */
function* startIsolatePageRange(page: PcpPage): Step {
  yield* page.zoneLock.acquire();
  try {
    yield* page.isolated.store(1);
    if ((yield* page.where.load()) === Where.buddyFree) {
      yield* page.where.store(Where.buddyIsolated);
    }
  } finally {
    yield* page.zoneLock.release();
  }
}

/** test_pages_isolated(): whether all pages are free and isolated. Lock order: zone->lock. */
function* testPagesIsolated(page: PcpPage): Step<boolean> {
  yield* page.zoneLock.acquire();
  try {
    return (yield* page.where.load()) === Where.buddyIsolated;
  } finally {
    yield* page.zoneLock.release();
  }
}
