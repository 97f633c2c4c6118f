import type { Step } from '../program/index.ts';
import { setUpBootPageset, zonesShareBootPageset } from './boot-pageset.ts';
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
 * Lock order: v3.19: zonelists_mutex (the caller's; 4eaf3f64397c), cpu_hotplug_lock (read) for
 * stop_machine(), under mem_hotplug_lock: the inversion that 3f906ba23689 ended; v4.18 without
 * 11cd8638c37f: stop_machine_cpuslocked(), as the caller has it. v4.18, v4.20: a spin lock of its
 * own, not in the model. v6.1, v6.8: zonelist_update_seq, for writing (3d36424b3b58).
 *
 * @param newZone - v3.19 without 6dcd73d7011b: a zone that gets a pageset of its own before that
 */
export function* buildAllZonelists(kernel: Kernel, newZone?: Zone): Step {
  if (kernel.release.zonelistsNeedStopMachine) {
    if (newZone !== undefined) yield* newZone.ownPageset.store(1);
    const isCpuslocked = kernel.release.memHotplugBeginTakesCpuHotplugLock;
    if (!isCpuslocked) yield* cpusReadLock(kernel);
    try {
      yield* whileStopped(kernel);
    } finally {
      if (!isCpuslocked) yield* cpusReadUnlock(kernel);
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

/**
 * stop_machine(__build_all_zonelists). v3.19. Nobody of the model notices that CPUs stand still but
 * who uses boot_pageset. Lock order: stop_machine (write) for those, as a lock.
 */
function* whileStopped(kernel: Kernel): Step {
  if (!zonesShareBootPageset(kernel)) {
    yield* fillZonelist(kernel);
    return;
  }
  const { stopMachine } = kernel.mm.bootPageset;
  yield* stopMachine.acquireWrite();
  try {
    yield* setUpBootPageset(kernel);
    yield* fillZonelist(kernel);
  } finally {
    yield* stopMachine.releaseWrite();
  }
}

/**
 * numa_zonelist_order_handler(): a write to the sysctl vm.numa_zonelist_order rebuilds the zone
 * lists, and holds no lock of hotplug. v3.19; since c9bff3eebc09 (v4.14) there is one order, and
 * what is written is not looked at. (zl_order_mutex, which keeps two writers apart, is left out.)
 *
 * Lock order: zonelists_mutex (4eaf3f64397c), as in {@link buildAllZonelists}.
 */
export function* numaZonelistOrderHandler(kernel: Kernel): Step {
  if (!kernel.release.zonelistOrderIsWritten) return;
  yield* withZonelistsMutex(kernel, () => buildAllZonelists(kernel));
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
 * offline_pages() and others around a rebuild. v3.19 (4eaf3f64397c). Lock order: mem_hotplug_lock,
 * as far as the caller has it, zonelists_mutex.
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
