import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { MigrateType, Page } from './memory-state.ts';
import { zoneOf, type Pgdat } from './pgdat.ts';
import { withSpanSeqlock } from './zone-boundaries.ts';
import { bootPages, pagesPerBlock, ZoneIndex, type Zone } from './zone.ts';

/** The node of a zone. */
export function pgdatOf(kernel: Kernel, zone: Zone): Pgdat {
  return kernel.pgdats[zone.nid]!;
}

/**
 * move_pfn_range_to_zone() (since v4.13; __add_zone() in v3.19): the zone and its node span the
 * block, and its struct pages are initialised, in v6.1 and later as isolated ones.
 *
 * Lock order: v3.19, v4.18, v4.20: mem_hotplug_lock, pgdat_resize_lock for the spans; v6.1, v6.8:
 * mem_hotplug_lock only (27cacaad16c5).
 */
export function* movePfnRangeToZone(kernel: Kernel, block: MemoryBlock, zone: Zone): Step {
  yield* underResizeLock(kernel, zone, () => growSpans(kernel, zone, block.startPfn));
  const isolated = kernel.release.onlinesIsolated ? MigrateType.isolate : MigrateType.movable;
  yield* block.migrateType.store(isolated);
  yield* block.pageZone.write(zone.index);
  yield* block.page.write(Page.initialised);
}

/**
 * remove_pfn_range_from_zone() (__remove_zone() in v4.18 and v4.20): the zone no longer spans the
 * block, and its struct pages say nothing any more. v6.1 and later call it when a block goes
 * offline, and when onlining failed (feee6b298916); older releases when the memory is removed.
 *
 * Lock order: as in {@link movePfnRangeToZone}.
 */
export function* removePfnRangeFromZone(kernel: Kernel, block: MemoryBlock, zone: Zone): Step {
  yield* block.page.write(Page.uninitialised);
  yield* block.pageZone.write(ZoneIndex.none);
  yield* underResizeLock(kernel, zone, () => shrinkSpans(kernel, zone, block.startPfn));
}

/** pgdat_resize_lock(), in the releases that take it around changes of spans. */
export function* underResizeLock(kernel: Kernel, zone: Zone, body: () => Step): Step {
  if (!kernel.release.pgdatResizeLockGuardsSpans) {
    yield* body();
    return;
  }
  const { resizeLock } = pgdatOf(kernel, zone);
  yield* resizeLock.acquire();
  try {
    yield* body();
  } finally {
    yield* resizeLock.release();
  }
}

/**
 * resize_zone_range() and resize_pgdat_range(). Lock order: as in {@link movePfnRangeToZone}.
 */
export function* growSpans(kernel: Kernel, zone: Zone, startPfn: number): Step {
  yield* withSpanSeqlock(kernel, zone, () => growSpan(zone, startPfn));
  yield* growSpan(pgdatOf(kernel, zone), startPfn);
}

function* growSpan(span: Pick<Zone, 'startPfn' | 'spannedPages'>, startPfn: number): Step {
  const start = yield* span.startPfn.load();
  const spanned = yield* span.spannedPages.load();
  const end = spanned === 0 ? 0 : start + spanned;
  const first = spanned === 0 ? startPfn : Math.min(start, startPfn);
  if (first !== start) yield* span.startPfn.store(first);
  yield* span.spannedPages.store(Math.max(end, startPfn + pagesPerBlock) - first);
}

/**
 * shrink_zone_span() and update_pgdat_span() (shrink_pgdat_span() before v5.5): only what lies at
 * an edge of the span can leave it. Lock order: as in {@link movePfnRangeToZone}.
 */
export function* shrinkSpans(kernel: Kernel, zone: Zone, startPfn: number): Step {
  const start = yield* zone.startPfn.load();
  const end = start + (yield* zone.spannedPages.load());
  const isEdge = startPfn === start || startPfn + pagesPerBlock === end;
  if (isEdge) {
    const left = yield* rangesOfZone(kernel, zone, startPfn);
    const first = left.length === 0 ? 0 : Math.min(...left.map((range) => range.start));
    const last = left.length === 0 ? 0 : Math.max(...left.map((range) => range.end));
    yield* withSpanSeqlock(kernel, zone, function* () {
      yield* zone.startPfn.store(first);
      yield* zone.spannedPages.store(last - first);
    });
  }
  yield* updatePgdatSpan(pgdatOf(kernel, zone));
}

/**
 * find_smallest_section_pfn() and find_biggest_section_pfn(): what else the zone has. v6.1 and
 * later ask pfn_to_online_page() first; before, struct pages are read that may say anything.
 */
function* rangesOfZone(
  kernel: Kernel,
  zone: Zone,
  without: number,
): Step<{ start: number; end: number }[]> {
  const { bootZone, bootBlocks } = kernel.configuration;
  const ranges: { start: number; end: number }[] = [];
  if (!bootBlocks && zone.nid === 0 && zone.name === bootZone) {
    ranges.push({ start: 0, end: bootPages });
  }
  for (const block of [...kernel.bootBlocks, ...kernel.memoryBlocks]) {
    if (block.startPfn === without || block.physicalNid !== zone.nid) continue;
    const there = kernel.release.zonesShrinkOnOffline ? block.sectionOnline : block.presentSections;
    if ((yield* there.load()) === 0) continue;
    if ((yield* block.pageZone.read()) !== zone.index) continue;
    const start = block.startPfn + (block.hole?.pages ?? 0);
    ranges.push({ start, end: block.startPfn + pagesPerBlock });
  }
  if (zone.index !== ZoneIndex.device) return ranges;
  for (const memory of kernel.deviceMemory) {
    if (memory.startPfn === without || (yield* memory.references.load()) === 0) continue;
    ranges.push({ start: memory.startPfn, end: memory.startPfn + pagesPerBlock });
  }
  return ranges;
}

function* updatePgdatSpan(pgdat: Pgdat): Step {
  let first = Infinity;
  let last = 0;
  for (const zone of pgdat.zones) {
    const spanned = yield* zone.spannedPages.load();
    if (spanned === 0) continue;
    const start = yield* zone.startPfn.load();
    first = Math.min(first, start);
    last = Math.max(last, start + spanned);
  }
  yield* pgdat.startPfn.store(last === 0 ? 0 : first);
  yield* pgdat.spannedPages.store(last === 0 ? 0 : last - first);
}

/** page_zone() of a block's struct pages. */
export function* pageZone(
  kernel: Kernel,
  block: Pick<MemoryBlock, 'pageZone' | 'physicalNid'>,
): Step<Zone> {
  const index = yield* block.pageZone.read();
  return zoneOf(kernel.pgdats[block.physicalNid]!, index);
}
