import type { Step } from '../program/index.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { MigrateType, PageUse } from './memory-state.ts';
import { drainAllPages } from './pcplist.ts';
import { ZoneIndex, type Zone } from './zone.ts';

/**
 * start_isolate_page_range(), set_migratetype_isolate(): free pages of the block are no longer
 * handed out. All releases. A block has one pageblock in the model.
 *
 * Lock order: zone->lock; then, in releases that do not switch the pcplists off, as in
 * `drainAllPages`.
 *
 * @returns 0, or -EBUSY for pages that cannot move, and where somebody else isolates the range
 */
export function* startIsolatePageRange(
  kernel: Kernel,
  block: MemoryBlock,
  zone: Zone,
): Step<number> {
  yield* zone.lock.acquire();
  try {
    if ((yield* block.migrateType.load()) === MigrateType.isolate) return -EBUSY;
    if (yield* hasUnmovablePages(block, zone)) return -EBUSY;
    yield* block.migrateType.store(MigrateType.isolate);
    yield* zone.isolatedPageblocks.write((yield* zone.isolatedPageblocks.read()) + 1);
  } finally {
    yield* zone.lock.release();
  }
  if (!kernel.release.offlineDisablesPcplists) yield* drainAllPages(kernel, zone);
  return 0;
}

/** undo_isolate_page_range(). All releases. Lock order: zone->lock. */
export function* undoIsolatePageRange(block: MemoryBlock, zone: Zone): Step {
  yield* zone.lock.acquire();
  try {
    if ((yield* block.migrateType.load()) !== MigrateType.isolate) return;
    yield* block.migrateType.store(MigrateType.movable);
    yield* zone.isolatedPageblocks.write((yield* zone.isolatedPageblocks.read()) - 1);
  } finally {
    yield* zone.lock.release();
  }
}

/** has_unmovable_pages(): all that lies in zone Movable is taken for movable. */
function* hasUnmovablePages(block: MemoryBlock, zone: Zone): Step<boolean> {
  if (zone.index === ZoneIndex.movable) return false;
  for (const frame of block.frames) {
    if ((yield* frame.load()) === PageUse.unmovable) return true;
  }
  return false;
}

export const isolatedUses: readonly number[] = [PageUse.free, PageUse.poisoned, PageUse.offline];

/**
 * test_pages_isolated() (check_pages_isolated() before v5.x). All releases. Lock order: zone->lock.
 *
 * @returns 0, or -EBUSY while a page is neither free nor poisoned nor a driver's that let it go
 */
export function* testPagesIsolated(block: MemoryBlock, zone: Zone): Step<number> {
  yield* zone.lock.acquire();
  try {
    for (const frame of block.frames) {
      const use = yield* frame.load();
      if (!isolatedUses.includes(use)) return -EBUSY;
    }
    return 0;
  } finally {
    yield* zone.lock.release();
  }
}
