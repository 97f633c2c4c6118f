import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { Page } from './memory-state.ts';
import { pagesPerBlock } from './pgdat.ts';

/**
 * move_pfn_range_to_zone() (since v4.13; __add_zone() in v3.19): the zone spans the block, and its
 * struct pages are initialised.
 *
 * Lock order: v3.19, v4.18, v4.20: mem_hotplug_lock, pgdat_resize_lock for the span; v6.1:
 * mem_hotplug_lock only (27cacaad16c5). The span's seqlock is not in the model.
 */
export function* movePfnRangeToZone(kernel: Kernel, block: MemoryBlock): Step {
  yield* resizeZone(kernel, pagesPerBlock);
  yield* block.page.write(Page.initialised);
}

/**
 * remove_pfn_range_from_zone(): the zone no longer spans the block. v6.1 calls it when a block goes
 * offline.
 *
 * Lock order: as in {@link movePfnRangeToZone}.
 */
export function* removePfnRangeFromZone(kernel: Kernel, block: MemoryBlock): Step {
  yield* block.page.write(Page.uninitialised);
  yield* resizeZone(kernel, -pagesPerBlock);
}

/** resize_zone_range() and resize_pgdat_range(). Lock order: as in {@link movePfnRangeToZone}. */
function* resizeZone(kernel: Kernel, pages: number): Step {
  const { resizeLock } = kernel.pgdat;
  const { spannedPages } = kernel.pgdat.zone;
  if (!kernel.release.pgdatResizeLockGuardsSpans) {
    yield* spannedPages.write((yield* spannedPages.read()) + pages);
    return;
  }
  yield* resizeLock.acquire();
  try {
    yield* spannedPages.write((yield* spannedPages.read()) + pages);
  } finally {
    yield* resizeLock.release();
  }
}
