import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { Zone } from './zone.ts';

/** min_free_kbytes is the square root of 16 times the memory in KiB, within limits, in pages. */
const kibPerPage = 4;
const minFreeKibMin = 128;
const minFreeKibMax = 262_144;
/** vm.watermark_scale_factor, in 1/10000. */
const watermarkScaleFactor = 10;

/** What the watermarks of a zone should be, from the pages that it and all zones together have. */
export function watermarksOf(managed: number, all: number): readonly number[] {
  const kib = Math.floor(Math.sqrt(all * kibPerPage * 16));
  const minFree = Math.min(Math.max(kib, minFreeKibMin), minFreeKibMax) / kibPerPage;
  const share = all === 0 ? 0 : Math.floor((Math.floor(minFree) * managed) / all);
  const gap = Math.max(share >> 2, Math.floor((managed * watermarkScaleFactor) / 10_000));
  return [share, share + gap, share + 2 * gap];
}

/**
 * init_per_zone_wmark_min() and setup_per_zone_wmarks() (mm/page_alloc.c): below which count of
 * free pages kswapd is woken and allocations wait, from all pages that the allocator has. All
 * releases, with the numbers of v6.1: older ones have the limit of min_free_kbytes at 65536, and no
 * gap of its own. What min_free_kbytes takes off for the marks of the last time is left out. With
 * `watermarks` among the configuration's details.
 *
 * Lock order: mem_hotplug_lock (the caller's), a spin lock of its own, zone->lock of each zone.
 */
export function* setupPerZoneWmarks(kernel: Kernel): Step {
  if (!kernel.configuration.details.includes('watermarks')) return;
  const { watermarksLock } = kernel.mm;
  yield* watermarksLock.acquire();
  try {
    const zones = kernel.pgdats.flatMap((pgdat) => pgdat.zones.slice(0, 3));
    const managed: number[] = [];
    for (const zone of zones) managed.push(yield* managedPagesOf(kernel, zone));
    const all = managed.reduce((sum, pages) => sum + pages, 0);
    for (const [index, zone] of zones.entries()) {
      yield* storeWatermarks(zone, watermarksOf(managed[index]!, all));
    }
  } finally {
    yield* watermarksLock.release();
  }
}

/** zone_managed_pages(). Plain before v5.0, as who changes it has mem_hotplug_lock. */
function* managedPagesOf(kernel: Kernel, { managedPages }: Zone): Step<number> {
  if (kernel.release.managedPagesIsAtomic) return yield* managedPages.load();
  return yield* managedPages.read();
}

function* storeWatermarks(zone: Zone, marks: readonly number[]): Step {
  yield* zone.lock.acquire();
  try {
    for (const [index, mark] of zone.watermarks.entries()) yield* mark.store(marks[index]!);
  } finally {
    yield* zone.lock.release();
  }
}
