import { check, type Step } from '../program/index.ts';
import { archAddMemory } from './arch-add-memory.ts';
import { archRemoveMemory } from './arch-remove-memory.ts';
import { autoOnlineType } from './auto-online-blocks.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOnline } from './device-online.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { createMemoryBlockDevices } from './memory-block-devices.ts';
import { memoryGroupFindById, noGroup } from './memory-group.ts';
import { registerMemoryResource, releaseMemoryResource } from './memory-resource.ts';
import { OnlineType } from './memory-state.ts';
import type { Pgdat } from './pgdat.ts';
import { checkRule } from './rules.ts';
import { makeNode, registerOneNode } from './try-online-node.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';

/** What a caller of add_memory() asks for (mhp_flags), as far as it changes what happens. */
export interface AddOptions {
  /** MHP_NID_IS_MGID: id of the memory group that the blocks join; default none. v6.1 on. */
  readonly group?: number;
}

/**
 * add_memory(), as drivers call it.
 *
 * Lock order: v4.20, v6.1, v6.8: device_hotplug_lock, taken here (8df1d0e4a265), then as in {@link
 * addMemoryResource}; v3.19, v4.18: nothing here, and drivers hold no device_hotplug_lock.
 */
export function* addMemory(
  kernel: Kernel,
  range: MemoryRange,
  options: AddOptions = {},
): Step<number> {
  if (!kernel.release.addMemoryTakesDeviceHotplugLock) {
    return yield* addMemoryWithResource(kernel, range, options);
  }
  yield* lockDeviceHotplug(kernel);
  try {
    return yield* addMemoryWithResource(kernel, range, options);
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
 * @returns 0, -EEXIST if the range is there already, or what {@link addMemoryResource} answers
 */
export function* addMemoryWithResource(
  kernel: Kernel,
  range: MemoryRange,
  options: AddOptions = {},
): Step<number> {
  const registered = yield* registerMemoryResource(kernel, range);
  if (registered !== 0) return registered;
  const result = yield* addMemoryResource(kernel, range, options);
  const released = kernel.release.failedAddReleasesResourceFirst;
  if (result !== 0 && !released) yield* releaseMemoryResource(kernel, range);
  return result;
}

/**
 * add_memory_driver_managed(). v6.1, v6.8 (v5.8). Lock order: as in {@link addMemory}. That the
 * resource is merged with its neighbours, and is not in the firmware's map, is not in the model.
 *
 * @param name - of the resource, which has to read as `System RAM (driver)`
 * @returns 0, -EINVAL for another name, or what add_memory() answers
 */
export function* addMemoryDriverManaged(
  kernel: Kernel,
  range: MemoryRange,
  name: string,
  options: AddOptions = {},
): Step<number> {
  if (!name.startsWith('System RAM (') || !name.endsWith(')')) return -EINVAL;
  return yield* addMemory(kernel, range, options);
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
 *
 * Where something cannot be made, all that was done is undone in v6.1 and v6.8. Older releases give
 * back the node's data and the resource (v3.19: before mem_hotplug_lock), and leave struct pages,
 * zone spans and block devices behind: added again, such memory is taken for added, with the
 * devices that it has. What must not fail is a BUG: see `registerOneNode` and {@link
 * registerUnderNode}. (That v3.19 frees the data of a node whose zones have grown is not in the
 * model.)
 *
 * @returns 0, -EINVAL for a memory group that is not there, or -ENOMEM
 */
export function* addMemoryResource(
  kernel: Kernel,
  range: MemoryRange,
  { group = noGroup }: AddOptions = {},
): Step<number> {
  yield* checkRule(kernel, 'added-under-device-hotplug-lock');
  const { release } = kernel;
  const blocks = blocksOf(range);
  if (group !== noGroup && (yield* memoryGroupFindById(kernel, group)) === undefined) {
    return -EINVAL;
  }
  yield* checkAdding(kernel, blocks, 1);
  yield* memHotplugBegin(kernel);
  try {
    const result = yield* addBlocks(kernel, blocks, group);
    yield* checkAdding(kernel, blocks, 0);
    if (result !== 0) {
      if (release.failedAddReleasesResourceFirst) yield* releaseMemoryResource(kernel, blocks);
      return result;
    }
    // Whether it works is not asked: the block stays offline then.
    if (release.autoOnline === 'underMemHotplugLock') yield* autoOnline(kernel, blocks);
  } finally {
    yield* memHotplugDone(kernel);
  }
  if (release.autoOnline === 'afterMemHotplugLock') yield* autoOnline(kernel, blocks);
  return 0;
}

/** The part of add_memory_resource() that can fail. Lock order: under mem_hotplug_lock. */
function* addBlocks(kernel: Kernel, blocks: readonly MemoryBlock[], group: number): Step<number> {
  const newNodes = new Set<Pgdat>();
  for (const block of blocks) {
    const pgdat = kernel.pgdats[block.physicalNid]!;
    if (newNodes.has(pgdat) || (yield* pgdat.online.load()) !== 0) continue;
    const result = yield* makeNode(kernel);
    if (result !== 0) return result;
    newNodes.add(pgdat);
  }
  for (const block of blocks) {
    const result = yield* archAddMemory(kernel, block);
    if (result !== 0) return result;
  }
  if (!kernel.release.memSysfsMutexGuardsBlocks) {
    const result = yield* createMemoryBlockDevices(kernel, blocks, group);
    if (result !== 0) {
      yield* undoArchAddMemory(kernel, blocks);
      return result;
    }
  }
  // node_set_online(), once the blocks can be seen
  for (const { online } of newNodes) {
    yield* online.store(1);
    registerOneNode(kernel);
  }
  for (const block of blocks) yield* registerUnderNode(kernel, block);
  return 0;
}

/**
 * arch_remove_memory() of a failed add_memory_resource(). v6.1, v6.8; without f42ce5f087eb struct
 * pages that lie in the new memory itself are given to the page allocator, as if they were its own.
 */
function* undoArchAddMemory(kernel: Kernel, blocks: readonly MemoryBlock[]): Step {
  const ownPages = !kernel.configuration.memmapOnMemory || kernel.release.has('f42ce5f087eb');
  check(ownPages, 'struct pages that lie in memory that is removed are freed to the allocator');
  for (const block of blocks) yield* archRemoveMemory(kernel, block);
}

/** For the rule `reachable-when-added` only: from when to when the blocks are being added. */
function* checkAdding(kernel: Kernel, blocks: readonly MemoryBlock[], adding: number): Step {
  if (!kernel.configuration.rules.includes('reachable-when-added')) return;
  for (const block of blocks) yield* block.adding.store(adding);
}

/**
 * register_memory_block_under_node_hotplug() (link_mem_sections() before v5.x): from here on the
 * block has a node. v4.18 and later; in v3.19 the block has none. Where there is no link: v4.18,
 * v4.20 a BUG_ON(); v6.1, v6.8 the block does without.
 *
 * Lock order: under mem_hotplug_lock, without device_lock; the block has been visible for a while.
 */
function* registerUnderNode(kernel: Kernel, block: MemoryBlock): Step {
  if (kernel.release.rangeJoinsZoneOnAdd) return;
  yield* block.nid.write(block.physicalNid);
  const fails = kernel.configuration.failingAdd === 'node-link';
  check(
    !fails || kernel.release.failedNodeLink !== 'bug',
    'kernel BUG: a block of memory that is added cannot be linked to its node',
  );
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
