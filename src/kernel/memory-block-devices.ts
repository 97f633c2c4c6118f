import type { Step } from '../program/index.ts';
import { deviceAdd } from './device-add.ts';
import { deviceDel } from './device-del.ts';
import { ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { initialiseDevice, putDevice } from './memory-block-struct.ts';
import { joinMemoryGroup, leaveMemoryGroup } from './memory-group.ts';
import { nidOfNewBlock, type MemoryBlock } from './memory-block.ts';
import { OnlineType, State } from './memory-state.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';
import { ZoneIndex } from './zone.ts';

/**
 * create_memory_block_devices(). v6.1, v6.8. Lock order: mem_hotplug_lock (the caller's),
 * device_lock (`deviceAdd`). Where a device cannot be made, which the configuration's
 * `failingBlock` says, those made before go again: lock order as in `deviceDel`.
 *
 * @returns 0 or -ENOMEM
 */
export function* createMemoryBlockDevices(
  kernel: Kernel,
  range: MemoryRange,
  group: number,
): Step<number> {
  const made: MemoryBlock[] = [];
  for (const block of blocksOf(range)) {
    if (block.number === kernel.configuration.failingBlock) {
      for (const earlier of made) yield* unregisterMemory(kernel, earlier);
      return -ENOMEM;
    }
    yield* joinMemoryGroup(kernel, block, group);
    yield* addMemoryBlock(kernel, block);
    // xa_store()
    yield* block.indexed.store(1);
    made.push(block);
  }
  return 0;
}

/**
 * add_memory_block() (init_memory_block() before v5.x): a block that is offline, known to nobody
 * yet, and then published. All releases. Lock order: as in `deviceAdd`.
 */
export function* addMemoryBlock(kernel: Kernel, block: MemoryBlock): Step {
  yield* initialiseDevice(block);
  yield* block.state.write(State.offline);
  yield* block.onlineType.write(OnlineType.unset);
  yield* block.nid.write(nidOfNewBlock(kernel.release));
  yield* block.zone.write(ZoneIndex.none);
  yield* block.offline.write(1);
  yield* block.dead.write(0);
  yield* block.poisonedPages.store(0);
  yield* deviceAdd(kernel, block);
}

/**
 * remove_memory_block_devices(). v6.1, v6.8. Lock order: device_hotplug_lock (the caller's; in v6.8
 * mem_hotplug_lock too), as in `deviceDel`. A block that is not there is worth a warning.
 */
export function* removeMemoryBlockDevices(kernel: Kernel, range: MemoryRange): Step {
  for (const block of blocksOf(range)) {
    if ((yield* block.indexed.load()) !== 0) yield* unregisterMemory(kernel, block);
    else yield* kernel.warnings.add(1);
  }
}

/**
 * unregister_memory(): the block cannot be found any more, and then its device goes, and its struct
 * with the last reference. All releases.
 * Lock order: as in `deviceDel`.
 */
export function* unregisterMemory(kernel: Kernel, block: MemoryBlock): Step {
  yield* block.indexed.store(0);
  yield* deviceDel(kernel, block);
  yield* leaveMemoryGroup(kernel, block);
  yield* putDevice(block);
}
