import type { Arena, Region, RwLock, Step, Word } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** What section->page_ext holds. */
const Pointer = { none: 0, set: 1, invalid: 2 } as const;

/** The page_ext table of one section (mm/page_ext.c): one more word for each struct page. */
export interface PageExt {
  /** b1d5488a252d (v6.1): readers are inside page_ext_get() and page_ext_put(). */
  readonly protectedByRcu: boolean;
  /** section->page_ext; see {@link Pointer}. */
  readonly pointer: Word;
  readonly table: Region;
  /** What page_owner keeps of a page. Atomic: it is guarded by whoever has the page. */
  readonly owner: Word;
  /**
   * RCU as a lock: rcu_read_lock() is a reader that may recurse and never waits for a waiting
   * writer, synchronize_rcu() a writer that gives the lock back at once. It waits for readers that
   * begin after it, too, which the real one does not: nobody who would have been let through is
   * stuck.
   */
  readonly rcu: RwLock;
}

export function makePageExt(arena: Arena, protectedByRcu: boolean): PageExt {
  const { region, inside } = arena.region('page_ext', () => arena.word('page_ext.owner'));
  return {
    protectedByRcu,
    pointer: arena.word('section.page_ext', Pointer.set),
    table: region,
    owner: inside,
    rcu: arena.rwLock('rcu'),
  };
}

/**
 * __set_page_owner(), when a page is allocated or freed.
 *
 * Lock order: before b1d5488a252d none; since then rcu (read), in page_ext_get() to page_ext_put().
 */
export function* setPageOwner(pageExt: PageExt, owner: number): Step {
  if (!pageExt.protectedByRcu) {
    // lookup_page_ext()
    if ((yield* pageExt.pointer.read()) === Pointer.none) return;
    yield* pageExt.owner.store(owner);
    return;
  }
  yield* pageExt.rcu.acquireRead();
  try {
    if ((yield* pageExt.pointer.load()) !== Pointer.set) return;
    yield* pageExt.owner.store(owner);
  } finally {
    yield* pageExt.rcu.releaseRead();
  }
}

/**
 * offline_pages(), as far as page_ext_callback() in MEM_OFFLINE: offline_page_ext().
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock, and since b1d5488a252d rcu (write: a grace
 * period). The chain's rwsem, of which there is only this one walk, is left out.
 */
export function* offlinePageExt(kernel: Kernel, pageExt: PageExt): Step {
  yield* memHotplugBegin(kernel);
  try {
    if (pageExt.protectedByRcu) {
      // __invalidate_page_ext()
      yield* pageExt.pointer.store(Pointer.invalid);
      yield* synchronizeRcu(pageExt);
      yield* pageExt.pointer.store(Pointer.none);
    } else {
      yield* pageExt.pointer.write(Pointer.none);
    }
    // free_page_ext()
    yield* pageExt.table.retire();
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** synchronize_rcu(): every reader that was inside has left. */
function* synchronizeRcu(pageExt: PageExt): Step {
  yield* pageExt.rcu.acquireWrite();
  yield* pageExt.rcu.releaseWrite();
}
