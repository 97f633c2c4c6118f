import type { Step } from '../program/index.ts';
import { archAddMemory } from './arch-add-memory.ts';
import { autoOnlineType } from './auto-online-blocks.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOnline } from './device-online.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { createMemoryBlockDevices } from './memory-block-devices.ts';
import { registerMemoryResource } from './memory-resource.ts';
import { OnlineType } from './memory-state.ts';
import { checkRule } from './rules.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';

/**
 * add_memory(), as drivers call it.
 *
 * Lock order: v4.20, v6.1, v6.8: device_hotplug_lock, taken here (8df1d0e4a265), then as in {@link
 * addMemoryResource}; v3.19, v4.18: nothing here, and drivers hold no device_hotplug_lock.
 */
export function* addMemory(kernel: Kernel, range: MemoryRange): Step<number> {
  if (!kernel.release.addMemoryTakesDeviceHotplugLock) {
    return yield* addMemoryWithResource(kernel, range);
  }
  yield* lockDeviceHotplug(kernel);
  try {
    return yield* addMemoryWithResource(kernel, range);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * __add_memory() of v4.20 and later, for callers that hold device_hotplug_lock; the body of
 * add_memory() before.
 *
 * Lock order: resource_lock, taken and released; then as in {@link addMemoryResource}.
 *
 * @returns 0, or -EEXIST if the range is there already
 */
export function* addMemoryWithResource(kernel: Kernel, range: MemoryRange): Step<number> {
  const registered = yield* registerMemoryResource(kernel, range);
  return registered === 0 ? yield* addMemoryResource(kernel, range) : registered;
}

/**
 * add_memory_driver_managed(). v6.1, v6.8 (v5.8). Lock order: as in {@link addMemory}.
 *
 * @param name - of the resource, which has to read as `System RAM (driver)`
 * @returns 0, -EINVAL for another name, or what add_memory() answers
 */
export function* addMemoryDriverManaged(
  kernel: Kernel,
  range: MemoryRange,
  name: string,
): Step<number> {
  if (!/^System RAM \(.+\)$/.test(name)) return -EINVAL;
  return yield* addMemory(kernel, range);
}

/**
 * add_memory_resource(): makes the memory known and publishes its block; onlines it where the
 * policy says so.
 *
 * Lock order: device_hotplug_lock is the caller's (a contract that only v4.20 and later keep
 * everywhere).
 * - v3.19: mem_hotplug_lock, mem_sysfs_mutex, device_lock of the new block
 * - v4.18: cpu_hotplug_lock (read) before that; auto-online under mem_hotplug_lock: device_lock
 * - v4.20: cpu_hotplug_lock (read), mem_hotplug_lock, mem_sysfs_mutex, device_lock; auto-online
 *   after all are released
 * - v6.1, v6.8: the same without mem_sysfs_mutex, device_lock twice
 */
export function* addMemoryResource(kernel: Kernel, range: MemoryRange): Step<number> {
  yield* checkRule(kernel, 'added-under-device-hotplug-lock');
  const { release } = kernel;
  const blocks = blocksOf(range);
  yield* checkAdding(kernel, blocks, 1);
  yield* memHotplugBegin(kernel);
  try {
    for (const block of blocks) yield* tryOnlineAddedNode(kernel, block);
    for (const block of blocks) yield* archAddMemory(kernel, block);
    if (!release.memSysfsMutexGuardsBlocks) yield* createMemoryBlockDevices(kernel, blocks);
    for (const block of blocks) yield* registerUnderNode(kernel, block);
    yield* checkAdding(kernel, blocks, 0);
    // Whether it works is not asked: the block stays offline then.
    if (release.autoOnline === 'underMemHotplugLock') yield* autoOnline(kernel, blocks);
  } finally {
    yield* memHotplugDone(kernel);
  }
  if (release.autoOnline === 'afterMemHotplugLock') yield* autoOnline(kernel, blocks);
  return 0;
}

/** For the rule `reachable-when-added` only: from when to when the blocks are being added. */
function* checkAdding(kernel: Kernel, blocks: readonly MemoryBlock[], adding: number): Step {
  if (!kernel.configuration.rules.includes('reachable-when-added')) return;
  for (const block of blocks) yield* block.adding.store(adding);
}

/**
 * __try_online_node(): the node of the new memory is there before the memory. All releases. That
 * the node's structures cannot be allocated is not in the model.
 *
 * Lock order: under mem_hotplug_lock.
 */
function* tryOnlineAddedNode(kernel: Kernel, block: MemoryBlock): Step {
  const { online } = kernel.pgdats[block.physicalNid]!;
  if ((yield* online.load()) === 0) yield* online.store(1);
}

/**
 * register_memory_block_under_node_hotplug() (link_mem_sections() before v5.x): from here on the
 * block has a node. v4.18 and later; in v3.19 the block has none.
 *
 * Lock order: under mem_hotplug_lock, without device_lock; the block has been visible for a while.
 */
function* registerUnderNode(kernel: Kernel, block: MemoryBlock): Step {
  if (kernel.release.rangeJoinsZoneOnAdd) return;
  yield* block.nid.write(block.physicalNid);
}

/**
 * online_memory_block() for each block, where the policy says so. v4.18: under mem_hotplug_lock;
 * v4.20 and later: after it was released.
 *
 * Lock order: device_hotplug_lock (the caller's), then as in `deviceOnline`.
 */
function* autoOnline(kernel: Kernel, blocks: readonly MemoryBlock[]): Step {
  const type = yield* autoOnlineType(kernel);
  if (type === OnlineType.unset) return;
  for (const block of blocks) {
    if (kernel.release.autoOnlineKnowsZones) {
      yield* checkRule(kernel, 'online-type-under-device-hotplug-lock', block);
      yield* block.onlineType.write(type);
    }
    yield* deviceOnline(kernel, block);
  }
}
