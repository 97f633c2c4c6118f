import type { Step } from '../program/index.ts';
import { cpusReadLock, cpusReadUnlock } from './cpu-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import { PageUse } from './memory-state.ts';
import { freePage } from './page-allocator.ts';
import { spansOf, structPageOf, type AllocatedPage } from './page-span.ts';

/**
 * lru_cache_add(): the page goes to a list where migration finds it, by way of its CPU's pagevec
 * unless those are switched off (d479960e44f2). All releases. Without `lru-pagevecs` among the
 * configuration's details pagevecs are always empty.
 *
 * Lock order: lru_pvecs.lock, so that no page gets in after the drain that follows a switching off.
 */
export function* lruCacheAdd(kernel: Kernel, page: AllocatedPage): Step {
  const struct = structPageOf(page);
  const { details } = kernel.configuration;
  if (struct === undefined || !details.includes('lru-pagevecs')) {
    yield* page.frame.store(PageUse.movable);
    return;
  }
  yield* kernel.mm.lruPvecsLock.acquire();
  try {
    if ((yield* kernel.lruDisableCount.load()) !== 0) {
      yield* page.frame.store(PageUse.movable);
      return;
    }
    // The pagevec has a reference of its own.
    yield* struct.references.add(1);
    yield* page.frame.store(PageUse.pagevec);
  } finally {
    yield* kernel.mm.lruPvecsLock.release();
  }
}

/**
 * lru_add_drain_all() (mm/swap.c): what is in the pagevecs of all CPUs goes to the LRU lists. All
 * releases. The work of each CPU, which takes no sleeping lock, is the caller's here, who waits for
 * it.
 *
 * Lock order: until v4.14 cpu_hotplug_lock (read; 9852a7212324 took it away), inside of whatever
 * the caller holds; then a mutex of its own. From v4.13 on offline_pages(), which has
 * cpu_hotplug_lock by mem_hotplug_begin(), calls lru_add_drain_all_cpuslocked() (a47fed5b5b01).
 *
 * @param hasCpuHotplugLock - whether offline_pages() calls
 */
export function* lruAddDrainAll(kernel: Kernel, hasCpuHotplugLock = false): Step {
  const { release } = kernel;
  const cpuslocked = hasCpuHotplugLock && release.has('a47fed5b5b01');
  const takesLock = !release.has('9852a7212324') && !cpuslocked;
  if (takesLock) yield* cpusReadLock(kernel);
  try {
    yield* drainPagevecs(kernel);
  } finally {
    if (takesLock) yield* cpusReadUnlock(kernel);
  }
}

function* drainPagevecs(kernel: Kernel): Step {
  const { lruDrainMutex } = kernel.mm;
  yield* lruDrainMutex.acquire();
  try {
    if (!kernel.configuration.details.includes('lru-pagevecs')) return;
    // The pagevecs' references go.
    for (const page of yield* emptyPagevecs(kernel)) yield* freePage(kernel, page);
  } finally {
    yield* lruDrainMutex.release();
  }
}

/** __pagevec_lru_add(): all pages onto their list. Lock order: lru_pvecs.lock. */
function* emptyPagevecs(kernel: Kernel): Step<AllocatedPage[]> {
  const pages: AllocatedPage[] = [];
  yield* kernel.mm.lruPvecsLock.acquire();
  try {
    for (const block of spansOf(kernel)) {
      if ((yield* block.sectionOnline.load()) === 0) continue;
      for (const frame of block.frames) {
        if ((yield* frame.load()) !== PageUse.pagevec) continue;
        yield* frame.store(PageUse.movable);
        pages.push({ block, frame });
      }
    }
  } finally {
    yield* kernel.mm.lruPvecsLock.release();
  }
  return pages;
}

/**
 * lru_cache_disable(): pages go to LRU lists at once, and what is in pagevecs goes there now. v6.1,
 * v6.8 (d479960e44f2, v5.13).
 *
 * Lock order: as in {@link lruAddDrainAll}, under mem_hotplug_lock and pcp_batch_high_lock.
 */
export function* lruCacheDisable(kernel: Kernel): Step {
  yield* kernel.lruDisableCount.add(1);
  if (kernel.configuration.details.includes('lru-pagevecs')) yield* lruAddDrainAll(kernel, true);
}

/** lru_cache_enable(). v6.1, v6.8. Takes no lock. */
export function* lruCacheEnable(kernel: Kernel): Step {
  yield* kernel.lruDisableCount.add(-1);
}
