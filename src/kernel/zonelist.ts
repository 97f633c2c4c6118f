import type { Step } from '../program/index.ts';
import { cpusReadLock, cpusReadUnlock } from './cpu-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import { populatedZone } from './page-count.ts';
import type { Zone } from './zone.ts';

/** The bit of a zone in the zone list; Device zones are in none. */
export function zonelistBit(zone: Zone): number {
  return 1 << (zone.nid * 4 + zone.index);
}

/**
 * build_all_zonelists(): which zones the allocator looks at. There is one list in the model, of all
 * populated zones of online nodes, emptied and filled as the kernel's are.
 *
 * Lock order: v3.19: zonelists_mutex (the caller's), cpu_hotplug_lock (read) for stop_machine(),
 * under mem_hotplug_lock: the inversion that 3f906ba23689 ended. v4.18, v4.20: a spin lock of its
 * own, not in the model. v6.1, v6.8: zonelist_update_seq, for writing (3d36424b3b58).
 */
export function* buildAllZonelists(kernel: Kernel): Step {
  if (kernel.release.zonelistsMutexGuardsZonelists) {
    yield* cpusReadLock(kernel);
    try {
      yield* fillZonelist(kernel);
    } finally {
      yield* cpusReadUnlock(kernel);
    }
    return;
  }
  if (!kernel.release.has('3d36424b3b58')) {
    yield* fillZonelist(kernel);
    return;
  }
  yield* kernel.zonelistUpdateSeq.add(1);
  yield* fillZonelist(kernel);
  yield* kernel.zonelistUpdateSeq.add(1);
}

function* fillZonelist(kernel: Kernel): Step {
  let list = 0;
  yield* kernel.zonelistBits.store(list);
  for (const pgdat of kernel.pgdats) {
    for (const zone of pgdat.zones.slice(0, 3)) {
      if (yield* populatedZone(zone)) list |= zonelistBit(zone);
    }
  }
  yield* kernel.zonelistBits.store(list);
}

/**
 * zonelists_mutex, in the releases that have it: online_pages() holds it around its middle part,
 * offline_pages() around a rebuild. v3.19. Lock order: mem_hotplug_lock, zonelists_mutex.
 */
export function* withZonelistsMutex(kernel: Kernel, body: () => Step): Step {
  if (!kernel.release.zonelistsMutexGuardsZonelists) {
    yield* body();
    return;
  }
  yield* kernel.zonelistsMutex.acquire();
  try {
    yield* body();
  } finally {
    yield* kernel.zonelistsMutex.release();
  }
}
