import { check, type Step } from '../program/index.ts';
import { archRemoveMemory } from './arch-remove-memory.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { removeMemoryBlockDevices } from './memory-block-devices.ts';
import { releaseMemoryResource } from './memory-resource.ts';
import { State } from './memory-state.ts';
import { checkRule } from './rules.ts';
import { tryOfflineNode } from './try-offline-node.ts';
import { blocksOf, walkMemoryBlocks, type MemoryRange } from './walk-memory-blocks.ts';

/**
 * remove_memory(), as drivers call it.
 *
 * Lock order: v4.20, v6.1, v6.8: device_hotplug_lock, taken here (d15e59260f62), then as in {@link
 * tryRemoveMemory}; v3.19, v4.18: nothing here, although callers were asked to hold it.
 *
 * @returns 0, or in v6.1 and later -EBUSY if a block is not offline; older releases stop there
 */
export function* removeMemory(kernel: Kernel, range: MemoryRange): Step<number> {
  if (!kernel.release.removeMemoryTakesDeviceHotplugLock) {
    return yield* removeMemoryLocked(kernel, range);
  }
  yield* lockDeviceHotplug(kernel);
  try {
    return yield* removeMemoryLocked(kernel, range);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * The body of remove_memory(): v6.1 and later pass on what try_remove_memory() answers. Lock order:
 * as in {@link tryRemoveMemory}.
 */
function* removeMemoryLocked(kernel: Kernel, range: MemoryRange): Step<number> {
  if (kernel.release.removeMemoryCanFail) return yield* tryRemoveMemory(kernel, range);
  yield* removeMemoryOrBug(kernel, range);
  return 0;
}

/**
 * __remove_memory(), for callers that hold device_hotplug_lock and have seen to it that all blocks
 * are offline. All releases (in v3.19 and v4.18 the only one). Lock order: as in {@link
 * tryRemoveMemory}.
 */
export function* removeMemoryOrBug(kernel: Kernel, range: MemoryRange): Step {
  const result = yield* tryRemoveMemory(kernel, range);
  check(result === 0, 'kernel BUG: memory is removed that is not offline');
}

/**
 * try_remove_memory() (the body of remove_memory() before v5.3).
 *
 * Lock order: device_hotplug_lock (the caller's);
 * - v3.19, v4.18, v4.20: cpu_hotplug_lock (read; not v3.19), mem_hotplug_lock, all below it, the
 *   removal of block devices too
 * - v6.1 (f1037ec0cc8a): block devices are removed first, then cpu_hotplug_lock (read),
 *   mem_hotplug_lock for the rest
 * - v6.8 (6b8f0798b85a): as before f1037ec0cc8a, except that blocks are checked outside
 *
 * 6677e3eaf4d7: without it nobody looks whether the blocks are offline.
 *
 * @returns 0, also for a range that is not there (from v6.1 on after a warning); -EBUSY if a block
 * is not offline
 */
export function* tryRemoveMemory(kernel: Kernel, range: MemoryRange): Step<number> {
  yield* checkRule(kernel, 'added-under-device-hotplug-lock');
  const checks = kernel.release.has('6677e3eaf4d7');
  const checksOutside = kernel.release.removeMemoryCanFail;
  if (checks && checksOutside) {
    const result = yield* walkMemoryBlocks(kernel, range, checkMemblockOfflined);
    if (result !== 0) return result;
  }
  if (!kernel.release.removesBlocksUnderMemHotplugLock) {
    yield* removeMemoryBlockDevices(kernel, range);
  }
  yield* memHotplugBegin(kernel);
  try {
    if (checks && !checksOutside) {
      const result = yield* walkMemoryBlocks(kernel, range, checkMemblockOfflined);
      if (result !== 0) return result;
    }
    if (checksOutside && kernel.release.removesBlocksUnderMemHotplugLock) {
      yield* removeMemoryBlockDevices(kernel, range);
    }
    for (const block of blocksOf(range)) {
      // Of memory that is not there nothing is left to remove.
      if ((yield* block.presentSections.load()) === 0) continue;
      yield* archRemoveMemory(kernel, block);
      yield* releaseMemoryResource(kernel, block);
    }
    for (const nid of new Set(blocksOf(range).map((block) => block.physicalNid))) {
      yield* tryOfflineNode(kernel, nid);
    }
  } finally {
    yield* memHotplugDone(kernel);
  }
  return 0;
}

/** check_memblock_offlined_cb(). All releases. Takes no lock. */
function* checkMemblockOfflined(block: MemoryBlock): Step<number> {
  return (yield* block.state.read()) === State.offline ? 0 : -EBUSY;
}
