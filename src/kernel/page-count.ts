import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { adjustGroupPages } from './memory-group.ts';
import { bootBlockCount, ZoneIndex, type Zone } from './zone.ts';
import { pgdatOf } from './zone-range.ts';

/**
 * adjust_present_page_count() (open-coded in online_pages() before v5.x): the zone's and the node's
 * present pages, and those of the block's memory group.
 *
 * Lock order: v3.19, v4.18, v4.20: mem_hotplug_lock (the caller's) for the zone's,
 * pgdat_resize_lock for the node's; v6.1, v6.8: mem_hotplug_lock for both (27cacaad16c5).
 */
export function* adjustPresentPageCount(
  kernel: Kernel,
  block: MemoryBlock,
  zone: Zone,
  pages: number,
): Step {
  yield* adjustGroupPages(kernel, block, zone.index === ZoneIndex.movable, pages);
  const { presentEarlyPages } = zone;
  // early_section()
  if (block.number < bootBlockCount) {
    yield* presentEarlyPages.write((yield* presentEarlyPages.read()) + pages);
  }
  const { nodePresentPages, resizeLock } = pgdatOf(kernel, zone);
  yield* zone.presentPages.write((yield* zone.presentPages.read()) + pages);
  if (!kernel.release.pgdatResizeLockGuardsSpans) {
    yield* nodePresentPages.write((yield* nodePresentPages.read()) + pages);
    return;
  }
  yield* resizeLock.acquire();
  try {
    yield* nodePresentPages.write((yield* nodePresentPages.read()) + pages);
  } finally {
    yield* resizeLock.release();
  }
}

/**
 * adjust_managed_page_count(): pages that the buddy allocator has.
 *
 * Lock order: v3.19, v4.18, v4.20: managed_page_count_lock, a leaf; v6.1, v6.8: none, the counter
 * is atomic since v5.0.
 */
export function* adjustManagedPageCount(kernel: Kernel, zone: Zone, pages: number): Step {
  const { managedPages, managedPageCountLock } = zone;
  if (kernel.release.managedPagesIsAtomic) {
    yield* managedPages.add(pages);
    return;
  }
  yield* managedPageCountLock.acquire();
  try {
    yield* managedPages.write((yield* managedPages.read()) + pages);
  } finally {
    yield* managedPageCountLock.release();
  }
}

/** populated_zone(): the zone has present pages. All releases. Takes no lock. */
export function* populatedZone(zone: Zone): Step<boolean> {
  return (yield* zone.presentPages.read()) !== 0;
}
