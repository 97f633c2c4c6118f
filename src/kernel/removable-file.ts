import { check, type Arena, type Region, type Step, type Word } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** What page->flags holds: a zone number, or the poison of page_init_poison(). */
const Flags = { zoneMovable: 1, poison: -1 } as const;

/** A memory block, as much of it as its `removable` file looks at. */
export interface RemovableBlock {
  /** Whether mem->state is MEM_ONLINE; plain, as it is. */
  readonly online: Word;
  /** The struct pages: gone once the memory is removed. */
  readonly memmap: Region;
  /** page->flags of the block's pages: their zone, or poison once they left it. */
  readonly pageFlags: Word;
}

/** An online block of ZONE_MOVABLE. */
export function makeRemovableBlock(arena: Arena): RemovableBlock {
  const { region, inside } = arena.region('memory40.memmap', () =>
    arena.word('memory40.page_flags', Flags.zoneMovable),
  );
  return { online: arena.word('memory40.online', 1), memmap: region, pageFlags: inside };
}

/**
 * removable_show() up to v5.5, is_mem_section_removable(): looks at the zone of each pageblock.
 *
 * Lock order: none; the attribute's active reference only, and that is not what keeps the pages:
 * they are poisoned when the block goes offline, long before the file does (v5.6 on).
 *
 * @returns 1 if the block could be offlined
 */
export function* removableShow(block: RemovableBlock): Step<number> {
  if ((yield* block.online.read()) === 0) return 1;
  const flags = yield* block.pageFlags.read();
  check(flags !== Flags.poison, 'VM_BUG_ON_PAGE(PagePoisoned(page)) in is_mem_section_removable()');
  return flags === Flags.zoneMovable ? 1 : 0;
}

/**
 * removable_show() since 53cdc1cb29e8 (v5.8): what the configuration says. Lock order: none, and
 * nothing is looked at.
 */
// eslint-disable-next-line require-yield
export function* removableShowConstant(): Step<number> {
  return 1;
}

/**
 * offline_pages() and remove_pfn_range_from_zone(), v5.6 on: the pages leave their zone. Lock
 * order: cpu_hotplug_lock (read), mem_hotplug_lock.
 */
export function* offlineRemovableBlock(kernel: Kernel, block: RemovableBlock): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* block.pageFlags.write(Flags.poison);
    yield* block.online.write(0);
  } finally {
    yield* memHotplugDone(kernel);
  }
}
