import { check, type Arena, type Step, type Word } from '../program/index.ts';
import { EBUSY, EINVAL, EIO, ENXIO } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { kstrtoull } from './kstrtoull.ts';
import { getOnlineMems, putOnlineMems } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { isolateLruPage, migratePage } from './migrate-page.ts';
import { structPageOf, type AllocatedPage } from './page-span.ts';
import { checkRule } from './rules.ts';
import { makeSysfsFile } from './sysfs-file.ts';
import type { SysfsFile } from './sysfs.ts';
import { pagesPerBlock, ZoneIndex } from './zone.ts';
import { pageZone } from './zone-range.ts';

/** The file `soft_offline_page`, of kernels built with CONFIG_MEMORY_FAILURE. */
export function makeSoftOfflinePageFile(arena: Arena): SysfsFile {
  return makeSysfsFile(arena, 'soft_offline_page', { store: softOfflinePageStore });
}

/** soft_offline_page_store(). All releases. Lock order: as in {@link softOfflinePage}. */
function* softOfflinePageStore(kernel: Kernel, input: string): Step<number> {
  const pfn = pfnWritten(input);
  if (pfn === undefined) return -EINVAL;
  const result = yield* softOfflinePage(kernel, pfn);
  return result < 0 ? result : input.length;
}

/** The page frame of the physical address that was written; undefined for what is none. */
export function pfnWritten(input: string): number | undefined {
  const address = kstrtoull(input);
  return typeof address === 'bigint' ? Number(address >> 12n) : undefined;
}

/**
 * soft_offline_page(): takes one page out of use, moving what it holds elsewhere. All releases; the
 * order of v6.1 (mf_mutex since v5.16) is followed in all.
 *
 * Lock order: mf_mutex, mem_hotplug_lock (read), without cpu_hotplug_lock: it waits for as long as
 * a block goes on- or offline; then zone->lock. The page is the one that stands for its part of the
 * block.
 *
 * @returns 0; -ENXIO for no memory, -EIO for memory that is not online, -EBUSY for a page that
 * cannot be had
 */
export function* softOfflinePage(kernel: Kernel, pfn: number): Step<number> {
  const block = blockOfPfn(kernel, pfn);
  if (block === undefined || (yield* block.presentSections.load()) === 0) return -ENXIO;
  yield* kernel.mfMutex.acquire();
  try {
    yield* getOnlineMems(kernel);
    try {
      return yield* softOfflineInUsePage(kernel, block, pfn);
    } finally {
      yield* putOnlineMems(kernel);
    }
  } finally {
    yield* kernel.mfMutex.release();
  }
}

/** The block that the page frame lies in, present or not; none for a section that is absent. */
export function blockOfPfn(kernel: Kernel, pfn: number): MemoryBlock | undefined {
  const blocks = [...kernel.bootBlocks, ...kernel.memoryBlocks];
  const block = blocks.find(({ number }) => Math.floor(pfn / pagesPerBlock) === number);
  return block !== undefined && pfn - block.startPfn < (block.hole?.pages ?? 0) ? undefined : block;
}

/** The page of the model that stands for the page frame. */
export function frameOfPfn(block: MemoryBlock, pfn: number): Word {
  const share = pagesPerBlock / block.frames.length;
  return block.frames[Math.floor((pfn % pagesPerBlock) / share)]!;
}

/**
 * migrate_pages() of a page that somebody maps; without mappings there is none. Lock order: as in
 * `migratePage`.
 */
function* moveOut(kernel: Kernel, page: AllocatedPage): Step<number> {
  if (structPageOf(page) === undefined) return 0;
  if ((yield* page.frame.load()) !== PageUse.movable) return 0;
  if ((yield* isolateLruPage(kernel, page)) !== 0) return -EBUSY;
  const result = yield* migratePage(kernel, page);
  // soft_offline_in_use_page(): failures of single pages are one error.
  return result === 0 ? 0 : -EBUSY;
}

/**
 * What is said of memory that is not online. Since 641fe2e9387a (v5.4) pfn_to_online_page() says
 * so. Before, pfn_valid() was enough, and get_any_page() reads the struct page: that of memory
 * offline is reserved and on no LRU list, if it is initialised at all, as it is on adding in v3.19,
 * and on the first onlining from v4.13 on.
 *
 * Lock order: mem_hotplug_lock (read), the caller's.
 */
function* refuseOfflinePage(kernel: Kernel, block: MemoryBlock): Step<number> {
  if (kernel.release.has('641fe2e9387a')) return -EIO;
  const zone = yield* block.pageZone.read();
  check(zone !== ZoneIndex.none, 'VM_BUG_ON_PAGE(PagePoisoned(page)) in soft_offline_page()');
  return -EIO;
}

/** soft_offline_in_use_page() or soft_offline_free_page(). All releases. */
function* softOfflineInUsePage(kernel: Kernel, block: MemoryBlock, pfn: number): Step<number> {
  yield* checkRule(kernel, 'readers-hold-mem-hotplug-lock', block);
  if ((yield* block.sectionOnline.load()) === 0) return yield* refuseOfflinePage(kernel, block);
  const frame = frameOfPfn(block, pfn);
  const moved = yield* moveOut(kernel, { block, frame });
  if (moved !== 0) return moved;
  const zone = yield* pageZone(kernel, block);
  yield* zone.lock.acquire();
  try {
    const use = yield* frame.load();
    if (use === PageUse.poisoned) return 0;
    // What can be mapped has been moved out: if it is in use, somebody has taken it since.
    const isHad = use === PageUse.movable && structPageOf({ block, frame }) !== undefined;
    if (isHad) return -EBUSY;
    if (use !== PageUse.free && use !== PageUse.pcplist && use !== PageUse.movable) return -EBUSY;
    yield* frame.store(PageUse.poisoned);
    yield* block.poisonedPages.add(1);
    return 0;
  } finally {
    yield* zone.lock.release();
  }
}
