import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { getDevice, putDevice } from './memory-block-struct.ts';

/** A range of memory: the blocks that it consists of, lowest first. */
export type MemoryRange = MemoryBlock | readonly MemoryBlock[];

/** The blocks of a range. */
export function blocksOf(range: MemoryRange): readonly MemoryBlock[] {
  return 'number' in range ? [range] : range;
}

/** Blocks as a firmware lists them, by ranges of addresses: neighbours are one range. */
export function adjacentRanges(
  blocks: readonly MemoryBlock[],
): readonly (readonly MemoryBlock[])[] {
  const ranges: MemoryBlock[][] = [];
  for (const block of blocks) {
    const last = ranges.at(-1);
    if (last?.at(-1)?.number === block.number - 1) last.push(block);
    else ranges.push([block]);
  }
  return ranges;
}

/**
 * find_memory_block(): whether the block can be found, and a reference to its device if so. v3.19
 * to v4.20: in the list of the bus; later in `memory_blocks`.
 *
 * Takes no lock of the model: device_hotplug_lock keeps the block from going away meanwhile.
 */
export function* findMemoryBlock(kernel: Kernel, block: MemoryBlock): Step<boolean> {
  const listed = kernel.release.memoryBlocksAreIndexed ? block.indexed : block.onBus;
  if ((yield* listed.load()) === 0) return false;
  yield* getDevice(block);
  return true;
}

/** put_device() for a reference of {@link findMemoryBlock}. All releases. */
export function* putMemoryBlock(block: MemoryBlock): Step {
  yield* putDevice(block);
}

/**
 * walk_memory_blocks() (walk_memory_range() before v5.x): calls `visit` for each block of the range
 * that has a device, until one answers something else than 0. All releases.
 *
 * Lock order: device_hotplug_lock (the caller's), then what `visit` takes.
 */
export function* walkMemoryBlocks(
  kernel: Kernel,
  range: MemoryRange,
  visit: (block: MemoryBlock, index: number) => Step<number>,
): Step<number> {
  for (const [index, block] of blocksOf(range).entries()) {
    if (!(yield* findMemoryBlock(kernel, block))) continue;
    let result: number;
    try {
      result = yield* visit(block, index);
    } finally {
      yield* putMemoryBlock(block);
    }
    if (result !== 0) return result;
  }
  return 0;
}
