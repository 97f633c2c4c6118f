import {
  check,
  type Arena,
  type Region,
  type RwLock,
  type Step,
  type Word,
} from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** How far the fix goes: none, 5ec8e8ea8b77, and 82f0b6f041fa on top of it. */
export type UsageFix = 'none' | 'rcu' | 'rcu-and-null-check';

/** One section (struct mem_section) and its bitmap of present subsections. */
export interface SectionUsage {
  readonly fix: UsageFix;
  /** SECTION_HAS_MEM_MAP of section->section_mem_map. Atomic: one bit of a word. */
  readonly hasMemMap: Word;
  /** section->usage: 0 for NULL. */
  readonly pointer: Word;
  readonly usage: Region;
  /** usage->subsection_map; atomic bit operations. */
  readonly subsectionMap: Word;
  /** RCU as a lock: see `page-ext.ts`. */
  readonly rcu: RwLock;
}

export function makeSectionUsage(arena: Arena, fix: UsageFix): SectionUsage {
  const { region, inside } = arena.region('section.usage', () =>
    arena.word('usage.subsection_map', 1),
  );
  return {
    fix,
    hasMemMap: arena.word('section.has_mem_map', 1),
    pointer: arena.word('section.usage pointer', 1),
    usage: region,
    subsectionMap: inside,
    rcu: arena.rwLock('rcu'),
  };
}

/**
 * pfn_valid() (include/linux/mmzone.h), as compaction calls it for pfns of any section.
 *
 * Lock order: none before 5ec8e8ea8b77; since then rcu (read).
 */
export function* pfnValid(section: SectionUsage): Step<boolean> {
  if (section.fix === 'none') return yield* validSection(section);
  yield* section.rcu.acquireRead();
  try {
    return yield* validSection(section);
  } finally {
    yield* section.rcu.releaseRead();
  }
}

function* validSection(section: SectionUsage): Step<boolean> {
  if ((yield* section.hasMemMap.load()) === 0) return false;
  return yield* pfnSectionValid(section);
}

/** pfn_section_valid(). Lock order: as in {@link pfnValid}. */
function* pfnSectionValid(section: SectionUsage): Step<boolean> {
  const plain = section.fix === 'none';
  const usage = plain ? yield* section.pointer.read() : yield* section.pointer.load();
  if (section.fix === 'rcu-and-null-check' && usage === 0) return false;
  check(usage !== 0, 'NULL pointer dereference: section->usage in pfn_section_valid()');
  return (yield* section.subsectionMap.load()) !== 0;
}

/**
 * arch_remove_memory(), as far as section_deactivate() (mm/sparse.c) of a section that empties.
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock; with the fix rcu (write: the grace period
 * of kfree_rcu(), for which the real one does not wait).
 */
export function* sectionDeactivate(kernel: Kernel, section: SectionUsage): Step {
  yield* memHotplugBegin(kernel);
  try {
    if (section.fix === 'none') {
      yield* section.usage.retire();
      yield* section.pointer.write(0);
      yield* section.hasMemMap.store(0);
    } else {
      yield* section.hasMemMap.store(0);
      yield* section.pointer.store(0);
      yield* section.rcu.acquireWrite();
      yield* section.rcu.releaseWrite();
      yield* section.usage.retire();
    }
  } finally {
    yield* memHotplugDone(kernel);
  }
}
