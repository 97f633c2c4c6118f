import type { Step, Word } from '../program/index.ts';
import { putOnBootPageset, takeFromBootPageset, zonesShareBootPageset } from './boot-pageset.ts';
import type { Kernel } from './kernel.ts';
import { MigrateType, PageUse } from './memory-state.ts';
import { spansOf, structPageOf, type AllocatedPage } from './page-span.ts';
import { drainAllPages } from './pcplist.ts';
import { badRange } from './zone-boundaries.ts';
import type { Zone } from './zone.ts';
import { pageZone } from './zone-range.ts';
import { zonelistBit } from './zonelist.ts';

export type { AllocatedPage } from './page-span.ts';

/**
 * __alloc_pages(): a free page of the zones in the zone list, highest zone first. All releases. The
 * pages of the boot memory that has no block are handed out as far as the configuration has some
 * (`bootFrames`), last of all.
 *
 * Lock order: zone->lock, nothing else: callers may hold anything; where pages can be mapped and
 * none is free, as in `drainAllPages` before it gives up. From v5.18 on a walk that found
 * nothing is repeated if the list was rebuilt meanwhile (3d36424b3b58).
 *
 * @param use - what the page is for: one of PageUse
 * @returns undefined if there is none
 */
export function* allocPage(kernel: Kernel, use: number): Step<AllocatedPage | undefined> {
  const page = yield* allocPageOnce(kernel, use);
  if (page !== undefined || kernel.configuration.pageMappings === 0) return page;
  // __alloc_pages_direct_reclaim(): what is in pcplists is there to have, too.
  for (const { zones } of kernel.pgdats) {
    for (const zone of zones.slice(0, 3)) yield* drainAllPages(kernel, zone);
  }
  return yield* allocPageOnce(kernel, use);
}

function* allocPageOnce(kernel: Kernel, use: number): Step<AllocatedPage | undefined> {
  if (!kernel.release.has('3d36424b3b58')) return yield* getPageFromFreelist(kernel, use);
  for (;;) {
    const before = yield* readSeqBegin(kernel.zonelistUpdateSeq);
    const page = yield* getPageFromFreelist(kernel, use);
    if (page !== undefined) return page;
    if ((yield* kernel.zonelistUpdateSeq.load()) === before) return undefined;
  }
}

/** read_seqbegin(): the number once nobody writes. */
function* readSeqBegin(sequence: Word): Step<number> {
  let number = yield* sequence.load();
  while (number % 2 === 1) number = yield* sequence.waitUntilNot(number);
  return number;
}

/** get_page_from_freelist(), rmqueue(). All releases. Lock order: zone->lock. */
function* getPageFromFreelist(kernel: Kernel, use: number): Step<AllocatedPage | undefined> {
  const list = yield* kernel.zonelistBits.load();
  for (const pgdat of kernel.pgdats) {
    for (const zone of pgdat.zones.toReversed()) {
      if ((list & zonelistBit(zone)) === 0) continue;
      const page = yield* takeFreePage(kernel, zone, use);
      if (page !== undefined) return page;
    }
  }
  return undefined;
}

function* takeFreePage(kernel: Kernel, zone: Zone, use: number): Step<AllocatedPage | undefined> {
  if (zonesShareBootPageset(kernel)) {
    const page = yield* takeFromBootPageset(kernel, zone);
    if (page !== undefined) return yield* handedOut(page, use);
  }
  yield* zone.lock.acquire();
  try {
    for (const block of spansOf(kernel)) {
      if (block.physicalNid !== zone.nid) continue;
      if ((yield* block.freeLists.load()) !== zone.index) continue;
      if ((yield* block.migrateType.load()) === MigrateType.isolate) continue;
      for (const frame of block.frames) {
        if ((yield* frame.load()) !== PageUse.free) continue;
        yield* badRange(kernel, zone, block);
        return yield* handedOut({ block, frame }, use);
      }
    }
    return undefined;
  } finally {
    yield* zone.lock.release();
  }
}

/** set_page_refcounted(), and what the page is for. Lock order: none. */
function* handedOut(page: AllocatedPage, use: number): Step<AllocatedPage> {
  yield* page.frame.store(use);
  const struct = structPageOf(page);
  if (struct !== undefined) yield* struct.references.store(1);
  return page;
}

/**
 * put_page(), free_unref_page(): who has the last reference gives the page back, into the pcplist
 * of the CPU, unless the page is isolated. All releases. The migrate type is looked up before the
 * list is locked: a page can go to a pcplist that has just
 * been drained (968318261221).
 *
 * Lock order: pcp->lock, zone->lock.
 */
export function* freePage(kernel: Kernel, page: AllocatedPage): Step {
  const struct = structPageOf(page);
  // put_page_testzero()
  if (struct !== undefined && (yield* struct.references.add(-1)) !== 1) return;
  yield* freeUnrefPage(kernel, page);
  if (struct !== undefined) yield* kernel.mm.freedPages.add(1);
}

function* freeUnrefPage(kernel: Kernel, page: AllocatedPage): Step {
  const { block, frame } = page;
  const zone = yield* pageZone(kernel, block);
  yield* badRange(kernel, zone, block);
  if ((yield* block.migrateType.load()) === MigrateType.isolate) {
    yield* freeOnePage(zone, frame);
    return;
  }
  if (zonesShareBootPageset(kernel) && (yield* putOnBootPageset(kernel, zone, page))) return;
  yield* zone.pcpLock.acquire();
  try {
    yield* frame.store(PageUse.pcplist);
    if ((yield* zone.pcplistsOn.load()) === 0) yield* freeOnePage(zone, frame);
  } finally {
    yield* zone.pcpLock.release();
  }
}

/** free_one_page(). All releases. Lock order: zone->lock. */
function* freeOnePage(zone: Zone, frame: Word): Step {
  yield* zone.lock.acquire();
  try {
    yield* frame.store(PageUse.free);
  } finally {
    yield* zone.lock.release();
  }
}
