import type { Step } from '../program/index.ts';
import { archAddMemory } from './arch-add-memory.ts';
import { deviceAdd } from './device-add.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOnline } from './device-online.ts';
import { EEXIST } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType } from './memory-state.ts';

/**
 * add_memory(), as drivers call it.
 *
 * Lock order: v4.20, v6.1: device_hotplug_lock, taken here (8df1d0e4a265), then as in {@link
 * addMemoryResource}; v3.19, v4.18: nothing here, and drivers hold no device_hotplug_lock.
 */
export function* addMemory(kernel: Kernel, block: MemoryBlock): Step<number> {
  if (!kernel.release.addMemoryTakesDeviceHotplugLock) {
    return yield* addMemoryWithResource(kernel, block);
  }
  yield* lockDeviceHotplug(kernel);
  try {
    return yield* addMemoryWithResource(kernel, block);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * __add_memory() of v4.20 and v6.1, for callers that hold device_hotplug_lock; the body of
 * add_memory() before.
 *
 * Lock order: resource_lock, taken and released; then as in {@link addMemoryResource}.
 *
 * @returns 0, or -EEXIST if the range is there already
 */
export function* addMemoryWithResource(kernel: Kernel, block: MemoryBlock): Step<number> {
  const registered = yield* registerMemoryResource(kernel, block);
  return registered === 0 ? yield* addMemoryResource(kernel, block) : registered;
}

/**
 * register_memory_resource(). All releases. Lock order: resource_lock, before mem_hotplug_lock and
 * never with it.
 */
function* registerMemoryResource(kernel: Kernel, block: MemoryBlock): Step<number> {
  yield* kernel.resourceLock.acquireWrite();
  try {
    if ((yield* block.resource.read()) !== 0) return -EEXIST;
    yield* block.resource.write(1);
    return 0;
  } finally {
    yield* kernel.resourceLock.releaseWrite();
  }
}

/**
 * add_memory_resource(): makes the memory known and publishes its block; onlines it where the
 * policy says so.
 *
 * Lock order: device_hotplug_lock is the caller's (a contract that only v4.20 and v6.1 keep
 * everywhere).
 * - v3.19: mem_hotplug_lock, mem_sysfs_mutex, device_lock of the new block
 * - v4.18: cpu_hotplug_lock (read) before that; auto-online under mem_hotplug_lock: device_lock
 * - v4.20: cpu_hotplug_lock (read), mem_hotplug_lock, mem_sysfs_mutex, device_lock; auto-online
 *   after all are released
 * - v6.1: the same without mem_sysfs_mutex, device_lock twice
 */
export function* addMemoryResource(kernel: Kernel, block: MemoryBlock): Step<number> {
  const { autoOnline } = kernel.configuration.autoOnline ? kernel.release : { autoOnline: 'never' };
  yield* memHotplugBegin(kernel);
  try {
    // __try_online_node(): the node is online since boot.
    yield* kernel.pgdat.online.load();
    yield* archAddMemory(kernel, block);
    if (!kernel.release.memSysfsMutexGuardsBlocks) {
      yield* createMemoryBlockDevices(kernel, block);
      yield* registerMemoryBlockUnderNodeHotplug(block);
    }
    // Whether it works is not asked: the block stays offline then.
    if (autoOnline === 'underMemHotplugLock') yield* deviceOnline(kernel, block);
  } finally {
    yield* memHotplugDone(kernel);
  }
  if (autoOnline === 'afterMemHotplugLock') yield* onlineMemoryBlock(kernel, block);
  return 0;
}

/**
 * create_memory_block_devices(). v6.1. Lock order: mem_hotplug_lock (the caller's), device_lock
 * (`deviceAdd`).
 */
function* createMemoryBlockDevices(kernel: Kernel, block: MemoryBlock): Step {
  yield* deviceAdd(kernel, block);
}

/**
 * register_memory_block_under_node_hotplug(): from here on the block has a node. v6.1.
 *
 * Lock order: under mem_hotplug_lock, without device_lock; the block has been visible for a while.
 */
function* registerMemoryBlockUnderNodeHotplug(block: MemoryBlock): Step {
  yield* block.nid.write(0);
}

/**
 * online_memory_block(): auto-online of v4.20 and v6.1. Lock order: device_hotplug_lock, then as in
 * `deviceOnline`.
 */
function* onlineMemoryBlock(kernel: Kernel, block: MemoryBlock): Step {
  // v6.1 also stores the policy's type; the default is what `unset` becomes in the older ones.
  if (kernel.release.stateStoreParsesFirst) yield* block.onlineType.write(OnlineType.keep);
  yield* deviceOnline(kernel, block);
}
