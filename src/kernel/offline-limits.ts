import { attempt, type Step } from '../program/index.ts';
import { EBUSY, ENOMEM } from './errno.ts';
import { dissolveFreeHugePages } from './hugetlb.ts';
import type { Kernel } from './kernel.ts';
import { lruAddDrainAll } from './lru-lists.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { isolateLruPage, migratePage } from './migrate-page.ts';
import { testPagesIsolated } from './page-isolation.ts';
import { drainInLoop, endsOfflining, nextTurn } from './page-migration.ts';
import { drainAllPages } from './pcplist.ts';
import type { Zone } from './zone.ts';

/** retry_max: how many migrations may fail for good. */
const failuresMax = 5;

/**
 * The loop of offline_pages() that empties an isolated block, without 72b39cfc4d75 (v4.15): v3.19.
 * It gives up after five migrations that failed with an error (a page that is on no list and in
 * use, no memory to move to; a page with a reference too many is only tried again), after 120
 * seconds (ecde0f3e7f9e), and where a page is in use at the end that the scan did not see.
 *
 * Lock order: what the caller holds, then zone->lock in turns.
 *
 * @returns 0, -EAGAIN after 120 seconds, -EINTR, -EBUSY, -ENOMEM, or what dissolving a free huge
 *   page answers
 */
export function* migrateWithinLimits(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<number> {
  let failures = 0;
  for (let turn = 0; ; turn++) {
    yield* attempt();
    const ended = yield* endsOfflining(block);
    if (ended !== 0) return ended;
    if (turn > 0) yield* drainInLoop(kernel, zone);
    if (yield* scanLruPages(block)) {
      const result = yield* doMigrateRangeOrFail(kernel, block);
      if (result < 0 && ++failures === failuresMax) return result;
      if (result > 0) yield* nextTurn(kernel, block);
      continue;
    }
    if (kernel.configuration.details.includes('lru-pagevecs')) yield* lruAddDrainAll(kernel, true);
    yield* drainAllPages(kernel, zone);
    const dissolved = yield* dissolveFreeHugePages(kernel, block);
    return dissolved !== 0 ? dissolved : yield* testPagesIsolated(block, zone);
  }
}

/** scan_movable_pages(): whether there is a page on an LRU list. Takes no lock. */
function* scanLruPages(block: MemoryBlock): Step<boolean> {
  for (const frame of block.frames) if ((yield* frame.load()) === PageUse.movable) return true;
  return false;
}

/**
 * do_migrate_range() of v3.19: where one page is in use and on no list, none is moved. (The kernel
 * isolates those before it, and puts them back.)
 *
 * Lock order: as in `migratePage`.
 *
 * @returns 0, how many pages could not be moved, -EBUSY for a page that is on no list, or -ENOMEM
 */
function* doMigrateRangeOrFail(kernel: Kernel, block: MemoryBlock): Step<number> {
  for (const frame of block.frames) if ((yield* frame.load()) === PageUse.pinned) return -EBUSY;
  let left = 0;
  for (const frame of block.frames) {
    const use = yield* frame.load();
    if (use !== PageUse.movable) continue;
    if (block.structPages.length === 0) {
      yield* frame.compareExchange(use, PageUse.free);
      continue;
    }
    if ((yield* isolateLruPage(kernel, { block, frame })) !== 0) continue;
    const result = yield* migratePage(kernel, { block, frame });
    if (result === -ENOMEM) return result;
    if (result !== 0) left++;
  }
  return left;
}
