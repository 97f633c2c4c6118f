import type { Arena, Region, RwLock, Step, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import type { MemoryBlock } from './memory-block.ts';
import type { Release } from './release.ts';

/** What section->page_ext holds. */
const Pointer = { none: 0, set: 1, invalid: 2 } as const;

/** The page_ext table of one section: one more word for each struct page. */
interface SectionPageExt {
  /**
   * section->page_ext; see {@link Pointer}. Plain before b1d5488a252d; then READ_ONCE() and
   * WRITE_ONCE(), but for the store of a new table, which the model takes for one of them.
   */
  readonly pointer: Word;
  readonly table: Region;
  /** What page_owner keeps of the section's pages. Atomic: guarded by whoever has the page. */
  readonly owner: Word;
}

/** The page_ext tables of memory that has blocks (mm/page_ext.c). */
export interface PageExt {
  /**
   * RCU as a lock: rcu_read_lock() is a reader that may recurse and never waits for a waiting
   * writer, synchronize_rcu() a writer that gives the lock back at once. It waits for readers that
   * begin after it, too, which the real one does not: nobody who would have been let through is
   * stuck.
   */
  readonly rcu: RwLock;
  readonly sections: ReadonlyMap<MemoryBlock, readonly SectionPageExt[]>;
}

export function makePageExt(
  arena: Arena,
  configuration: Configuration,
  blocks: readonly MemoryBlock[],
): PageExt {
  const sectionOf = (block: MemoryBlock, index: number): SectionPageExt => {
    const name = `${block.name}.section${index}.page_ext`;
    const online = block.presence === 'online' && index >= (block.hole?.sections ?? 0);
    const { region, inside } = arena.region(`${name}.table`, () => arena.word(`${name}.owner`), {
      retired: !online,
    });
    const pointer = arena.word(name, online ? Pointer.set : Pointer.none);
    return { pointer, table: region, owner: inside };
  };
  const count = configuration.sectionsPerBlock;
  const sectionsOf = (block: MemoryBlock): SectionPageExt[] =>
    Array.from({ length: count }, (_, index) => sectionOf(block, index));
  return {
    rcu: arena.rwLock('page_ext.rcu', { class: 'rcu' }),
    sections: new Map(blocks.map((block) => [block, sectionsOf(block)])),
  };
}

/**
 * What print_page_owner() does for the pages of one section, as a read of /proc/page_owner comes
 * to them: pfn_to_online_page(), lookup_page_ext(), and the owner.
 *
 * Lock order: before b1d5488a252d none; since then rcu (read), in page_ext_get() to
 * page_ext_put().
 *
 * @returns whether the section is online and has a table
 */
export function* readPageOwner(
  release: Release,
  pageExt: PageExt,
  block: MemoryBlock,
  index: number,
): Step<boolean> {
  const section = pageExt.sections.get(block)![index]!;
  if ((yield* block.sectionOnline.load()) === 0) return false;
  if (!release.has('b1d5488a252d')) {
    if ((yield* section.pointer.read()) === Pointer.none) return false;
    yield* section.owner.load();
    return true;
  }
  yield* pageExt.rcu.acquireRead();
  try {
    if ((yield* section.pointer.load()) !== Pointer.set) return false;
    yield* section.owner.load();
    return true;
  } finally {
    yield* pageExt.rcu.releaseRead();
  }
}

/**
 * online_page_ext(): each section of the range gets its table, unless it has one. All releases.
 * That memory for it runs out (-ENOMEM) is not in the model. Lock order: mem_hotplug_lock (the
 * caller's).
 */
export function* onlinePageExt(release: Release, pageExt: PageExt, block: MemoryBlock): Step {
  const atomic = release.has('b1d5488a252d');
  for (const { pointer, table } of pageExt.sections.get(block)!) {
    const before = yield* atomic ? pointer.load() : pointer.read();
    if (before !== Pointer.none) continue;
    yield* table.revive();
    yield* atomic ? pointer.store(Pointer.set) : pointer.write(Pointer.set);
  }
}

/**
 * offline_page_ext(): the tables of the range are freed. A section without one is passed over.
 *
 * Lock order: mem_hotplug_lock (the caller's); since b1d5488a252d rcu (write: a grace period),
 * between marking the pointers invalid and freeing.
 */
export function* offlinePageExt(release: Release, pageExt: PageExt, block: MemoryBlock): Step {
  const sections = pageExt.sections.get(block)!;
  if (!release.has('b1d5488a252d')) {
    for (const { pointer, table } of sections) {
      if ((yield* pointer.read()) === Pointer.none) continue;
      yield* table.retire();
      yield* pointer.write(Pointer.none);
    }
    return;
  }
  // __invalidate_page_ext()
  for (const { pointer } of sections) {
    if ((yield* pointer.load()) !== Pointer.none) yield* pointer.store(Pointer.invalid);
  }
  yield* synchronizeRcu(pageExt);
  for (const { pointer, table } of sections) {
    if ((yield* pointer.load()) === Pointer.none) continue;
    yield* pointer.store(Pointer.none);
    yield* table.retire();
  }
}

/** synchronize_rcu(): every reader that was inside has left. */
function* synchronizeRcu(pageExt: PageExt): Step {
  yield* pageExt.rcu.acquireWrite();
  yield* pageExt.rcu.releaseWrite();
}
