import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { PageSpan } from './page-span.ts';
import { readSeqbegin, readSeqretry, writeSeqlock, writeSequnlock } from './sequence-lock.ts';
import type { Zone } from './zone.ts';

/**
 * zone_span_writelock() and zone_span_writeunlock() around a change of the zone's span. v3.19,
 * v4.18, v4.20; gone since 27cacaad16c5 (v5.14), which left the readers as they were.
 *
 * Lock order: mem_hotplug_lock, pgdat_resize_lock (both the callers'), zone->span_seqlock.
 */
export function* withSpanSeqlock(kernel: Kernel, zone: Zone, body: () => Step): Step {
  const { spanSeqlock } = zone;
  if (spanSeqlock === undefined || kernel.release.has('27cacaad16c5')) {
    yield* body();
    return;
  }
  yield* writeSeqlock(spanSeqlock);
  try {
    yield* body();
  } finally {
    yield* writeSequnlock(spanSeqlock);
  }
}

/**
 * page_outside_zone_boundaries() (mm/page_alloc.c): reads the span without a lock, and again if a
 * writer was there meanwhile. All releases; since 27cacaad16c5 no writer ever is, so that a start
 * and a length can be read that do not belong together.
 *
 * Lock order: none.
 */
export function* pageOutsideZoneBoundaries(zone: Zone, pfn: number): Step<boolean> {
  const { spanSeqlock } = zone;
  let outside: boolean;
  let begun: number | undefined;
  do {
    if (spanSeqlock !== undefined) begun = yield* readSeqbegin(spanSeqlock);
    const start = yield* zone.startPfn.load();
    outside = pfn < start || pfn >= start + (yield* zone.spannedPages.load());
  } while (
    spanSeqlock !== undefined &&
    begun !== undefined &&
    (yield* readSeqretry(spanSeqlock, begun))
  );
  return outside;
}

/**
 * VM_BUG_ON_PAGE(bad_range(zone, page)), of kernels built with CONFIG_DEBUG_VM, on each page that
 * is allocated or freed. All releases; with `zone-span` among the configuration's details. Pages of
 * the boot without a block are not looked at.
 *
 * Lock order: as in {@link pageOutsideZoneBoundaries}; the callers may hold zone->lock.
 */
export function* badRange(kernel: Kernel, zone: Zone, block: PageSpan): Step {
  if (!kernel.configuration.details.includes('zone-span')) return;
  if (block.startPfn === undefined) return;
  const outside = yield* pageOutsideZoneBoundaries(zone, block.startPfn);
  check(!outside, 'VM_BUG_ON_PAGE(bad_range(zone, page)): page outside its zone');
}
