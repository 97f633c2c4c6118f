import type { Step } from '../program/index.ts';
import { EAGAIN, EBUSY, ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { lruCacheAdd } from './lru-lists.ts';
import { PageUse } from './memory-state.ts';
import { allocPage, freePage } from './page-allocator.ts';
import { mappablePage, type PageMapping } from './page-mapping.ts';
import type { AllocatedPage } from './page-span.ts';

/**
 * get_page_unless_zero() and isolate_lru_page() (mm/vmscan.c): the page is taken off its LRU list,
 * with a reference that keeps it from being freed. All releases. Lock order: none (lru_lock, a
 * leaf, is one step here).
 *
 * @returns 0, or -EBUSY for a page that is free or on no list
 */
export function* isolateLruPage(kernel: Kernel, page: AllocatedPage): Step<number> {
  const { references } = mappablePage(page);
  for (;;) {
    const count = yield* references.load();
    if (count === 0) return -EBUSY;
    if ((yield* references.compareExchange(count, count + 1)) === count) break;
  }
  const { movable, pinned } = PageUse;
  if ((yield* page.frame.compareExchange(movable, pinned)) === movable) return 0;
  yield* freePage(kernel, page);
  return -EBUSY;
}

/**
 * migrate_pages() of one page that {@link isolateLruPage} isolated: unmap_and_move(). What it holds
 * and whoever maps it go to another page, and this one is free once the last reference is gone. A
 * failure puts it back on its list. All releases.
 *
 * Lock order: zone->lock for the target; the page's lock; the page table lock, in turns. (The
 * target's lock, which nobody else can have yet, is left out.)
 *
 * @returns 0; -ENOMEM without a page to move to, -EAGAIN for a page with references that no mapping
 * explains
 */
export function* migratePage(kernel: Kernel, page: AllocatedPage): Step<number> {
  // alloc_migration_target()
  const target = yield* allocPage(kernel, PageUse.pinned);
  if (target === undefined) {
    yield* putbackLruPage(kernel, page);
    return -ENOMEM;
  }
  const { lock } = mappablePage(page);
  let result: number;
  yield* lock.acquire();
  try {
    result = yield* moveToNewPage(kernel, page, target);
  } finally {
    yield* lock.release();
  }
  if (result === 0) {
    yield* lruCacheAdd(kernel, target);
    yield* freePage(kernel, page);
  } else {
    yield* putbackLruPage(kernel, page);
  }
  // The target's first reference; the mapping, if there is one still, has another.
  yield* freePage(kernel, target);
  return result;
}

/** putback_lru_page(). Lock order: as in `freePage`. */
function* putbackLruPage(kernel: Kernel, page: AllocatedPage): Step {
  yield* page.frame.compareExchange(PageUse.pinned, PageUse.movable);
  yield* freePage(kernel, page);
}

/**
 * __unmap_and_move(), move_to_new_page(): while the entry of its mapping is a migration entry,
 * nobody reaches the page.
 *
 * Lock order: the page's lock (the caller's), the page table lock in turns.
 */
function* moveToNewPage(kernel: Kernel, page: AllocatedPage, target: AllocatedPage): Step<number> {
  const [old, fresh] = [mappablePage(page), mappablePage(target)];
  const mapping = yield* tryToMigrate(kernel, page);
  // folio_migrate_mapping(): one reference is the caller's.
  const result = (yield* old.references.load()) === 1 ? 0 : -EAGAIN;
  if (result === 0) yield* fresh.contents.write(yield* old.contents.read());
  if (mapping !== undefined) {
    yield* removeMigrationPtes(mapping, page, result === 0 ? target : page);
  }
  return result;
}

/**
 * try_to_migrate() (try_to_unmap() before v5.14): the page table entry becomes a migration entry,
 * and its reference goes. Lock order: as in {@link moveToNewPage}.
 *
 * @returns the mapping, if there was one
 */
function* tryToMigrate(kernel: Kernel, page: AllocatedPage): Step<PageMapping | undefined> {
  const struct = mappablePage(page);
  const mapping = kernel.mm.pageMappings[(yield* struct.mapping.load()) - 1];
  if (mapping === undefined) return undefined;
  yield* mapping.lock.acquire();
  try {
    // page_vma_mapped_walk(): the process may have given it up meanwhile.
    if ((yield* mapping.entry.load()) !== struct.number) return undefined;
    yield* mapping.entry.store(-struct.number);
    yield* struct.mapping.store(0);
    yield* struct.references.add(-1);
    return mapping;
  } finally {
    yield* mapping.lock.release();
  }
}

/**
 * remove_migration_ptes(): the entry leads to the new page, or back to the old one, unless its
 * process has given it up. Lock order: as in {@link moveToNewPage}.
 */
function* removeMigrationPtes(mapping: PageMapping, old: AllocatedPage, page: AllocatedPage): Step {
  const struct = mappablePage(page);
  yield* mapping.lock.acquire();
  try {
    if ((yield* mapping.entry.load()) !== -mappablePage(old).number) return;
    yield* struct.references.add(1);
    yield* struct.mapping.store(mapping.number);
    yield* mapping.entry.store(struct.number);
  } finally {
    yield* mapping.lock.release();
  }
}
