import type { Step } from '../program/index.ts';
import { EEXIST } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';

/**
 * register_memory_resource(): the range appears in /proc/iomem, as a whole or not at all. All
 * releases. Lock order: resource_lock (write), before mem_hotplug_lock and never with it.
 *
 * @returns 0, or -EEXIST if a part of the range is there already
 */
export function* registerMemoryResource(kernel: Kernel, range: MemoryRange): Step<number> {
  const blocks = blocksOf(range);
  yield* kernel.resourceLock.acquireWrite();
  try {
    for (const block of blocks) if ((yield* block.resource.read()) !== 0) return -EEXIST;
    for (const block of blocks) yield* block.resource.write(1);
    return 0;
  } finally {
    yield* kernel.resourceLock.releaseWrite();
  }
}

/**
 * release_memory_resource(), release_mem_region_adjustable(). All releases. Lock order:
 * resource_lock (write); on removal under mem_hotplug_lock.
 */
export function* releaseMemoryResource(kernel: Kernel, range: MemoryRange): Step {
  yield* kernel.resourceLock.acquireWrite();
  try {
    for (const block of blocksOf(range)) yield* block.resource.write(0);
  } finally {
    yield* kernel.resourceLock.releaseWrite();
  }
}
