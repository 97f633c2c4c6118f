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
 * What register_memory_resource() refuses comes before check_hotplug_memory_range(), in v3.19 after
 * it: request_resource() takes a range of no bytes, or one that ends beyond iomem_resource, which
 * has as many bits as addresses, for a conflict.
 *
 * @returns -EINVAL for a part of a block; -EEXIST where a part is there already, and before v5.1
 * beyond 46 bits and (v4.18, v4.20) for no bytes at all, for which v6.1 and later answer -E2BIG
 * (mhp_range_allowed()); -ENOMEM for a block that the model has no room for; else what `add`
 * answers
 */
export function* addMemoryAt(
  kernel: Kernel,
  range: AddressRange,
  add: typeof addMemory = addMemory,
): Step<number> {
  const { start, bytes } = range;
  const { rangeIsCheckedFirst, unaddressableIsTooBig } = kernel.release;
  if (rangeIsCheckedFirst && !isAligned(range)) return -EINVAL;
  if (bytes === 0n || start + bytes > addressEnd) return unaddressableIsTooBig ? -E2BIG : -EEXIST;
  if (start < BigInt(bootBlockCount) * blockBytes) return -EEXIST;
  const blocks = blocksIn(kernel, range);
  if (!isAligned(range)) {
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
