import { check, type Step } from '../program/index.ts';
import { addMemory } from './add-memory.ts';
import { E2BIG, EEXIST, EINVAL, ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { registerMemoryResource, releaseMemoryResource } from './memory-resource.ts';
import { offlineAndRemoveMemory } from './offline-and-remove-memory.ts';
import { removeMemory } from './remove-memory.ts';
import { bootBlockCount } from './zone.ts';

/** 128 MiB: what `block_size_bytes` says. */
export const blockBytes = 0x8000000n;

/** Physical addresses have 46 bits. */
const addressEnd = 1n << 46n;

/** Physical memory as callers outside of the model name it. */
export interface AddressRange {
  readonly start: bigint;
  readonly bytes: bigint;
}

/**
 * add_memory() by address: what becomes of a range that is not made of whole blocks that are free.
 * All releases. What is found wrong is answered before device_hotplug_lock is taken; the kernel
 * takes it first.
 *
 * Lock order: resource_lock; as in `addMemory`.
 *
 * @param add - addMemory(), or __add_memory() for callers that hold device_hotplug_lock
 * @returns -E2BIG beyond 46 bits, and in v6.1 and later for no bytes at all (mhp_range_allowed());
 * -EEXIST where a part is there already; -EINVAL for a part of a block; -ENOMEM for a block that
 * the model has no room for; else what `add` answers
 */
export function* addMemoryAt(
  kernel: Kernel,
  range: AddressRange,
  add: typeof addMemory = addMemory,
): Step<number> {
  const { start, bytes } = range;
  if (start + bytes > addressEnd) return -E2BIG;
  if (bytes === 0n) return kernel.release.hasMemoryGroups ? -E2BIG : -EINVAL;
  if (start < BigInt(bootBlockCount) * blockBytes) return -EEXIST;
  const blocks = blocksIn(kernel, range);
  if (!isAligned(range)) {
    // register_memory_resource() comes before check_hotplug_memory_range().
    const registered = yield* registerMemoryResource(kernel, blocks);
    if (registered === 0) yield* releaseMemoryResource(kernel, blocks);
    return registered === 0 ? -EINVAL : registered;
  }
  if (BigInt(blocks.length) * blockBytes !== bytes) return -ENOMEM;
  return yield* add(kernel, blocks);
}

/**
 * remove_memory() by address: a range that is not made of whole blocks is a BUG. All releases. Lock
 * order: as in `removeMemory`.
 */
export function* removeMemoryAt(kernel: Kernel, range: AddressRange): Step<number> {
  check(isAligned(range), 'kernel BUG: memory is removed that is not made of whole blocks');
  return yield* removeMemory(kernel, blocksIn(kernel, range));
}

/**
 * offline_and_remove_memory() by address. v6.1, v6.8. Lock order: as in `offlineAndRemoveMemory`.
 *
 * @returns -EINVAL for a range that is not made of whole blocks
 */
export function* offlineAndRemoveMemoryAt(kernel: Kernel, range: AddressRange): Step<number> {
  if (!isAligned(range)) return -EINVAL;
  return yield* offlineAndRemoveMemory(kernel, blocksIn(kernel, range));
}

function isAligned({ start, bytes }: AddressRange): boolean {
  return bytes !== 0n && start % blockBytes === 0n && bytes % blockBytes === 0n;
}

/** The blocks, of those that the model has, that the range touches. */
function blocksIn(kernel: Kernel, { start, bytes }: AddressRange): readonly MemoryBlock[] {
  const first = start / blockBytes;
  const end = (start + bytes + blockBytes - 1n) / blockBytes;
  return kernel.memoryBlocks.filter(
    ({ number }) => BigInt(number) >= first && BigInt(number) < end,
  );
}
