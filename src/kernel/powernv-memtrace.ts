import { check, type Arena, type Mutex, type Step, type Word } from '../program/index.ts';
import { addMemory } from './add-memory.ts';
import { autoOnlineType } from './auto-online-blocks.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOnline } from './device-online.ts';
import { EAGAIN, EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType, State } from './memory-state.ts';
import { allocTraceMemory, freeTraceMemory } from './memtrace-contig.ts';
import { offlinePages } from './offline-pages.ts';
import { removeMemoryOrBug } from './remove-memory.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';

/** The globals of the memtrace driver (arch/powerpc/platforms/powernv/memtrace.c). */
export interface Memtrace {
  /** memtrace_mutex, from d6718941a276 (v5.11) on: around a write to `enable`. */
  readonly mutex: Mutex;
  /** linear_mapping_mutex of arch/powerpc/mm, from e5b2af044f31 (v5.11) on. */
  readonly linearMappingMutex: Mutex;
  /** Entries of the direct map that tracing has taken out; under that mutex. */
  readonly unmapped: Word;
  /** memtrace_size: the bytes traced, or 0. */
  readonly size: Word;
  /** memtrace_array_nr. */
  readonly entries: Word;
  /** memtrace_array: numbers of the blocks that are traced, an entry for each online node. */
  readonly array: readonly Word[];
  /** The debugfs file `memtrace/enable`. */
  readonly file: SysfsFile;
}

/** A memory block has 128 MiB in the model. */
const blockBytes = 0x800_0000;

/** memtrace_array is allocated for the nodes that are online. */
const nodesMax = 1;

/** The driver on a machine of one node. */
export function makeMemtrace(arena: Arena): Memtrace {
  const trace: Memtrace = {
    mutex: arena.mutex('memtrace_mutex'),
    linearMappingMutex: arena.mutex('linear_mapping_mutex'),
    unmapped: arena.word('memtrace.unmapped'),
    size: arena.word('memtrace_size'),
    entries: arena.word('memtrace_array_nr'),
    array: Array.from({ length: nodesMax }, (_, at) => arena.word(`memtrace_array${at}`)),
    file: {
      path: 'memtrace/enable',
      active: arena.activeRef('memtrace/enable.active', { class: 'debugfs', active: true }),
      store: (kernel, input) => memtraceEnableSet(kernel, trace, input),
    },
  };
  return trace;
}

/**
 * memtrace_enable_set(): takes one block of each node away from the kernel for hardware traces, or
 * gives back what was taken. v4.18 and later.
 *
 * Lock order: memtrace_mutex (d6718941a276), then as in {@link memtraceAllocNode} and
 * {@link memtraceOnline}; from 0bd4b96d9910 (v5.11) on as in `allocTraceMemory`.
 *
 * @returns the bytes taken; -EINVAL for what is not a number of whole blocks; -EAGAIN where memory
 * cannot be given back
 */
function* memtraceEnableSet(kernel: Kernel, trace: Memtrace, input: string): Step<number> {
  const text = sysfsText(input);
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) return -EINVAL;
  const bytes = Number(text);
  if (bytes % blockBytes !== 0) return -EINVAL;
  const serialised = kernel.release.has('d6718941a276');
  if (serialised) yield* trace.mutex.acquire();
  try {
    if ((yield* trace.size.read()) !== 0 && !(yield* giveBack(kernel, trace))) return -EAGAIN;
    if (bytes === 0) return input.length;
    yield* memtraceInitRegionsRuntime(kernel, trace);
    yield* trace.size.write(bytes);
    return input.length;
  } finally {
    if (serialised) yield* trace.mutex.release();
  }
}

/**
 * memtrace_init_regions_runtime(): an entry for each node, in an array of as many. The model traces
 * one block a node, whatever the size. Lock order: as in {@link memtraceEnableSet}.
 */
function* memtraceInitRegionsRuntime(kernel: Kernel, trace: Memtrace): Step {
  const takes = kernel.release.has('0bd4b96d9910') ? allocTraceMemory : memtraceAllocNode;
  for (let node = 0; node < nodesMax; node++) {
    const block = yield* takes(kernel, trace);
    // A node may have no memory to give: that is only told to the log.
    if (block === undefined) continue;
    const at = yield* trace.entries.read();
    check(at < nodesMax, 'memtrace_array is written beyond its end');
    yield* trace.array[at]!.write(block.number);
    yield* trace.entries.write(at + 1);
  }
}

/** memtrace_online() (memtrace_free_regions() from v5.11 on). @returns whether all went back. */
function* giveBack(kernel: Kernel, trace: Memtrace): Step<boolean> {
  const gives = kernel.release.has('0bd4b96d9910') ? freeTraceMemory : memtraceOnline;
  for (let at = (yield* trace.entries.read()) - 1; at >= 0; at--) {
    const number = yield* trace.array[at]!.read();
    const block = kernel.memoryBlocks.find((one) => one.number === number);
    if (block === undefined) continue;
    if ((yield* gives(kernel, trace, block)) !== 0) return false;
    yield* trace.array[at]!.write(0);
  }
  yield* trace.entries.write(0);
  yield* trace.size.write(0);
  return true;
}

/**
 * memtrace_alloc_node() before 0bd4b96d9910: offlines the highest block that is online, by hand,
 * and removes it. v4.18, v4.20.
 *
 * Lock order: 5666848774ef: device_hotplug_lock around it all; before: around the removal only.
 * Then as in `offlinePages` and `tryRemoveMemory`. Never device_lock of the block.
 */
function* memtraceAllocNode(kernel: Kernel): Step<MemoryBlock | undefined> {
  const around = kernel.release.has('5666848774ef');
  if (around) yield* lockDeviceHotplug(kernel);
  try {
    for (const block of kernel.memoryBlocks.toReversed()) {
      if (!(yield* memtraceOfflinePages(kernel, block))) continue;
      if (!around) yield* lockDeviceHotplug(kernel);
      try {
        yield* removeMemoryOrBug(kernel, block);
      } finally {
        if (!around) yield* unlockDeviceHotplug(kernel);
      }
      return block;
    }
    return undefined;
  } finally {
    if (around) yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * memtrace_offline_pages(): writes mem->state without device_lock, and leaves dev->offline alone.
 * v4.18, v4.20. Lock order: as in `offlinePages`; v4.18, whose offline_pages() relies on its
 * caller for mem_hotplug_lock, runs without.
 */
function* memtraceOfflinePages(kernel: Kernel, block: MemoryBlock): Step<boolean> {
  // check_memblock_online()
  if ((yield* block.onBus.load()) === 0) return false;
  if ((yield* block.state.read()) !== State.online) return false;
  // change_memblock_state()
  yield* block.state.write(State.goingOffline);
  const result = yield* offlinePages(kernel, block);
  yield* block.state.write(result === 0 ? State.offline : State.online);
  return result === 0;
}

/**
 * The part of memtrace_online() for one block: add_memory(), and the block is brought online where
 * no policy does that. v4.18, v4.20.
 *
 * Lock order: as in `addMemory`; device_hotplug_lock once more (cec1680591d6), `deviceOnline`.
 *
 * @returns 0, or what add_memory() answered
 */
function* memtraceOnline(kernel: Kernel, _trace: Memtrace, block: MemoryBlock): Step<number> {
  const added = yield* addMemory(kernel, block);
  if (added !== 0) return added;
  if ((yield* autoOnlineType(kernel)) !== OnlineType.unset) return 0;
  const locks = kernel.release.has('cec1680591d6');
  if (locks) yield* lockDeviceHotplug(kernel);
  try {
    // online_mem_block(); what it answers is not asked.
    yield* deviceOnline(kernel, block);
    return 0;
  } finally {
    if (locks) yield* unlockDeviceHotplug(kernel);
  }
}
