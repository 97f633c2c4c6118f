import { attempt, retry, type Step } from '../program/index.ts';
import { EAGAIN, EBUSY, EINTR, ENOENT, ENOMEM } from './errno.ts';
import { dissolveFreeHugePages } from './hugetlb.ts';
import type { Kernel } from './kernel.ts';
import { lruAddDrainAll } from './lru-lists.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { isolateLruPage, migratePage } from './migrate-page.ts';
import { isolatedUses, testPagesIsolated } from './page-isolation.ts';
import type { AllocatedPage, StructPage } from './page-span.ts';
import { drainAllPages } from './pcplist.ts';
import type { Zone } from './zone.ts';

/** What a free thread waits before it looks at the pages again; the kernel does not wait. */
const turnMs = 1;

/**
 * The loop of offline_pages() that empties an isolated block: migrate what is movable, until all
 * pages are free. It ends for a signal, and from v5.x on for a page that cannot move; else it goes
 * on for ever. v4.18 and later, with 72b39cfc4d75; before as in `migrateWithinLimits`.
 *
 * Lock order: what the caller holds (v6.1, v6.8: pcp_batch_high_lock too), then zone->lock in
 * turns.
 *
 * @returns 0, -EINTR, -EBUSY, or what dissolving a free huge page answers; without ecde0f3e7f9e
 *   also -EAGAIN
 */
export function* migrateAllPages(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<number> {
  for (;;) {
    yield* attempt();
    const ended = yield* endsOfflining(block);
    if (ended !== 0) return ended;
    yield* drainInLoop(kernel, zone);
    const scanned = yield* scanMovablePages(kernel, block);
    if (scanned === 0) {
      if (!(yield* doMigrateRange(kernel, block))) yield* nextTurn(kernel, block);
      continue;
    }
    if (scanned !== -ENOENT) return scanned;
    const dissolved = yield* dissolveFreeHugePages(kernel, block);
    if (dissolved !== 0) return dissolved;
    if ((yield* testPagesIsolated(block, zone)) === 0) return 0;
    yield* nextTurn(kernel, block);
  }
}

/**
 * What ends offlining at the begin of a turn: the time, where the release has a limit, or
 * signal_pending(current). Takes no lock.
 *
 * @returns 0, -EAGAIN or -EINTR
 */
export function* endsOfflining({ signal, timedOut }: MemoryBlock): Step<number> {
  if (timedOut !== undefined && (yield* timedOut.load()) !== 0) return -EAGAIN;
  return (yield* signal.load()) === 0 ? 0 : -EINTR;
}

/** What a turn of the loop drains, by release. Lock order: as in what it calls. */
export function* drainInLoop(kernel: Kernel, zone: Zone): Step {
  const { release, configuration } = kernel;
  if (configuration.details.includes('lru-pagevecs') && !release.has('d479960e44f2')) {
    yield* lruAddDrainAll(kernel, true);
  }
  if (release.offlineDrainsInLoop) yield* drainAllPages(kernel, zone);
}

/**
 * The next turn. Under exploration there is one only after something has changed that this turn
 * found in its way. A turn that moves pages itself has looked at more than a retry remembers, so
 * where there are struct pages it is looked once more at what counts: a signal (or the time), and
 * whether a page came to be free or can be moved now.
 */
export function* nextTurn(kernel: Kernel, block: MemoryBlock): Step {
  if (block.structPages.length > 0) {
    yield* attempt();
    if ((yield* endsOfflining(block)) !== 0) return;
    let busy = false;
    for (const [index, frame] of block.frames.entries()) {
      const use = yield* frame.load();
      if (isolatedUses.includes(use)) continue;
      busy = true;
      if (isDrained(kernel, use)) return;
      if (use === PageUse.movable && (yield* isExplained(block.structPages[index]!))) return;
    }
    if (!busy) return;
  }
  yield* retry(turnMs);
}

/** Whether the next turn's drains get a page out of where it is. */
function isDrained({ release }: Kernel, use: number): boolean {
  if (use === PageUse.pagevec) return !release.has('d479960e44f2');
  return use === PageUse.pcplist && release.offlineDrainsInLoop;
}

/** Whether a page has no reference but that of its mapping; one that is being freed has none. */
function* isExplained({ references, mapping }: StructPage): Step<boolean> {
  const count = yield* references.load();
  return count === 1 && (yield* mapping.load()) !== 0;
}

/**
 * scan_movable_pages(). All releases; v6.1 and later know pages that will never move. Takes no
 * lock.
 *
 * @returns 0 if there is a page to migrate, -ENOENT if there is none, -EBUSY
 */
function* scanMovablePages(kernel: Kernel, block: MemoryBlock): Step<number> {
  for (const frame of block.frames) {
    const use = yield* frame.load();
    if (use === PageUse.movable || use === PageUse.pinned) return 0;
    if (use === PageUse.balloon && kernel.release.holesStayOnline) return -EBUSY;
  }
  return -ENOENT;
}

/**
 * do_migrate_range(): movable pages are moved elsewhere, and are free then. All releases. Memory
 * that runs out and pages that somebody else has a reference to are no error: the next turn tries
 * again. What was moved stays where it is even if the block stays online.
 *
 * Without mappings (`pageMappings`) nobody looks for a page's contents again, and they go to memory
 * that the model has not; with them as in `migratePage`.
 *
 * Lock order: as in `migratePage`.
 *
 * @returns whether all pages that were found could be moved
 */
function* doMigrateRange(kernel: Kernel, block: MemoryBlock): Step<boolean> {
  let moved = true;
  for (const frame of block.frames) {
    const use = yield* frame.load();
    if (use === PageUse.pinned) moved = false;
    if (use !== PageUse.movable) continue;
    if (block.structPages.length === 0) yield* frame.compareExchange(use, PageUse.free);
    else if (!(yield* movePage(kernel, { block, frame }))) moved = false;
  }
  return moved;
}

/** Lock order: as in `migratePage`. */
function* movePage(kernel: Kernel, page: AllocatedPage): Step<boolean> {
  const freed = yield* kernel.mm.freedPages.load();
  if ((yield* isolateLruPage(kernel, page)) !== 0) return false;
  const result = yield* migratePage(kernel, page);
  if (result !== -ENOMEM) return result === 0;
  // What lets the next turn go on is somebody who frees a page.
  yield* attempt();
  if ((yield* kernel.mm.freedPages.load()) === freed) yield* retry(turnMs);
  return true;
}
