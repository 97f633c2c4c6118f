import type { Step } from '../program/index.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOffline, deviceOnline } from './device-online.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType } from './memory-state.ts';
import { tryRemoveMemory } from './remove-memory.ts';
import { checkRule } from './rules.ts';
import { blocksOf, walkMemoryBlocks, type MemoryRange } from './walk-memory-blocks.ts';
import { ZoneIndex } from './zone.ts';

/**
 * offline_and_remove_memory(). v6.1, v6.8 (v5.8). Where something fails, what was taken offline is
 * brought online again, in the zone that it was in. For a range that is not made of whole blocks
 * see `offlineAndRemoveMemoryAt`; memory running out (-ENOMEM) is not in the model.
 *
 * Lock order: device_hotplug_lock, around everything; then block by block as in `deviceOffline`,
 * and as in `tryRemoveMemory`.
 *
 * @returns 0, the error of the block that did not go offline, or -EBUSY
 */
export function* offlineAndRemoveMemory(kernel: Kernel, range: MemoryRange): Step<number> {
  const onlineTypes = blocksOf(range).map((): number => OnlineType.unset);
  yield* lockDeviceHotplug(kernel);
  try {
    let result = yield* walkMemoryBlocks(kernel, range, function* (block, index) {
      const { offlined, type } = yield* tryOfflineMemoryBlock(kernel, block);
      if (offlined === 0) onlineTypes[index] = type;
      return Math.min(offlined, 0);
    });
    if (result === 0) result = yield* tryRemoveMemory(kernel, range);
    if (result !== 0) {
      yield* walkMemoryBlocks(kernel, range, (block, index) =>
        tryReonlineMemoryBlock(kernel, block, onlineTypes[index]!),
      );
    }
    return result;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * try_offline_memory_block(): the zone is remembered as the type that leads back to it. Lock order:
 * device_hotplug_lock (the caller's), as in `deviceOffline`; mem->zone is read without device_lock.
 */
function* tryOfflineMemoryBlock(
  kernel: Kernel,
  block: MemoryBlock,
): Step<{ offlined: number; type: number }> {
  const movable = (yield* block.zone.read()) === ZoneIndex.movable;
  const type = movable ? OnlineType.movable : OnlineType.kernel;
  return { offlined: yield* deviceOffline(kernel, block), type };
}

/** try_reonline_memory_block(). Lock order: as in {@link tryOfflineMemoryBlock}. */
function* tryReonlineMemoryBlock(kernel: Kernel, block: MemoryBlock, type: number): Step<number> {
  if (type === OnlineType.unset) return 0;
  yield* checkRule(kernel, 'online-type-under-device-hotplug-lock', block);
  yield* block.onlineType.write(type);
  yield* deviceOnline(kernel, block);
  return 0;
}
