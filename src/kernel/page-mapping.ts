import {
  attempt,
  check,
  retry,
  type Arena,
  type SpinLock,
  type Step,
  type Word,
} from '../program/index.ts';
import { ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { lruCacheAdd } from './lru-lists.ts';
import { PageUse } from './memory-state.ts';
import { allocPage, freePage } from './page-allocator.ts';
import { pageOfNumber, structPageOf, type AllocatedPage, type StructPage } from './page-span.ts';

/**
 * One page table entry of a process, by which it reaches its page wherever that is: migration
 * changes the entry, never the process.
 */
export interface PageMapping {
  /** From 1 up. */
  readonly number: number;
  /** pte_offset_map_lock(): guards the entry. */
  readonly lock: SpinLock;
  /**
   * 0 for none, the number of a page that is present, or that negated: a migration entry, for a
   * page that is being moved. Changed under `lock`, atomic as a page table entry is.
   */
  readonly entry: Word;
}

export function makePageMappings(arena: Arena, count: number): readonly PageMapping[] {
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    lock: arena.spinLock(`mapping${index + 1}.ptl`, { class: 'page table lock' }),
    entry: arena.word(`mapping${index + 1}.pte`),
  }));
}

/** Waiting for a page that is being moved takes no reference to it. */
const waitsWithoutReference = 'ffa65753c431';

/** The struct page of a page that can be mapped. */
export function mappablePage(page: AllocatedPage): StructPage {
  const struct = structPageOf(page);
  if (struct === undefined) throw new Error('[internal] `pageMappings` is 0: no page is mapped');
  return struct;
}

/**
 * do_anonymous_page() (mm/memory.c): a page of user space, mapped and on its LRU list. All
 * releases. Until it is on the list, offlining can only wait for it.
 *
 * Lock order: as in `allocPage`; then the page table lock, as in `lruCacheAdd`.
 *
 * @returns 0, or -ENOMEM
 */
export function* doAnonymousPage(kernel: Kernel, mapping: PageMapping): Step<number> {
  const page = yield* allocPage(kernel, PageUse.pinned);
  if (page === undefined) return -ENOMEM;
  const struct = mappablePage(page);
  yield* mapping.lock.acquire();
  try {
    yield* struct.mapping.store(mapping.number);
    yield* lruCacheAdd(kernel, page);
    yield* mapping.entry.store(struct.number);
  } finally {
    yield* mapping.lock.release();
  }
  return 0;
}

/**
 * An access of user space to its page: the hardware's, or handle_mm_fault() where the page is being
 * moved. All releases. The page table lock stands for the flush of other CPUs' TLBs, which waits
 * for accesses that go on.
 *
 * Lock order: the page table lock; as in `waitForMigration`.
 *
 * @param access - gets what the page holds, a plain word
 * @returns whether there is a page
 */
export function* accessPage(
  kernel: Kernel,
  mapping: PageMapping,
  access: (contents: Word) => Step,
): Step<boolean> {
  const page = yield* onPresentPage(kernel, mapping, ({ contents }) => access(contents));
  return page !== undefined;
}

/**
 * Does something with the page while its entry cannot change, once it is not being moved. Lock
 * order: as in {@link accessPage}.
 */
function* onPresentPage(
  kernel: Kernel,
  mapping: PageMapping,
  body: (struct: StructPage) => Step,
): Step<AllocatedPage | undefined> {
  for (;;) {
    yield* attempt();
    let page: AllocatedPage | undefined;
    yield* mapping.lock.acquire();
    try {
      const entry = yield* mapping.entry.load();
      if (entry === 0) return undefined;
      page = pageOfNumber(kernel, Math.abs(entry));
      if (entry > 0) {
        yield* body(mappablePage(page));
        return page;
      }
      if (!kernel.release.has(waitsWithoutReference)) {
        yield* mappablePage(page).references.add(1);
      }
    } finally {
      yield* mapping.lock.release();
    }
    yield* waitForMigration(kernel, mapping, page);
    yield* retry(0);
  }
}

/**
 * migration_entry_wait(): until the page that is being moved is unlocked. v3.19, v4.18, v4.20: with
 * a reference to it, for which the migration fails if it finds it; v6.1, v6.8 (ffa65753c431,
 * v5.17): without.
 *
 * Lock order: the page's lock, nothing else held.
 */
function* waitForMigration(kernel: Kernel, mapping: PageMapping, page: AllocatedPage): Step {
  const { lock, number } = mappablePage(page);
  if (kernel.release.has(waitsWithoutReference)) {
    // migration_entry_wait_on_locked() sleeps in the page's queue and does not touch it after.
    yield* mapping.entry.waitUntilNot(-number);
    return;
  }
  yield* lock.acquire();
  yield* lock.release();
  yield* freePage(kernel, page);
}

/**
 * zap_pte_range(): the process gives up its page, wherever that is by now. All releases. One that
 * is being moved is given up by migration, which finds nobody who maps it.
 *
 * Lock order: the page table lock; then, released, as in `freePage`.
 */
export function* zapPage(kernel: Kernel, mapping: PageMapping): Step {
  let page: AllocatedPage | undefined;
  yield* mapping.lock.acquire();
  try {
    const entry = yield* mapping.entry.load();
    yield* mapping.entry.store(0);
    if (entry > 0) {
      page = pageOfNumber(kernel, entry);
      yield* mappablePage(page).mapping.store(0);
    }
  } finally {
    yield* mapping.lock.release();
  }
  if (page !== undefined) yield* freePage(kernel, page);
}

/**
 * get_user_pages(): a reference that keeps the page where it is, for as long as it is held: a
 * driver reads or writes it. All releases. Give it back with {@link putPage}.
 *
 * Lock order: the page table lock; as in {@link accessPage}.
 */
export function* pinPage(kernel: Kernel, mapping: PageMapping): Step<AllocatedPage | undefined> {
  return yield* onPresentPage(kernel, mapping, function* ({ references }) {
    yield* references.add(1);
  });
}

/** put_page() of a page that was pinned. All releases. Lock order: as in `freePage`. */
export function* putPage(kernel: Kernel, page: AllocatedPage): Step {
  check((yield* mappablePage(page).references.load()) > 0, 'put_page() of a page that is free');
  yield* freePage(kernel, page);
}
