import { check, type Step } from '../program/index.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EINVAL } from './errno.ts';
import { changeBlockState, setPagesOnline, type HotplugBlock } from './hotplug-block.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { State } from './memory-state.ts';
import type { SysfsFile } from './sysfs.ts';

/** A memory block of boot memory, and its file `online`. */
export interface TracedBlock extends HotplugBlock {
  readonly file: SysfsFile;
}

/** The fixes of the memtrace driver that a kernel has, both of v4.20. */
export interface MemtraceFixes {
  /** cec1680591d6: device_hotplug_lock around the bringing online of what it gives back. */
  readonly onlinesUnderLock: boolean;
  /** 5666848774ef: device_hotplug_lock from the check of the blocks to their removal. */
  readonly removesUnderLock: boolean;
}

/**
 * memtrace_enable_set() (arch/powerpc/platforms/powernv/memtrace.c) of v4.19: takes a block away
 * from the kernel for hardware traces, and gives it back.
 *
 * Lock order: as in {@link memtraceAllocNode} and {@link memtraceOnline}.
 */
export function* memtraceEnableSet(kernel: Kernel, block: TracedBlock, fixes: MemtraceFixes): Step {
  if (yield* memtraceAllocNode(kernel, block, fixes)) yield* memtraceOnline(kernel, block, fixes);
}

/**
 * memtrace_alloc_node(): offlines the block by hand and removes it.
 *
 * Lock order: 5666848774ef: device_hotplug_lock around all of it; before: only around the removal.
 * Then cpu_hotplug_lock (read), mem_hotplug_lock. Never device_lock of the block.
 *
 * @returns whether there was a block to take
 */
function* memtraceAllocNode(
  kernel: Kernel,
  block: TracedBlock,
  fixes: MemtraceFixes,
): Step<boolean> {
  if (fixes.removesUnderLock) yield* lockDeviceHotplug(kernel);
  try {
    if (!(yield* memtraceOfflinePages(kernel, block))) return false;
    if (!fixes.removesUnderLock) yield* lockDeviceHotplug(kernel);
    try {
      yield* removeMemory(kernel, block);
      return true;
    } finally {
      if (!fixes.removesUnderLock) yield* unlockDeviceHotplug(kernel);
    }
  } finally {
    if (fixes.removesUnderLock) yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * memtrace_offline_pages(): writes mem->state without device_lock, and leaves dev->offline alone.
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock (in offline_pages()).
 */
function* memtraceOfflinePages(kernel: Kernel, block: HotplugBlock): Step<boolean> {
  // check_memblock_online()
  if ((yield* block.state.read()) !== State.online) return false;
  yield* block.state.write(State.goingOffline);
  yield* memHotplugBegin(kernel);
  try {
    yield* setPagesOnline(block, false);
  } finally {
    yield* memHotplugDone(kernel);
  }
  yield* block.state.write(State.offline);
  return true;
}

/**
 * __remove_memory() of v4.20: the caller has seen to it that all blocks are offline. Lock order:
 * device_hotplug_lock (the caller's), cpu_hotplug_lock (read), mem_hotplug_lock.
 */
function* removeMemory(kernel: Kernel, block: TracedBlock): Step {
  yield* memHotplugBegin(kernel);
  try {
    // check_memblock_offlined_cb()
    const offline = (yield* block.state.read()) === State.offline;
    check(offline, 'BUG in __remove_memory(): a block is not offline');
    // device_unregister()
    yield* block.file.active.drain();
    yield* block.memmap.retire();
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * memtrace_online(): add_memory(), and the block is brought online where no policy does that.
 *
 * Lock order: device_hotplug_lock, cpu_hotplug_lock (read), mem_hotplug_lock in add_memory(), all
 * given back; cec1680591d6: device_hotplug_lock again; then as in `deviceSetOnline`.
 */
function* memtraceOnline(kernel: Kernel, block: TracedBlock, fixes: MemtraceFixes): Step {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* memHotplugBegin(kernel);
    try {
      // The device is made anew, offline.
      yield* block.memmap.revive();
      yield* block.state.write(State.offline);
      yield* block.offline.write(1);
      yield* block.file.active.activate();
    } finally {
      yield* memHotplugDone(kernel);
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
  if (fixes.onlinesUnderLock) yield* lockDeviceHotplug(kernel);
  try {
    yield* deviceSetOnline(kernel, block, true);
  } finally {
    if (fixes.onlinesUnderLock) yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * device_online() or device_offline() of a memory block in v4.20, with the memory bus's callback.
 *
 * Lock order: device_hotplug_lock (the caller's), device_lock, cpu_hotplug_lock (read),
 * mem_hotplug_lock.
 */
export function* deviceSetOnline(
  kernel: Kernel,
  block: HotplugBlock,
  online: boolean,
): Step<number> {
  yield* kernel.deviceHotplugLock.assertHeld();
  yield* block.lock.acquire();
  try {
    if ((yield* block.offline.read()) === (online ? 0 : 1)) return 1;
    const result = yield* memorySubsysSet(kernel, block, online);
    if (result === 0) yield* block.offline.write(online ? 0 : 1);
    return result;
  } finally {
    yield* block.lock.release();
  }
}

/** memory_subsys_online(), memory_subsys_offline(). Lock order: as in {@link deviceSetOnline}. */
function* memorySubsysSet(kernel: Kernel, block: HotplugBlock, online: boolean): Step<number> {
  const to = online ? State.online : State.offline;
  if ((yield* block.state.read()) === to) return 0;
  const changed = yield* changeBlockState(block, to, function* () {
    yield* memHotplugBegin(kernel);
    try {
      yield* setPagesOnline(block, online);
    } finally {
      yield* memHotplugDone(kernel);
    }
  });
  return changed ? 0 : -EINVAL;
}
