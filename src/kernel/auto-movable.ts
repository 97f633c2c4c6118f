import type { Step, Word } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { zoneOf, type Pgdat } from './pgdat.ts';
import { pagesPerBlock, ZoneIndex, type Zone } from './zone.ts';
import { defaultKernelZone } from './zone-choice.ts';

/** What the policy asks of a memory group (struct memory_group). */
export interface PolicyGroup {
  /** 0 for none, 1 for one of fixed size, 2 for one that grows by units. */
  readonly kind: Word;
  readonly nid: Word;
  /** max_pages of a static group, unit_pages of a dynamic one. */
  readonly pages: Word;
  readonly presentKernelPages: Word;
  readonly presentMovablePages: Word;
}

/** The group of a block, and all groups of the machine. */
export interface PolicyGroups {
  readonly own: PolicyGroup | undefined;
  readonly all: readonly PolicyGroup[];
}

const noGroups: PolicyGroups = { own: undefined, all: [] };
const dynamic = 2;

/**
 * auto_movable_zone_for_pfn(): Movable, while what would be there at the end of the group's (or
 * unit's, or block's) onlining stays within auto_movable_ratio against the kernel's memory, on the
 * whole and, if it is numa aware, on the node; but kernel memory stays with kernel memory within a
 * group. v6.1, v6.8 (v5.15).
 *
 * Lock order: none; in v6.1 and later mem_hotplug_lock is not held yet, so that only
 * device_hotplug_lock keeps the counts still.
 */
export function* autoMovableZone(
  kernel: Kernel,
  pgdat: Pgdat,
  block: MemoryBlock,
  groups: PolicyGroups = noGroups,
): Step<Zone> {
  const { autoMovableRatio, autoMovableNumaAware } = kernel.moduleParameters;
  const kernelZone = yield* defaultKernelZone(pgdat, block);
  if ((yield* autoMovableRatio.load()) === 0) return kernelZone;
  const pages = yield* pagesToCome(kernel, block, groups.own);
  if (pages === undefined) return kernelZone;
  if (!(yield* canOnlineMovable(kernel, kernel.pgdats, groups, pages))) return kernelZone;
  const byNode = (yield* autoMovableNumaAware.load()) !== 0;
  if (byNode && !(yield* canOnlineMovable(kernel, [pgdat], groups, pages))) {
    return kernelZone;
  }
  return zoneOf(pgdat, ZoneIndex.movable);
}

/**
 * How much more would go to Movable with the block: the rest of a static group, or of the unit of a
 * dynamic one; undefined where a part of it is the kernel's already.
 */
function* pagesToCome(
  kernel: Kernel,
  block: MemoryBlock,
  group: PolicyGroup | undefined,
): Step<number | undefined> {
  if (group === undefined) return pagesPerBlock;
  const pages = yield* group.pages.read();
  if ((yield* group.kind.load()) !== dynamic) {
    if ((yield* group.presentKernelPages.read()) !== 0) return undefined;
    return pages - (yield* group.presentMovablePages.read());
  }
  let online = 0;
  for (const other of kernel.memoryBlocks) {
    if (Math.floor(other.startPfn / pages) !== Math.floor(block.startPfn / pages)) continue;
    // pfn_to_online_page()
    if ((yield* other.sectionOnline.load()) === 0) continue;
    if ((yield* other.pageZone.read()) !== ZoneIndex.movable) return undefined;
    online += pagesPerBlock;
  }
  return pages - online;
}

/**
 * auto_movable_can_online_movable(). Kernel memory of a dynamic group counts for that group only,
 * and what other dynamic groups have in Movable has used up its share of the early memory.
 */
function* canOnlineMovable(
  kernel: Kernel,
  pgdats: readonly Pgdat[],
  { own, all }: PolicyGroups,
  pages: number,
): Step<boolean> {
  const ratio = yield* kernel.moduleParameters.autoMovableRatio.load();
  let movable = 0;
  let early = 0;
  for (const { zones } of pgdats) {
    // Zone Device has no present pages.
    for (const zone of zones.slice(0, ZoneIndex.movable)) {
      early += yield* zone.presentEarlyPages.read();
    }
    movable += yield* zones[ZoneIndex.movable]!.presentPages.read();
  }
  const others = yield* otherDynamicGroups(pgdats, { own, all }, ratio);
  if (early <= others.early) return false;
  early -= others.early;
  movable -= others.movable;
  if (own !== undefined && (yield* own.kind.load()) === dynamic) {
    early += yield* own.presentKernelPages.read();
  }
  return movable + pages <= Math.floor((ratio * early) / 100);
}

/** walk_dynamic_memory_groups(), auto_movable_stats_account_group(). */
function* otherDynamicGroups(
  pgdats: readonly Pgdat[],
  { own, all }: PolicyGroups,
  ratio: number,
): Step<{ readonly early: number; readonly movable: number }> {
  let early = 0;
  let movable = 0;
  for (const group of all) {
    if (group === own || (yield* group.kind.load()) !== dynamic) continue;
    const nid = yield* group.nid.read();
    if (!pgdats.some((pgdat) => pgdat.nid === nid)) continue;
    const present = yield* group.presentMovablePages.read();
    const required = Math.floor((present * 100) / ratio);
    early += Math.max(0, required - (yield* group.presentKernelPages.read()));
    movable += present;
  }
  return { early, movable };
}
