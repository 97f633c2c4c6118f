import type { Arena, Mutex, Parameters, RwLock, Word } from '../program/index.ts';
import { makeAcpiFiles } from './acpi-files.ts';
import { makeAcpiHotplug, type AcpiHotplug } from './acpi-hotplug-work.ts';
import { makeOstReports, type OstReports } from './acpi-ost.ts';
import { makeBootCpu, makeCpus, type Cpu } from './cpu.ts';
import { firstAutoOnlineType } from './auto-online-blocks.ts';
import { makeConfiguration, type Configuration } from './configuration.ts';
import { makeDeviceMemory, type DeviceMemory } from './device-memory.ts';
import { makeHomeMadeHotplugLock, type HomeMadeHotplugLock } from './home-made-hotplug-lock.ts';
import { declareLockRules } from './lock-rules.ts';
import { firstBlock, makeMemoryBlock, type MemoryBlock } from './memory-block.ts';
import { makeMemoryFiles } from './memory-attributes.ts';
import { makeMemoryCallbacks, type MemoryCallbacks } from './memory-callbacks.ts';
import { makeMemoryGroups, type MemoryGroup } from './memory-group.ts';
import { makeMemoryManagement, type MemoryManagement } from './memory-management.ts';
import type { MemoryNotify } from './memory-notify.ts';
import { makeModuleParameters, type ModuleParameters } from './module-parameters.ts';
import type { NodeNotify } from './node-notify.ts';
import { makeNotifierChain, type NotifierChain } from './notifier-chain.ts';
import { makePgdats, type Pgdat } from './pgdat.ts';
import { fitToRelease } from './release-parameters.ts';
import { makeRelease, type Release } from './release.ts';
import { makeSlabCachesCallback } from './slab-caches-callback.ts';
import type { OpenFileLocks, OpenFiles, SysfsFile } from './sysfs.ts';
import { bootBlockCount } from './zone.ts';
import { zonelistBit } from './zonelist.ts';

/**
 * The kernel of one machine: its global locks, nodes, memory blocks and CPUs. All of its
 * state lies in the arena; this object only names it, and never changes once made.
 */
export interface Kernel {
  readonly configuration: Configuration;
  readonly release: Release;
  /**
   * drivers/base/core.c: keeps requests to bring devices on- and offline out while devices come and
   * go.
   */
  readonly deviceHotplugLock: Mutex;
  /**
   * mm/memory_hotplug.c. Before v4.13 this and cpu_hotplug_lock were home-made, and readers may
   * recurse, and a waiting writer does not stop them: a {@link RwLock}. Where it is home-made this
   * says who is inside `homeMadeHotplugLock`.
   */
  readonly memHotplugLock: RwLock;
  /** mem_hotplug of mm/memory_hotplug.c, v3.16 to v4.12. */
  readonly homeMadeHotplugLock: HomeMadeHotplugLock | undefined;
  /** kernel/cpu.c. Of the home-made one there is one writer at a time, and nothing to get wrong. */
  readonly cpuHotplugLock: RwLock;
  /** kernel/cpu.c: one CPU goes up or down at a time. */
  readonly cpuAddRemoveLock: Mutex;
  /** kernel/cpu.c: how many ask that no CPU goes up or down; under cpu_add_remove_lock. */
  readonly cpuHotplugDisabled: Word;
  /** lockdep's maps of the callbacks in cpuhp threads, v4.18 on. */
  readonly cpuhpStateUp: Mutex;
  readonly cpuhpStateDown: Mutex;
  /** lockdep's map of the work of work_on_cpu(), of which there is one at a time; v6.1 on. */
  readonly workOnCpu: Mutex;
  /** mm/slab_common.c: the list of caches. */
  readonly slabMutex: Mutex;
  /** drivers/base/memory.c, gone by v6.1: creation and removal of memory block devices. */
  readonly memSysfsMutex: Mutex;
  /** drivers/acpi/scan.c. */
  readonly acpiScanLock: Mutex;
  /** lib/kobject_uevent.c: one uevent is sent at a time. */
  readonly ueventSockMutex: Mutex;
  /** kernel/resource.c: the tree of /proc/iomem. */
  readonly resourceLock: RwLock;
  /**
   * The memory bus's drivers_autoprobe: whether a new device is offered to drivers. Nobody writes
   * it.
   */
  readonly driversAutoprobe: Word;
  /** mm/page_alloc.c: limits of the pcplists; from v5.11 on held while a block goes offline. */
  readonly pcpBatchHighLock: Mutex;
  /**
   * mm/page_alloc.c, until v4.14 (4eaf3f64397c): one at a time brings pages to a zone or rebuilds
   * the zone lists.
   */
  readonly zonelistsMutex: Mutex;
  /** mm/page_alloc.c, from v5.18 on: odd while the zone lists are being rebuilt; atomic. */
  readonly zonelistUpdateSeq: Word;
  /** The zones that the allocator looks at, as bits (`zonelistBit`); atomic. */
  readonly zonelistBits: Word;
  /** mm/swap.c, from v5.14 on; atomic. */
  readonly lruDisableCount: Word;
  /** mm/memory-failure.c: one page is taken out of use at a time. */
  readonly mfMutex: Mutex;
  /** The top level of the direct map's page tables: entries that device memory added; plain. */
  readonly directMap: Word;
  /** drivers/base/memory.c: who is told of memory that goes on- or offline. */
  readonly memoryChain: NotifierChain<MemoryNotify>;
  /** drivers/base/node.c of the newest kernels: who is told of nodes that gain or lose memory. */
  readonly nodeChain: NotifierChain<NodeNotify>;
  /** What the callbacks that the configuration names have of their own. */
  readonly callbacks: MemoryCallbacks;
  /** The policy auto_online_blocks, one of `OnlineType`; see `autoOnlineType`. */
  readonly autoOnlineType: Word;
  /** What the firmware was told by _OST. */
  readonly ost: OstReports;
  readonly acpi: AcpiHotplug;
  /** mm/memory_hotplug.c of v6.1 and later: memory_groups. */
  readonly memoryGroups: readonly MemoryGroup[];
  /** How often a WARN_ON() was met; atomic. */
  readonly warnings: Word;
  /** fs/super.c: who writes to the file system of /sys; taken where there are `vfsLocks`. */
  readonly sbWriters: RwLock;
  readonly openFiles: OpenFiles;
  /** Node 0 has the memory of the boot. */
  readonly pgdats: readonly Pgdat[];
  /** Node 0. */
  readonly pgdat: Pgdat;
  /** From memory32 up. */
  readonly memoryBlocks: readonly MemoryBlock[];
  /** memory0 to memory3, where the configuration has them. */
  readonly bootBlocks: readonly MemoryBlock[];
  /** What the rest of memory management has, as far as hotplug meets it. */
  readonly mm: MemoryManagement;
  readonly deviceMemory: readonly DeviceMemory[];
  /** From cpu1 up. */
  readonly cpus: readonly Cpu[];
  /** cpu0. */
  readonly bootCpu: Cpu;
  /** Of the folder `memory` itself. */
  readonly memoryFiles: readonly SysfsFile[];
  /** memory_hotplug's. */
  readonly moduleParameters: ModuleParameters;
  /** The files that a `SysfsFile` path names. */
  readonly files: ReadonlyMap<string, SysfsFile>;
}

/** Lays out the kernel that the parameters of a variant ask for (see {@link Configuration}). */
export function makeKernel(arena: Arena, parameters: Parameters): Kernel {
  const asked = makeConfiguration(parameters);
  const release = makeRelease(asked.release, asked.without, asked.with);
  const configuration = fitToRelease(asked, release, parameters);
  if (!configuration.guards) arena.ignoreDeclarations();
  declareLockRules(arena, release);
  const devices = makeDevices(arena, configuration, release);
  const memoryFiles = makeMemoryFiles(arena, release);
  const moduleParameters = makeModuleParameters(arena, configuration, release);
  const acpiFiles = makeAcpiFiles(arena, configuration, devices.memoryBlocks);
  const memoryChain = makeNotifierChain<MemoryNotify>(arena, 'memory_chain');
  const nodeChain = makeNotifierChain<NodeNotify>(arena, 'node_chain');
  const callbacks = makeMemoryCallbacks({
    arena,
    configuration,
    memoryChain,
    nodeChain,
    blocks: [...devices.bootBlocks, ...devices.memoryBlocks],
    kernelOf: () => kernel,
  });
  const ownFiles = [...devices.bootBlocks, ...devices.memoryBlocks, ...devices.cpus];
  const files = [
    ...ownFiles.flatMap((device) => device.files),
    ...[devices.bootCpu, ...devices.cpus].flatMap((cpu) => cpu.hotplugFiles),
    ...memoryFiles,
    ...moduleParameters.files,
    ...acpiFiles,
    ...(callbacks.errorInject?.files ?? []),
  ];
  const pgdats = makePgdats(arena, configuration, release);
  const mm = makeMemoryManagement(arena, configuration);
  if (mm.slab !== undefined) {
    makeSlabCachesCallback(arena, memoryChain, mm.slab, () => kernel);
  }
  const kernel: Kernel = {
    configuration,
    release,
    ...makeLocks(arena, release),
    cpuHotplugDisabled: arena.word('cpu_hotplug_disabled'),
    driversAutoprobe: arena.word('memory.drivers_autoprobe', 1),
    zonelistUpdateSeq: arena.word('kernel.zonelist_update_seq'),
    zonelistBits: arena.word('zonelist_bits', firstZonelist(pgdats)),
    lruDisableCount: arena.word('lru_disable_count'),
    directMap: arena.word('direct_map'),
    memoryChain,
    nodeChain,
    callbacks,
    autoOnlineType: arena.word('memhp_default_online_type', firstAutoOnlineType(configuration)),
    ost: makeOstReports(arena),
    acpi: makeAcpiHotplug(arena),
    memoryGroups: makeMemoryGroups(arena, configuration),
    warnings: arena.word('kernel.warnings'),
    openFiles: makeOpenFiles(arena, configuration, files),
    memoryFiles,
    moduleParameters,
    pgdats,
    pgdat: pgdats[0]!,
    mm,
    ...devices,
    files: new Map(files.map((file) => [file.path, file])),
  };
  return kernel;
}

function makeLocks(arena: Arena, release: Release) {
  const hotplugLock = (name: string): RwLock =>
    release.hotplugLocksArePercpu ? arena.percpuRwSemaphore(name) : arena.rwLock(name);
  const deviceHotplugLock = arena.mutex('device_hotplug_lock');
  const memHotplugLock = hotplugLock('mem_hotplug_lock');
  return {
    deviceHotplugLock,
    memHotplugLock,
    homeMadeHotplugLock: release.memHotplugLockIsHomeMade
      ? makeHomeMadeHotplugLock(arena, memHotplugLock)
      : undefined,
    cpuHotplugLock: hotplugLock('cpu_hotplug_lock'),
    cpuAddRemoveLock: arena.mutex('cpu_add_remove_lock'),
    cpuhpStateUp: arena.mutex('cpuhp_state-up'),
    cpuhpStateDown: arena.mutex('cpuhp_state-down'),
    workOnCpu: arena.mutex('work wfc.work'),
    slabMutex: arena.mutex('slab_mutex'),
    memSysfsMutex: arena.mutex('mem_sysfs_mutex'),
    acpiScanLock: arena.mutex('acpi_scan_lock'),
    ueventSockMutex: arena.mutex('uevent_sock_mutex'),
    resourceLock: arena.rwLock('resource_lock'),
    pcpBatchHighLock: arena.mutex('pcp_batch_high_lock'),
    zonelistsMutex: arena.mutex('zonelists_mutex'),
    mfMutex: arena.mutex('mf_mutex'),
    sbWriters: arena.rwSemaphore('sb_writers'),
  };
}

function makeDevices(arena: Arena, configuration: Configuration, release: Release) {
  const presence = (index: number) =>
    index >= configuration.blocksPresent
      ? 'absent'
      : index < configuration.blocksOnline
        ? 'online'
        : 'offline';
  const count = (length: number): number[] => Array.from({ length }, (_, index) => index);
  return {
    memoryBlocks: count(configuration.blocksMax).map((index) =>
      makeMemoryBlock(arena, configuration, release, firstBlock + index, presence(index)),
    ),
    bootBlocks: count(configuration.bootBlocks ? bootBlockCount : 0).map((number) =>
      makeMemoryBlock(arena, configuration, release, number, 'online'),
    ),
    cpus: makeCpus(arena, configuration, release),
    bootCpu: makeBootCpu(arena, release),
    deviceMemory: count(configuration.deviceRanges).map((index) => makeDeviceMemory(arena, index)),
  };
}

function makeOpenFiles(
  arena: Arena,
  configuration: Configuration,
  files: readonly SysfsFile[],
): OpenFiles {
  const shared = configuration.vfsLocks ? files : [];
  const locksOf = ({ path }: SysfsFile): OpenFileLocks => ({
    mutex: arena.mutex(`${path}.of->mutex`, { class: 'of->mutex' }),
    seqLock: arena.mutex(`${path}.p->lock`, { class: 'seq p->lock' }),
  });
  return new Map(shared.map((file) => [file.path, locksOf(file)]));
}

/** The zones that have pages when an execution begins. */
function firstZonelist(pgdats: readonly Pgdat[]): number {
  const zones = pgdats.flatMap((pgdat) => pgdat.zones.slice(0, 3));
  return zones
    .filter((zone) => zone.populatedAtFirst)
    .reduce((list, zone) => list | zonelistBit(zone), 0);
}

/** The memory block with this number, such as 33 for memory33. */
export function memoryBlock(kernel: Kernel, number: number): MemoryBlock {
  const block =
    number < firstBlock ? kernel.bootBlocks[number] : kernel.memoryBlocks[number - firstBlock];
  if (block === undefined) {
    const last = firstBlock + kernel.memoryBlocks.length - 1;
    throw new RangeError(`the machine has memory${firstBlock} to memory${last}, not ${number}`);
  }
  return block;
}
