import { attempt, retry, type Step } from '../program/index.ts';
import { EBUSY, EINTR, ENOENT } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { testPagesIsolated } from './page-isolation.ts';
import { drainAllPages } from './pcplist.ts';
import type { Zone } from './zone.ts';

/** What a free thread waits before it looks at the pages again; the kernel does not wait. */
const turnMs = 1;

/**
 * The loop of offline_pages() that empties an isolated block: migrate what is movable, until all
 * pages are free. It ends for a signal, and from v5.x on for a page that cannot move; else it goes
 * on for ever. The limits that v3.19 has (120 seconds, five migrations) and the dissolving of free
 * huge pages are not in the model, nor is memory running out for the pages that move.
 *
 * Lock order: what the caller holds (v6.1, v6.8: pcp_batch_high_lock too), then zone->lock in
 * turns.
 *
 * @returns 0, -EINTR or -EBUSY
 */
export function* migrateAllPages(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<number> {
  for (;;) {
    yield* attempt();
    // signal_pending(current)
    if ((yield* block.signal.load()) !== 0) return -EINTR;
    if (kernel.release.offlineDrainsInLoop) yield* drainAllPages(kernel, zone);
    const scanned = yield* scanMovablePages(kernel, block);
    if (scanned === 0) {
      if (!(yield* doMigrateRange(block))) yield* retry(turnMs);
      continue;
    }
    if (scanned !== -ENOENT) return scanned;
    if ((yield* testPagesIsolated(block, zone)) === 0) return 0;
    yield* retry(turnMs);
  }
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
 * do_migrate_range(): the contents of movable pages go elsewhere, and their pages are free. All
 * releases. Page locks and the memory that the contents go to are not in the model.
 *
 * @returns whether all pages that were found could be moved
 */
function* doMigrateRange(block: MemoryBlock): Step<boolean> {
  let moved = true;
  for (const frame of block.frames) {
    const use = yield* frame.load();
    if (use === PageUse.pinned) moved = false;
    if (use === PageUse.movable) yield* frame.compareExchange(use, PageUse.free);
  }
  return moved;
}
