import type { Step } from '../program/index.ts';
import {
  lockDeviceHotplug,
  lockDeviceHotplugSysfs,
  unlockDeviceHotplug,
} from './device-hotplug-lock.ts';
import { EBUSY, EINVAL } from './errno.ts';
import { changeBlockState, setPagesOnline, type HotplugBlock } from './hotplug-block.ts';
import type { Kernel } from './kernel.ts';
import {
  lockMemoryHotplug,
  unlockMemoryHotplug,
  type MemoryHotplugMutex,
} from './memory-hotplug-mutex.ts';
import { State } from './memory-state.ts';
import type { SysfsFile } from './sysfs.ts';

/** A memory block and its file `state`. */
export interface RemovableBlock extends HotplugBlock {
  readonly file: SysfsFile;
}

/** Removal of a memory device as v3.8 to v3.12 have it. */
export interface MemoryRemoval {
  readonly hotplug: MemoryHotplugMutex;
  /** 6677e3eaf4d7 (v3.9): asks again, under lock_memory_hotplug(), whether all are offline. */
  readonly checksBlocks: boolean;
  /**
   * 4f3549d72d1b (v3.11): device_hotplug_lock around the removal and around each change of state,
   * by try there (5e33bc4165f3, v3.12).
   */
  readonly takesDeviceHotplugLock: boolean;
}

/**
 * The store of `state`, asked to bring the block online.
 *
 * Lock order: the active reference (the caller's), (4f3549d72d1b: device_hotplug_lock by try), then
 * as in {@link setBlockState}.
 */
export function* onlineByState(
  kernel: Kernel,
  removal: MemoryRemoval,
  block: HotplugBlock,
): Step<number> {
  if (removal.takesDeviceHotplugLock) {
    const locked = yield* lockDeviceHotplugSysfs(kernel);
    if (locked !== 0) return locked;
  }
  try {
    return yield* setBlockState(removal, block, State.online);
  } finally {
    if (removal.takesDeviceHotplugLock) yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * memory_block_change_state() with online_pages() or offline_pages() inside.
 *
 * Lock order: the lock of mem->state (state_mutex until fa2be40fe7c0, v3.12), mem_hotplug_mutex.
 * The state is stored after mem_hotplug_mutex is given back.
 *
 * @returns 0, or -EINVAL where the block is not in the other state
 */
function* setBlockState(removal: MemoryRemoval, block: HotplugBlock, to: number): Step<number> {
  yield* block.lock.acquire();
  try {
    const changed = yield* changeBlockState(block, to, function* () {
      yield* lockMemoryHotplug(removal.hotplug);
      try {
        yield* setPagesOnline(block, to === State.online);
      } finally {
        yield* unlockMemoryHotplug(removal.hotplug);
      }
    });
    return changed ? 0 : -EINVAL;
  } finally {
    yield* block.lock.release();
  }
}

/**
 * acpi_memory_disable_device(), remove_memory() of v3.8: takes the blocks offline one by one, each
 * under locks of its own, and then removes them all.
 *
 * Lock order: (4f3549d72d1b: device_hotplug_lock), the block's lock, mem_hotplug_mutex; then as in
 * {@link removeMemory}.
 *
 * @returns 0, or -EBUSY where a block turns out to be online again
 */
export function* acpiMemoryDisableDevice(
  kernel: Kernel,
  removal: MemoryRemoval,
  blocks: readonly RemovableBlock[],
): Step<number> {
  if (removal.takesDeviceHotplugLock) yield* lockDeviceHotplug(kernel);
  try {
    for (const block of blocks) yield* setBlockState(removal, block, State.offline);
    return yield* removeMemory(removal, blocks);
  } finally {
    if (removal.takesDeviceHotplugLock) yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * The second half of remove_memory(): arch_remove_memory(), which unregisters the blocks.
 *
 * Lock order: mem_hotplug_mutex, active references (drained). Who is inside `state` then and waits
 * for mem_hotplug_mutex waits for ever: of that, only device_hotplug_lock taken by try is a cure.
 */
function* removeMemory(removal: MemoryRemoval, blocks: readonly RemovableBlock[]): Step<number> {
  yield* lockMemoryHotplug(removal.hotplug);
  try {
    if (removal.checksBlocks) {
      // is_memblock_offlined_cb(): reads mem->state without the lock that guards it.
      for (const block of blocks) {
        if ((yield* block.state.read()) !== State.offline) return -EBUSY;
      }
    }
    for (const block of blocks) {
      yield* block.file.active.drain();
      yield* block.memmap.retire();
    }
    return 0;
  } finally {
    yield* unlockMemoryHotplug(removal.hotplug);
  }
}
