import type { Arena, SpinLock, Step, Word } from '../program/index.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';

/** The pool of huge pages (mm/hugetlb.c), of one size; each is one of the model's pages. */
export interface Hugetlb {
  /** hugetlb_lock. */
  readonly lock: SpinLock;
  /** h->free_huge_pages and h->resv_huge_pages: plain, under the lock. */
  readonly free: Word;
  readonly reserved: Word;
}

/** An empty pool. */
export function makeHugetlb(arena: Arena): Hugetlb {
  return {
    lock: arena.spinLock('hugetlb_lock'),
    free: arena.word('hugetlb.free_huge_pages'),
    reserved: arena.word('hugetlb.resv_huge_pages'),
  };
}

/**
 * alloc_pool_huge_page(): a page that was allocated becomes a free huge page of the pool. All
 * releases. Lock order: hugetlb_lock.
 *
 * @param reserves - whether it is promised to a mapping at once (hugetlb_acct_memory())
 */
export function* addHugePage(kernel: Kernel, frame: Word, reserves: boolean): Step {
  const { lock, free, reserved } = kernel.mm.hugetlb;
  yield* lock.acquire();
  try {
    yield* frame.store(PageUse.hugeFree);
    yield* free.write((yield* free.read()) + 1);
    if (reserves) yield* reserved.write((yield* reserved.read()) + 1);
  } finally {
    yield* lock.release();
  }
}

/**
 * dissolve_free_huge_pages(): the pool's free pages of the block go to the buddy allocator. All
 * releases. v3.19 did not look whether they were reserved, and knew no failure (082d5b6b60e9,
 * v4.9).
 *
 * Lock order: hugetlb_lock, a page at a time; what the caller of offline_pages() holds outside.
 *
 * @returns 0, or -EBUSY for a page that is reserved
 */
export function* dissolveFreeHugePages(kernel: Kernel, block: MemoryBlock): Step<number> {
  // hugepages_supported()
  if (!kernel.configuration.details.includes('huge-pages')) return 0;
  for (const frame of block.frames) {
    if ((yield* frame.load()) !== PageUse.hugeFree) continue;
    const result = yield* dissolveFreeHugePage(kernel, frame);
    if (result !== 0) return result;
  }
  return 0;
}

/** dissolve_free_huge_page(). Lock order: hugetlb_lock. */
function* dissolveFreeHugePage(kernel: Kernel, frame: Word): Step<number> {
  const { lock, free, reserved } = kernel.mm.hugetlb;
  yield* lock.acquire();
  try {
    if ((yield* frame.load()) !== PageUse.hugeFree) return 0;
    const count = yield* free.read();
    if (kernel.release.has('082d5b6b60e9') && count === (yield* reserved.read())) return -EBUSY;
    yield* free.write(count - 1);
    yield* frame.store(PageUse.free);
    return 0;
  } finally {
    yield* lock.release();
  }
}
