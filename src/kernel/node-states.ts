import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { usablePages, vmemmapPagesOf } from './memmap-on-memory.ts';
import type { MemoryBlock } from './memory-block.ts';
import type { MemoryNotify } from './memory-notify.ts';
import type { Pgdat } from './pgdat.ts';
import { ZoneIndex, type Zone } from './zone.ts';
import { pgdatOf } from './zone-range.ts';

/**
 * node_states_check_changes_online(): what onlining the block will change. All releases. Lock
 * order: mem_hotplug_lock (the caller's).
 */
export function* nodeStatesCheckChangesOnline(
  kernel: Kernel,
  block: MemoryBlock,
  zone: Zone,
): Step<MemoryNotify> {
  const pgdat = pgdatOf(kernel, zone);
  const gainsNormal = zone.index <= ZoneIndex.normal && (yield* pgdat.hasNormalMemory.load()) === 0;
  const gainsMemory = (yield* pgdat.hasMemory.load()) === 0;
  return memoryNotifyOf(kernel, block, pgdat, gainsNormal, gainsMemory);
}

/**
 * node_states_check_changes_offline(): what offlining the block will change. All releases. Lock
 * order: mem_hotplug_lock (the caller's).
 */
export function* nodeStatesCheckChangesOffline(
  kernel: Kernel,
  block: MemoryBlock,
  zone: Zone,
): Step<MemoryNotify> {
  const pgdat = pgdatOf(kernel, zone);
  let present = yield* pgdat.zones[ZoneIndex.dma32]!.presentPages.read();
  present += yield* pgdat.zones[ZoneIndex.normal]!.presentPages.read();
  const losesNormal = zone.index <= ZoneIndex.normal && usablePages(kernel) >= present;
  present += yield* pgdat.zones[ZoneIndex.movable]!.presentPages.read();
  return memoryNotifyOf(kernel, block, pgdat, losesNormal, usablePages(kernel) >= present);
}

function memoryNotifyOf(
  kernel: Kernel,
  block: MemoryBlock,
  pgdat: Pgdat,
  normal: boolean,
  memory: boolean,
): MemoryNotify {
  const statusChangeNidNormal = normal ? pgdat.nid : -1;
  return {
    startPfn: block.startPfn + vmemmapPagesOf(kernel),
    nrPages: usablePages(kernel),
    statusChangeNidNormal,
    statusChangeNidHigh: kernel.release.highMemoryRepeatsNormal ? statusChangeNidNormal : -1,
    statusChangeNid: memory ? pgdat.nid : -1,
  };
}

/** node_states_set_node(). All releases. Takes no lock. */
export function* nodeStatesSetNode(kernel: Kernel, arg: MemoryNotify): Step {
  if (arg.statusChangeNidNormal >= 0) {
    yield* kernel.pgdats[arg.statusChangeNidNormal]!.hasNormalMemory.store(1);
  }
  if (arg.statusChangeNid >= 0) yield* kernel.pgdats[arg.statusChangeNid]!.hasMemory.store(1);
}

/** node_states_clear_node(). All releases. Takes no lock. */
export function* nodeStatesClearNode(kernel: Kernel, arg: MemoryNotify): Step {
  if (arg.statusChangeNidNormal >= 0) {
    yield* kernel.pgdats[arg.statusChangeNidNormal]!.hasNormalMemory.store(0);
  }
  if (arg.statusChangeNid >= 0) yield* kernel.pgdats[arg.statusChangeNid]!.hasMemory.store(0);
}
