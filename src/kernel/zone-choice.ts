import { check, type Step } from '../program/index.ts';
import { autoMovableZone, type PolicyGroups } from './auto-movable.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType } from './memory-state.ts';
import { OnlinePolicy } from './module-parameters.ts';
import { zoneOf, type Pgdat } from './pgdat.ts';
import { pagesPerBlock, ZoneIndex, zoneNames, type Zone } from './zone.ts';

/**
 * zone_for_pfn_range(): which zone of the block's node the pages go to. All releases since v4.13;
 * the policy auto-movable exists since v5.15.
 *
 * Lock order: v4.18, v4.20: mem_hotplug_lock, as far as the caller has it; v6.1, v6.8: under
 * device_lock, before mem_hotplug_lock. There the node is written under mem_hotplug_lock, after the
 * block was published: device_hotplug_lock alone keeps the two apart. (Unlike the kernel's oops,
 * the model's gives back the locks that the writer held.)
 *
 * @param asked - how the block would be brought online; default: what its online_type says
 * @param groups - default: the block's memory group and the others
 */
export function* zoneForPfnRange(
  kernel: Kernel,
  block: MemoryBlock,
  asked?: number,
  groups?: PolicyGroups,
): Step<Zone> {
  const nid = yield* block.nid.read();
  check(
    nid >= 0,
    'NULL pointer dereference: zone_for_pfn_range() used node -1 of a block ' +
      'that is still being added',
  );
  const pgdat = kernel.pgdats[nid]!;
  const type = asked ?? (yield* block.onlineType.read());
  if (type === OnlineType.kernel) return yield* defaultKernelZone(pgdat, block);
  if (type === OnlineType.movable) return zoneOf(pgdat, ZoneIndex.movable);
  if (yield* isAutoMovable(kernel)) {
    return yield* autoMovableZone(kernel, pgdat, block, groups ?? (yield* groupsOf(kernel, block)));
  }
  return yield* defaultZone(kernel, pgdat, block);
}

/** The block's memory group, under device_hotplug_lock as all that changes it, and all others. */
function* groupsOf({ memoryGroups }: Kernel, block: MemoryBlock): Step<PolicyGroups> {
  return { own: memoryGroups[yield* block.group.read()], all: memoryGroups };
}

/** The policy is looked at without any lock; whoever writes it holds none of hotplug's. */
function* isAutoMovable(kernel: Kernel): Step<boolean> {
  if (!kernel.release.hasModuleParameters) return false;
  return (yield* kernel.moduleParameters.onlinePolicy.load()) === OnlinePolicy.autoMovable;
}

/**
 * default_zone_for_pfn(), the policy contig-zones: the zone whose span the range touches, if it is
 * one of two; else the kernel's, or Movable with the boot parameter movable_node. All releases
 * since v4.13.
 */
function* defaultZone(kernel: Kernel, pgdat: Pgdat, block: MemoryBlock): Step<Zone> {
  const kernelZone = yield* defaultKernelZone(pgdat, block);
  const movableZone = zoneOf(pgdat, ZoneIndex.movable);
  const inKernelZone = yield* zoneIntersects(kernelZone, block);
  const inMovableZone = yield* zoneIntersects(movableZone, block);
  if (inKernelZone !== inMovableZone) return inKernelZone ? kernelZone : movableZone;
  return kernel.configuration.movableNode ? movableZone : kernelZone;
}

/** default_kernel_zone_for_pfn(): the first kernel zone that the range touches, else Normal. */
export function* defaultKernelZone(pgdat: Pgdat, block: MemoryBlock): Step<Zone> {
  const dma32 = zoneOf(pgdat, ZoneIndex.dma32);
  return (yield* zoneIntersects(dma32, block)) ? dma32 : zoneOf(pgdat, ZoneIndex.normal);
}

/** zone_intersects(). */
function* zoneIntersects(zone: Zone, block: MemoryBlock): Step<boolean> {
  const spanned = yield* zone.spannedPages.load();
  if (spanned === 0) return false;
  const start = yield* zone.startPfn.load();
  return block.startPfn < start + spanned && start < block.startPfn + pagesPerBlock;
}

/** What `valid_zones` prints for a zone. */
export function zoneName(index: number): string {
  return zoneNames[index] ?? 'none';
}
