import type { Arena, Guards, Mutex, Region, SpinLock, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import type { Release } from './release.ts';
import {
  bootPages,
  holePages,
  makeZone,
  pagesPerBlock,
  ZoneIndex,
  zoneNames,
  type Zone,
  type ZoneContents,
} from './zone.ts';

export { bootPages, pagesPerBlock, type Zone } from './zone.ts';

/** The number of the first block of hot-added memory, as on a small x86 machine. */
export const firstBlock = 32;

/** struct pglist_data: a node. */
export interface Pgdat {
  readonly nid: number;
  /** In the order of `zoneNames`. */
  readonly zones: readonly Zone[];
  /** Zone Normal. */
  readonly zone: Zone;
  /** Sum of present pages of the node's zones; plain, as they are. */
  readonly nodePresentPages: Word;
  /** The node's span: what its zones span together. Atomic, as theirs are. */
  readonly startPfn: Word;
  readonly spannedPages: Word;
  /** pgdat_resize_lock(): until v5.14 around changes of spans and of nodePresentPages. */
  readonly resizeLock: SpinLock;
  /**
   * The node's bit of node_states[N_MEMORY]; the kernel sets, clears and tests it by atomic bit
   * operations.
   */
  readonly hasMemory: Word;
  /** Likewise of node_states[N_NORMAL_MEMORY]. */
  readonly hasNormalMemory: Word;
  /** Likewise of node_states[N_ONLINE]. */
  readonly online: Word;
  /** pgdat->kswapd and pgdat->kcompactd: whether they name a task; plain. */
  readonly kswapd: Word;
  readonly kcompactd: Word;
  /** The task that kswapd names; gone once it was stopped. */
  readonly kswapdTask: Region;
  readonly kswapdTaskState: Word;
  /** pgdat->kswapd_lock, from v6.0 on (b4a0215e11dc): guards `kswapd`. */
  readonly kswapdLock: Mutex;
}

const nothing: ZoneContents = { present: 0, early: 0, start: 0, spanned: 0 };

/** Nodes of the machine. Node 0 has the memory of the boot, the others are offline and empty. */
export function makePgdats(
  arena: Arena,
  configuration: Configuration,
  release: Release,
): readonly Pgdat[] {
  const lock = arena.spinLock('managed_page_count_lock');
  return Array.from({ length: configuration.nodes }, (_, nid) =>
    makePgdat(arena, configuration, release, nid, lock),
  );
}

function makePgdat(
  arena: Arena,
  configuration: Configuration,
  release: Release,
  nid: number,
  managedPageCountLock: SpinLock,
): Pgdat {
  // Added memory is spanned from then on in v3.19, later once it was online.
  const { blocksPresent, blocksOnline } = configuration;
  const spanned = release.rangeJoinsZoneOnAdd ? blocksPresent : blocksOnline;
  const contents = zoneNames.map((name) => contentsOf(configuration, nid, name, spanned));
  const zones = contents.map((one, index) =>
    makeZone(arena, nid, index, one, managedPageCountLock, configuration.details),
  );
  const present = contents.reduce((sum, one) => sum + one.present, 0);
  const used = contents.filter((one) => one.spanned > 0);
  const start = used.length === 0 ? 0 : Math.min(...used.map((one) => one.start));
  const end = used.length === 0 ? 0 : Math.max(...used.map((one) => one.start + one.spanned));
  const populated = present > 0 ? 1 : 0;
  const normal = contents[ZoneIndex.dma32]!.present + contents[ZoneIndex.normal]!.present;
  const hasCpu = configuration.cpuNodes.slice(0, configuration.cpusPresent).includes(nid);
  // Node 0 keeps the short names.
  const node = nid === 0 ? '' : `node${nid}.`;
  const { region, inside } = arena.region(
    `${node}kswapd_task`,
    () => arena.word(`${node}kswapd_task.state`),
    { retired: populated === 0 },
  );
  const counted: Guards = {
    writesNeed: release.pgdatResizeLockGuardsSpans
      ? ['mem_hotplug_lock', `${node}pgdat_resize_lock`]
      : 'mem_hotplug_lock',
  };
  return {
    nid,
    zones,
    zone: zones[ZoneIndex.normal]!,
    nodePresentPages: arena.word(`${node}pgdat.node_present_pages`, present, counted),
    startPfn: arena.word(`${node}pgdat.node_start_pfn`, start, counted),
    spannedPages: arena.word(`${node}pgdat.node_spanned_pages`, end - start, counted),
    resizeLock: arena.spinLock(`${node}pgdat_resize_lock`, { class: 'pgdat_resize_lock' }),
    hasMemory: arena.word(`${node}node_states.memory`, populated),
    hasNormalMemory: arena.word(`${node}node_states.normal_memory`, normal > 0 ? 1 : 0),
    online: arena.word(`${node}node_states.online`, hasCpu ? 1 : populated),
    kswapd: arena.word(`${node}pgdat.kswapd`, populated),
    kcompactd: arena.word(`${node}pgdat.kcompactd`, populated),
    kswapdTask: region,
    kswapdTaskState: inside,
    kswapdLock: arena.mutex(`${node}pgdat.kswapd_lock`, { class: 'pgdat->kswapd_lock' }),
  };
}

/** What a zone has when an execution begins: the memory of the boot, and blocks that were added. */
function contentsOf(
  configuration: Configuration,
  nid: number,
  name: string,
  blocksSpanned: number,
): ZoneContents {
  const isBoot = nid === 0 && name === configuration.bootZone;
  const early = isBoot ? bootPages - holePages(configuration) : 0;
  const hasBlocks = nid === configuration.hotplugNode && name === 'Normal';
  const added = hasBlocks ? configuration.blocksOnline * pagesPerBlock : 0;
  const spanned = hasBlocks ? blocksSpanned * pagesPerBlock : 0;
  if (early === 0 && spanned === 0) return nothing;
  const start = early > 0 ? 0 : firstBlock * pagesPerBlock;
  const end = spanned === 0 ? bootPages : firstBlock * pagesPerBlock + spanned;
  return { present: early + added, early, start, spanned: end - start };
}

/** A zone of a node, by its index. */
export function zoneOf(pgdat: Pgdat, index: number): Zone {
  const zone = pgdat.zones[index];
  if (zone === undefined) throw new Error(`[internal] node ${pgdat.nid} has no zone ${index}`);
  return zone;
}
