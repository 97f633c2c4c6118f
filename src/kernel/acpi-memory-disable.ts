import type { Arena, Mutex, Step } from '../program/index.ts';
import { EBUSY } from './errno.ts';
import { changeBlockState, setPagesOnline, type HotplugBlock } from './hotplug-block.ts';
import {
  lockMemoryHotplug,
  makeMemoryHotplugMutex,
  unlockMemoryHotplug,
  type MemoryHotplugMutex,
} from './memory-hotplug-mutex.ts';
import { State } from './memory-state.ts';

/** Removal of a memory device as v3.8 to v3.11 have it. */
export interface MemoryRemoval {
  readonly hotplug: MemoryHotplugMutex;
  /** device_hotplug_lock, where 4f3549d72d1b (v3.11) is in. */
  readonly deviceHotplugLock: Mutex;
  /** 6677e3eaf4d7 (v3.9): asks again whether all blocks are offline, under lock_memory_hotplug(). */
  readonly checksBlocks: boolean;
  /** 4f3549d72d1b: device_hotplug_lock around the removal and around each change of state. */
  readonly hasDeviceHotplugLock: boolean;
}

export function makeMemoryRemoval(
  arena: Arena,
  fixes: { readonly checksBlocks: boolean; readonly hasDeviceHotplugLock: boolean },
): MemoryRemoval {
  return {
    hotplug: makeMemoryHotplugMutex(arena),
    deviceHotplugLock: arena.mutex('device_hotplug_lock'),
    ...fixes,
  };
}

/** lock_device_hotplug() (4f3549d72d1b), where the kernel has it. */
export function* lockDevices(removal: MemoryRemoval): Step {
  if (removal.hasDeviceHotplugLock) yield* removal.deviceHotplugLock.acquire();
}

/** unlock_device_hotplug(), likewise. */
export function* unlockDevices(removal: MemoryRemoval): Step {
  if (removal.hasDeviceHotplugLock) yield* removal.deviceHotplugLock.release();
}

/**
 * memory_block_change_state() with online_pages() or offline_pages() inside.
 *
 * Lock order: the lock of mem->state (state_mutex until fa2be40fe7c0, v3.12), mem_hotplug_mutex.
 * The state is stored after mem_hotplug_mutex is given back.
 *
 * @returns whether the block was in the other state
 */
export function* setBlockState(
  removal: MemoryRemoval,
  block: HotplugBlock,
  to: number,
): Step<boolean> {
  yield* block.lock.acquire();
  try {
    return yield* changeBlockState(block, to, function* () {
      yield* lockMemoryHotplug(removal.hotplug);
      try {
        yield* setPagesOnline(block, to === State.online);
      } finally {
        yield* unlockMemoryHotplug(removal.hotplug);
      }
    });
  } finally {
    yield* block.lock.release();
  }
}

/**
 * acpi_memory_disable_device(), remove_memory() of v3.8: takes the blocks offline one by one, each
 * under locks of its own, and then removes them all.
 *
 * Lock order: (4f3549d72d1b: device_hotplug_lock), the block's lock, mem_hotplug_mutex; then
 * mem_hotplug_mutex alone.
 *
 * @returns 0, or -EBUSY where a block turns out to be online again
 */
export function* acpiMemoryDisableDevice(
  removal: MemoryRemoval,
  blocks: readonly HotplugBlock[],
): Step<number> {
  yield* lockDevices(removal);
  try {
    for (const block of blocks) yield* setBlockState(removal, block, State.offline);
    return yield* removeMemory(removal, blocks);
  } finally {
    yield* unlockDevices(removal);
  }
}

/**
 * The second half of remove_memory(): arch_remove_memory(). Lock order: mem_hotplug_mutex.
 */
function* removeMemory(removal: MemoryRemoval, blocks: readonly HotplugBlock[]): Step<number> {
  yield* lockMemoryHotplug(removal.hotplug);
  try {
    if (removal.checksBlocks) {
      // is_memblock_offlined_cb(): reads mem->state without the lock that guards it.
      for (const block of blocks) {
        if ((yield* block.state.read()) !== State.offline) return -EBUSY;
      }
    }
    for (const block of blocks) yield* block.memmap.retire();
    return 0;
  } finally {
    yield* unlockMemoryHotplug(removal.hotplug);
  }
}
