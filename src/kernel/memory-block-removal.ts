import type { Step } from '../program/index.ts';
import type { Device } from './device.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** How a release removes the devices of memory blocks. */
export interface BlockRemoval {
  /**
   * Under mem_hotplug_lock: up to v5.5, and again from v6.8 on (6b8f0798b85a); f1037ec0cc8a, in
   * between, moved it out.
   */
  readonly underMemHotplugLock: boolean;
  /** Whether the caller holds device_hotplug_lock, as all are bound to. */
  readonly underDeviceHotplugLock: boolean;
}

/**
 * remove_memory() of one block.
 *
 * Lock order: device_hotplug_lock, then either kn->active of the block's files (they are drained),
 * and after that cpu_hotplug_lock (read), mem_hotplug_lock; or these two first and the files under
 * them.
 *
 * @returns 0, or -EBUSY if the block is not offline
 */
export function* removeMemory(kernel: Kernel, block: Device, removal: BlockRemoval): Step<number> {
  if (!removal.underDeviceHotplugLock) return yield* tryRemoveMemory(kernel, block, removal);
  yield* lockDeviceHotplug(kernel);
  try {
    return yield* tryRemoveMemory(kernel, block, removal);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/** try_remove_memory(). Lock order: as in {@link removeMemory}. */
function* tryRemoveMemory(kernel: Kernel, block: Device, removal: BlockRemoval): Step<number> {
  // check_memblock_offlined_cb() looks at mem->state; dev->offline says the same at rest.
  if ((yield* block.offline.read()) === 0) return -EBUSY;
  if (!removal.underMemHotplugLock) yield* removeMemoryBlockDevices(block);
  yield* memHotplugBegin(kernel);
  try {
    if (removal.underMemHotplugLock) yield* removeMemoryBlockDevices(block);
    // arch_remove_memory(), try_offline_node(): the struct pages go; no agent here looks at them.
  } finally {
    yield* memHotplugDone(kernel);
  }
  return 0;
}

/**
 * remove_memory_block_devices(), device_del(): the device is marked dead, and its files go when
 * nobody is inside them any more. All releases.
 *
 * Lock order: device_lock, taken and released; kn->active of each file (write: the drain).
 */
function* removeMemoryBlockDevices(block: Device): Step {
  yield* block.lock.acquire();
  yield* block.lock.release();
  for (const file of block.files) yield* file.active.drain();
}
