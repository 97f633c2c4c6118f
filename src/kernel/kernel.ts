import type { Arena, Mutex, Parameters, RwLock, Word } from '../program/index.ts';
import { makeCpu, type Cpu } from './cpu.ts';
import { makeConfiguration, type Configuration } from './configuration.ts';
import { firstBlock, makeMemoryBlock, type MemoryBlock } from './memory-block.ts';
import { makePgdat, type Pgdat } from './pgdat.ts';
import { makeRelease, type Release } from './release.ts';
import type { SysfsFile } from './sysfs.ts';

/**
 * The kernel of one machine: its global locks, one node, the memory blocks and the CPUs. All of its
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
   * mm/memory_hotplug.c. Before v4.13 this and cpu_hotplug_lock were home-made counters, whose
   * readers may recurse and whose waiting writer does not stop readers: a {@link RwLock}. The
   * faults of those (writers that overwrite each other's owner, b5d24fda9c3d, 55adc1d05dca) are not
   * in the model.
   */
  readonly memHotplugLock: RwLock;
  /** kernel/cpu.c. */
  readonly cpuHotplugLock: RwLock;
  /** kernel/cpu.c: one CPU goes up or down at a time. */
  readonly cpuAddRemoveLock: Mutex;
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
  readonly pgdat: Pgdat;
  /** From memory32 up. */
  readonly memoryBlocks: readonly MemoryBlock[];
  readonly cpus: readonly Cpu[];
  /** The files that a `SysfsFile` path names. */
  readonly files: ReadonlyMap<string, SysfsFile>;
}

/** Lays out the kernel that the parameters of a variant ask for (see {@link Configuration}). */
export function makeKernel(arena: Arena, parameters: Parameters): Kernel {
  const configuration = makeConfiguration(parameters);
  const release = makeRelease(configuration.release, configuration.without);
  const hotplugLock = (name: string): RwLock =>
    release.hotplugLocksArePercpu ? arena.percpuRwSemaphore(name) : arena.rwLock(name);
  const memoryBlocks = Array.from({ length: configuration.blocksMax }, (_, index) =>
    makeMemoryBlock(arena, release, firstBlock + index, index < configuration.blocksPresent),
  );
  const cpus = [makeCpu(arena, 1)];
  const files = [...memoryBlocks, ...cpus].flatMap((device) => device.files);
  return {
    configuration,
    release,
    deviceHotplugLock: arena.mutex('device_hotplug_lock'),
    memHotplugLock: hotplugLock('mem_hotplug_lock'),
    cpuHotplugLock: hotplugLock('cpu_hotplug_lock'),
    cpuAddRemoveLock: arena.mutex('cpu_add_remove_lock'),
    memSysfsMutex: arena.mutex('mem_sysfs_mutex'),
    acpiScanLock: arena.mutex('acpi_scan_lock'),
    ueventSockMutex: arena.mutex('uevent_sock_mutex'),
    resourceLock: arena.rwLock('resource_lock'),
    driversAutoprobe: arena.word('memory.drivers_autoprobe', 1),
    pgdat: makePgdat(arena),
    memoryBlocks,
    cpus,
    files: new Map(files.map((file) => [file.path, file])),
  };
}

/** The memory block with this number, such as 33 for memory33. */
export function memoryBlock(kernel: Kernel, number: number): MemoryBlock {
  const block = kernel.memoryBlocks[number - firstBlock];
  if (block === undefined) {
    const last = firstBlock + kernel.memoryBlocks.length - 1;
    throw new RangeError(`the machine has memory${firstBlock} to memory${last}, not ${number}`);
  }
  return block;
}
