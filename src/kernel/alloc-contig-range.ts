import type { Step } from '../program/index.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { MigrateType, PageUse } from './memory-state.ts';
import { undoIsolatePageRange } from './page-isolation.ts';
import { drainAllPages } from './pcplist.ts';
import type { Zone } from './zone.ts';

/**
 * alloc_contig_range(), for one page of the model, whose user is a driver that flags it
 * PageOffline(). All releases. The block, which is one pageblock in the model, is isolated
 * meanwhile. What the pages migrate to is not in the model.
 *
 * Lock order: zone->lock, pcp->lock then zone->lock, in turns; of its callers, vm->hotplug_mutex.
 *
 * @returns 0, or -EBUSY where the page is in use, or somebody else isolates the block
 */
export function* allocContigRange(
  kernel: Kernel,
  block: MemoryBlock,
  index: number,
  zone: Zone,
): Step<number> {
  if (!(yield* isolate(block, index, zone))) return -EBUSY;
  yield* drainAllPages(kernel, zone);
  const frame = block.frames[index]!;
  yield* frame.compareExchange(PageUse.movable, PageUse.free);
  const taken = yield* takeIsolatedPage(block, index, zone);
  yield* undoIsolatePageRange(block, zone);
  return taken ? 0 : -EBUSY;
}

/** start_isolate_page_range() of the one page. Lock order: zone->lock. */
function* isolate(block: MemoryBlock, index: number, zone: Zone): Step<boolean> {
  yield* zone.lock.acquire();
  try {
    if ((yield* block.migrateType.load()) === MigrateType.isolate) return false;
    if ((yield* block.frames[index]!.load()) === PageUse.unmovable) return false;
    yield* block.migrateType.store(MigrateType.isolate);
    yield* zone.isolatedPageblocks.write((yield* zone.isolatedPageblocks.read()) + 1);
    return true;
  } finally {
    yield* zone.lock.release();
  }
}

/** isolate_freepages_range(). Lock order: zone->lock. */
function* takeIsolatedPage(block: MemoryBlock, index: number, zone: Zone): Step<boolean> {
  yield* zone.lock.acquire();
  try {
    const frame = block.frames[index]!;
    return (yield* frame.compareExchange(PageUse.free, PageUse.balloon)) === PageUse.free;
  } finally {
    yield* zone.lock.release();
  }
}
