import type { Step } from '../program/index.ts';
import { lockDeviceHotplugSysfs, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOffline, deviceOnline } from './device-online.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType } from './memory-state.ts';
import { checkRule } from './rules.ts';
import { storeMemState } from './store-mem-state.ts';
import { sysfsText } from './sysfs.ts';

/** The words of `state`: mem->online_type for those that bring the block online. */
const onlineTypes: ReadonlyMap<string, number> = new Map([
  ['online', OnlineType.keep],
  ['online_kernel', OnlineType.kernel],
  ['online_movable', OnlineType.movable],
]);

const offlineWord = 'offline';

/**
 * The store of a block's `state` (state_store() in drivers/base/memory.c; store_mem_state() in
 * v3.19).
 *
 * Lock order: device_hotplug_lock (by try), then
 * - v3.19: device_lock, mem_hotplug_lock (in online_pages()); without fa2be40fe7c0 (v3.12)
 *   state_mutex in place of device_lock
 * - v4.18: cpu_hotplug_lock (read), mem_hotplug_lock, both taken here (30467e0b3be8), then
 *   device_lock
 * - v4.20: device_lock, cpu_hotplug_lock (read), mem_hotplug_lock (in online_pages())
 * - v6.1: the same, in memory_block_online()
 *
 * @returns the bytes taken; -EINVAL for an unknown word, and where the block is in that state
 * already (v3.19: 1, as if one byte were taken, so that who writes the rest has -EINVAL for that;
 * Reza Arbab 2016, "memory-hotplug: fix store_mem_state() return value")
 */
export function* stateStore(kernel: Kernel, block: MemoryBlock, input: string): Step<number> {
  const text = sysfsText(input);
  const known = onlineTypes.has(text) || text === offlineWord;
  if (kernel.release.stateStoreParsesFirst && !known) return -EINVAL;
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    if (!known) return -EINVAL;
    const result = yield* changeState(kernel, block, text);
    if (result <= 0) return result < 0 ? result : input.length;
    return kernel.release.stateStoreRefusesNoChange ? -EINVAL : result;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * The part of state_store() that v4.18 has under mem_hotplug_lock. Lock order: as in {@link
 * stateStore}.
 */
function* changeState(kernel: Kernel, block: MemoryBlock, text: string): Step<number> {
  if (!kernel.release.stateStoreTakesMemHotplugLock) return yield* setState(kernel, block, text);
  yield* memHotplugBegin(kernel);
  try {
    return yield* setState(kernel, block, text);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * The switch in state_store(): the type is stored before device_lock is taken, whatever comes of
 * it.
 */
function* setState(kernel: Kernel, block: MemoryBlock, text: string): Step<number> {
  const type = onlineTypes.get(text);
  const { stateMutex } = block;
  if (stateMutex !== undefined) return yield* storeMemState(kernel, block, stateMutex, type);
  if (type === undefined) return yield* deviceOffline(kernel, block);
  yield* checkRule(kernel, 'online-type-under-device-hotplug-lock', block);
  yield* block.onlineType.write(type);
  const result = yield* deviceOnline(kernel, block);
  if (result > 0 && kernel.release.forgetsRefusedType) {
    yield* block.onlineType.write(OnlineType.unset);
  }
  return result;
}
