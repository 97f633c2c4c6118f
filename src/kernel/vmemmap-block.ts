import { check, type Arena, type Step, type Word } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import {
  getOnlineMems,
  memHotplugBegin,
  memHotplugDone,
  putOnlineMems,
} from './mem-hotplug-lock.ts';

/** What a struct page of the vmemmap holds. */
const Flags = { poison: -1, zone: 1 } as const;

/** A block whose own first pages hold its struct pages (memmap_on_memory, v5.13 on). */
export interface VmemmapBlock {
  /** 001002e73712 (v6.7, 6.1-stable): memory_block_offline() holds mem_hotplug_lock all along. */
  readonly lockedByBlock: boolean;
  /** The section of the vmemmap's pages is online; atomic, as pfn_to_online_page() tests it. */
  readonly sectionOnline: Word;
  /** page->flags of the pages that hold struct pages; plain, under mem_hotplug_lock. */
  readonly vmemmapFlags: Word;
  /** zone->present_pages, vmemmap included; plain, under mem_hotplug_lock. */
  readonly presentPages: Word;
}

/** An online block: 3 parts memory and 1 part vmemmap. */
export function makeVmemmapBlock(arena: Arena, lockedByBlock: boolean): VmemmapBlock {
  return {
    lockedByBlock,
    sectionOnline: arena.word('vmemmap.section_online', 1),
    vmemmapFlags: arena.word('vmemmap.page_flags', Flags.zone),
    presentPages: arena.word('vmemmap.present_pages', 4),
  };
}

/**
 * memory_block_offline() of a block with its vmemmap inside.
 *
 * Lock order: since 001002e73712 cpu_hotplug_lock (read), mem_hotplug_lock around everything;
 * before (v5.13 to v6.6) in offline_pages() only.
 */
export function* offlineVmemmapBlock(kernel: Kernel, block: VmemmapBlock): Step {
  if (!block.lockedByBlock) {
    yield* offlinePagesLocking(kernel, block);
    yield* mhpDeinitMemmapOnMemory(block);
    return;
  }
  yield* memHotplugBegin(kernel);
  try {
    yield* offlinePages(block);
    yield* mhpDeinitMemmapOnMemory(block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** offline_pages() as of v5.13 to v6.6, which has the lock. */
function* offlinePagesLocking(kernel: Kernel, block: VmemmapBlock): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* offlinePages(block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** offline_pages() of the part that is not vmemmap. Lock order: mem_hotplug_lock, the caller's. */
function* offlinePages(block: VmemmapBlock): Step {
  yield* block.presentPages.write((yield* block.presentPages.read()) - 3);
}

/**
 * mhp_deinit_memmap_on_memory(): the section goes offline, and the vmemmap's pages leave the zone
 * and are poisoned. Lock order: needs mem_hotplug_lock.
 */
function* mhpDeinitMemmapOnMemory(block: VmemmapBlock): Step {
  yield* block.presentPages.write((yield* block.presentPages.read()) - 1);
  yield* block.sectionOnline.store(0);
  yield* block.vmemmapFlags.write(Flags.poison);
}

/**
 * kmemleak_scan(): the struct pages of each zone, the vmemmap's own too.
 *
 * Lock order: mem_hotplug_lock (read).
 */
export function* scanVmemmapBlock(kernel: Kernel, block: VmemmapBlock): Step {
  yield* getOnlineMems(kernel);
  try {
    if ((yield* block.presentPages.read()) === 0) return;
    // pfn_to_online_page(), page_zone()
    if ((yield* block.sectionOnline.load()) === 0) return;
    const flags = yield* block.vmemmapFlags.read();
    check(flags !== Flags.poison, 'VM_BUG_ON_PAGE(PagePoisoned(page)) in kmemleak_scan()');
  } finally {
    yield* putOnlineMems(kernel);
  }
}
