import type { Mutex, Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { walkMemoryBlocks } from './walk-memory-blocks.ts';

/** physical_node_lock of the ACPI device that a range of blocks belongs to: its first block's. */
export function physicalNodeLockOf(blocks: readonly MemoryBlock[]): Mutex {
  return blocks[0]!.physicalNodeLock;
}

/**
 * acpi_bind_memory_blocks(), acpi_bind_one(): the device's list of what it consists of. All
 * releases.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, physical_node_lock.
 */
export function* acpiBindMemoryBlocks(kernel: Kernel, blocks: readonly MemoryBlock[]): Step {
  yield* setBound(kernel, blocks, 1);
}

/** acpi_unbind_memory_blocks(). All releases. Lock order: as in {@link acpiBindMemoryBlocks}. */
export function* acpiUnbindMemoryBlocks(kernel: Kernel, blocks: readonly MemoryBlock[]): Step {
  yield* setBound(kernel, blocks, 0);
}

function* setBound(kernel: Kernel, blocks: readonly MemoryBlock[], bound: number): Step {
  const lock = physicalNodeLockOf(blocks);
  yield* walkMemoryBlocks(kernel, blocks, function* (block) {
    yield* lock.acquire();
    try {
      yield* block.acpiBound.write(bound);
    } finally {
      yield* lock.release();
    }
    return 0;
  });
}
