import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType } from './memory-state.ts';
import { OnlinePolicy } from './module-parameters.ts';
import { zoneOf, type Pgdat } from './pgdat.ts';
import { bootPages, pagesPerBlock, ZoneIndex, zoneNames, type Zone } from './zone.ts';

/**
 * zone_for_pfn_range(): which zone of the block's node the pages go to. All releases since v4.13;
 * the policy auto-movable exists since v5.15. Memory groups and the boot parameter movable_node are
 * not in the model.
 *
 * Lock order: v4.18, v4.20: mem_hotplug_lock, as far as the caller has it; v6.1, v6.8: under
 * device_lock, before mem_hotplug_lock. There the node is written under mem_hotplug_lock, after the
 * block was published: device_hotplug_lock alone keeps the two apart. (Unlike the kernel's oops,
 * the model's gives back the locks that the writer held.)
 *
 * @param asked - how the block would be brought online; default: what its online_type says
 */
export function* zoneForPfnRange(kernel: Kernel, block: MemoryBlock, asked?: number): Step<Zone> {
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
    return yield* autoMovableZone(kernel, pgdat, block);
  }
  return yield* defaultZone(pgdat, block);
}

/** The policy is looked at without any lock; whoever writes it holds none of hotplug's. */
function* isAutoMovable(kernel: Kernel): Step<boolean> {
  if (!kernel.release.hasModuleParameters) return false;
  return (yield* kernel.moduleParameters.onlinePolicy.load()) === OnlinePolicy.autoMovable;
}

/**
 * default_zone_for_pfn(), the policy contig-zones: the zone whose span the range touches, if it is
 * one of two; else the kernel's.
 */
function* defaultZone(pgdat: Pgdat, block: MemoryBlock): Step<Zone> {
  const kernelZone = yield* defaultKernelZone(pgdat, block);
  const movableZone = zoneOf(pgdat, ZoneIndex.movable);
  const inKernelZone = yield* zoneIntersects(kernelZone, block);
  const inMovableZone = yield* zoneIntersects(movableZone, block);
  return inMovableZone && !inKernelZone ? movableZone : kernelZone;
}

/** default_kernel_zone_for_pfn(): the first kernel zone that the range touches, else Normal. */
function* defaultKernelZone(pgdat: Pgdat, block: MemoryBlock): Step<Zone> {
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

/**
 * auto_movable_zone_for_pfn() without a group: Movable, while there is no more than
 * auto_movable_ratio of it against the kernel's early memory, on the whole and, where
 * auto_movable_numa_aware says so, on the node.
 */
function* autoMovableZone(kernel: Kernel, pgdat: Pgdat, block: MemoryBlock): Step<Zone> {
  const { autoMovableNumaAware } = kernel.moduleParameters;
  if (!(yield* canOnlineMovable(kernel, kernel.pgdats))) {
    return yield* defaultKernelZone(pgdat, block);
  }
  const byNode = (yield* autoMovableNumaAware.load()) !== 0;
  if (byNode && !(yield* canOnlineMovable(kernel, [pgdat]))) {
    return yield* defaultKernelZone(pgdat, block);
  }
  return zoneOf(pgdat, ZoneIndex.movable);
}

/** auto_movable_can_online_movable(). */
function* canOnlineMovable(kernel: Kernel, pgdats: readonly Pgdat[]): Step<boolean> {
  let movable = 0;
  for (const pgdat of pgdats) {
    movable += yield* zoneOf(pgdat, ZoneIndex.movable).presentPages.read();
  }
  // zone->present_early_pages never changes.
  const early = pgdats.includes(kernel.pgdat) ? bootPages : 0;
  const ratio = yield* kernel.moduleParameters.autoMovableRatio.load();
  return movable + pagesPerBlock <= (ratio * early) / 100;
}

/** What `valid_zones` prints for a zone. */
export function zoneName(index: number): string {
  return zoneNames[index] ?? 'none';
}
