import {
  check,
  type Arena,
  type Region,
  type RwLock,
  type Step,
  type Word,
} from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';

/** section->usage of a block, whose sections have one in the model (struct mem_section_usage). */
export interface SectionUsageOfBlock {
  /** 0 for NULL. Plain before 5ec8e8ea8b77. */
  readonly pointer: Word;
  readonly usage: Region;
  /** subsection_map; atomic bit operations. */
  readonly subsectionMap: Word;
}

/** The map of present subsections of each block; with `section-usage` among the details. */
export interface SectionUsages {
  /** RCU as a lock: synchronize_rcu() is a writer that gives the lock back at once. */
  readonly rcu: RwLock;
  readonly ofBlock: readonly SectionUsageOfBlock[];
}

export function makeSectionUsages(
  arena: Arena,
  { blocksMax, blocksPresent, details }: Configuration,
): SectionUsages | undefined {
  if (!details.includes('section-usage')) return undefined;
  return {
    rcu: arena.rwLock('section_usage.rcu', { class: 'rcu' }),
    ofBlock: Array.from({ length: blocksMax }, (_, index) => {
      const name = `block${index}.section_usage`;
      const present = index < blocksPresent;
      const { region, inside } = arena.region(
        `${name}.memory`,
        () => arena.word(`${name}.subsection_map`, 1),
        { retired: !present },
      );
      const pointer = arena.word(name, present ? 1 : 0);
      return { pointer, usage: region, subsectionMap: inside };
    }),
  };
}

function usageOf(kernel: Kernel, block: MemoryBlock): SectionUsageOfBlock | undefined {
  return kernel.mm.sectionUsages?.ofBlock[kernel.memoryBlocks.indexOf(block)];
}

/**
 * pfn_valid() (include/linux/mmzone.h): the section is present, and the subsection. v6.1, v6.8;
 * releases before v5.3 know no subsections, nor does the model without `section-usage`.
 *
 * Lock order: none before 5ec8e8ea8b77; since then rcu (read).
 */
export function* pfnValid(kernel: Kernel, block: MemoryBlock): Step<boolean> {
  const usage = usageOf(kernel, block);
  if (usage === undefined || !kernel.release.memoryBlocksAreIndexed) {
    return (yield* block.presentSections.load()) !== 0;
  }
  if (!kernel.release.has('5ec8e8ea8b77')) return yield* sectionValid(kernel, block, usage);
  const { rcu } = kernel.mm.sectionUsages!;
  yield* rcu.acquireRead();
  try {
    return yield* sectionValid(kernel, block, usage);
  } finally {
    yield* rcu.releaseRead();
  }
}

/** valid_section() and pfn_section_valid(). Lock order: as in {@link pfnValid}. */
function* sectionValid(
  kernel: Kernel,
  block: MemoryBlock,
  { pointer, subsectionMap }: SectionUsageOfBlock,
): Step<boolean> {
  const { release } = kernel;
  if ((yield* block.presentSections.load()) === 0) return false;
  const plain = !release.has('5ec8e8ea8b77');
  const usage = plain ? yield* pointer.read() : yield* pointer.load();
  if (usage === 0 && release.has('82f0b6f041fa')) return false;
  check(usage !== 0, 'NULL pointer dereference: section->usage in pfn_section_valid()');
  return (yield* subsectionMap.load()) !== 0;
}

/** sparse_add_section(): the section's usage. Lock order: mem_hotplug_lock (the caller's). */
export function* addSectionUsage(kernel: Kernel, block: MemoryBlock): Step {
  const usage = usageOf(kernel, block);
  if (usage === undefined) return;
  yield* usage.usage.revive();
  yield* usage.subsectionMap.store(1);
  if (kernel.release.has('5ec8e8ea8b77')) yield* usage.pointer.store(1);
  else yield* usage.pointer.write(1);
}

/**
 * section_deactivate() (mm/sparse.c) of a section that empties: its usage is freed. Before
 * 5ec8e8ea8b77 while the section still counted as present, and at once; since then after that, and
 * by kfree_rcu().
 *
 * Lock order: mem_hotplug_lock (the caller's); since 5ec8e8ea8b77 rcu (write: the grace period, for
 * which the real one does not wait).
 *
 * @param unmark - takes the mark away that the section is present
 */
export function* sectionDeactivate(kernel: Kernel, block: MemoryBlock, unmark: () => Step): Step {
  const usage = usageOf(kernel, block);
  if (usage === undefined) {
    yield* unmark();
    return;
  }
  if (!kernel.release.has('5ec8e8ea8b77')) {
    yield* usage.usage.retire();
    yield* usage.pointer.write(0);
    yield* unmark();
    return;
  }
  yield* unmark();
  yield* usage.pointer.store(0);
  const { rcu } = kernel.mm.sectionUsages!;
  yield* rcu.acquireWrite();
  yield* rcu.releaseWrite();
  yield* usage.usage.retire();
}
