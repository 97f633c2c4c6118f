import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { getOnlineMems, putOnlineMems } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { Page } from './memory-state.ts';
import { pfnValid } from './section-subsections.ts';
import type { Zone } from './zone.ts';

/**
 * pfn_to_online_page(): the struct page of a pfn, if its section is online. From v4.13 on; v3.19
 * has pfn_valid() alone. Nothing keeps the section online after the answer.
 *
 * Lock order: as in `pfnValid`.
 */
export function* pfnToOnlinePage(kernel: Kernel, block: MemoryBlock): Step<boolean> {
  const test = kernel.release.rangeJoinsZoneOnAdd ? block.presentSections : block.sectionOnline;
  if ((yield* test.load()) === 0) return false;
  return yield* pfnValid(kernel, block);
}

/**
 * isolate_migratepages() (mm/compaction.c), the part that looks at struct pages: each pfn in the
 * span of the zone, without any lock. All releases. That a block goes offline meanwhile is a data
 * race in all of them, since page_init_poison() writes what is read here; the kernel lives with it.
 *
 * Lock order: none, or as in {@link pfnToOnlinePage}.
 *
 * @returns how many blocks of the zone were seen
 */
export function* isolateMigratepages(kernel: Kernel, zone: Zone): Step<number> {
  const start = yield* zone.startPfn.load();
  const end = start + (yield* zone.spannedPages.load());
  let seen = 0;
  for (const block of [...kernel.bootBlocks, ...kernel.memoryBlocks]) {
    if (block.startPfn < start || block.startPfn >= end) continue;
    // pageblock_pfn_to_page()
    if (!(yield* pfnToOnlinePage(kernel, block))) continue;
    const page = yield* block.page.read();
    check(
      page === Page.initialised,
      'VM_BUG_ON_PAGE(PagePoisoned(page)) in isolate_migratepages()',
    );
    if ((yield* block.pageZone.read()) === zone.index) seen++;
  }
  return seen;
}

/**
 * zoneinfo_show() (mm/vmstat.c), /proc/zoneinfo: counts of each zone, under the zone's own lock,
 * which those who change them do not take: a data race in all releases.
 *
 * Lock order: zone->lock, a zone at a time.
 *
 * @returns present pages of all zones
 */
export function* zoneinfoShow(kernel: Kernel): Step<number> {
  let present = 0;
  for (const zone of kernel.pgdats.flatMap(({ zones }) => zones)) {
    yield* zone.lock.acquire();
    try {
      yield* zone.spannedPages.load();
      present += yield* zone.presentPages.read();
    } finally {
      yield* zone.lock.release();
    }
  }
  return present;
}

/**
 * ptdump_show() (arch/arm64/mm/ptdump_debugfs.c): a walk over the kernel's page tables, which go
 * away with the memory that they map.
 *
 * Lock order: mem_hotplug_lock (read) since bf2b59f60ee1 (v5.7); before, nothing.
 *
 * @returns entries of the direct map that were added for device memory
 */
export function* ptdumpShow(kernel: Kernel): Step<number> {
  if (!kernel.release.has('bf2b59f60ee1')) return yield* kernel.directMap.read();
  yield* getOnlineMems(kernel);
  try {
    return yield* kernel.directMap.read();
  } finally {
    yield* putOnlineMems(kernel);
  }
}
