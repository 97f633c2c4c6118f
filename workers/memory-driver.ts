import type { AgentFunction } from '../src/program/index.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { offlineAndRemoveMemory } from '../src/kernel/offline-and-remove-memory.ts';

/**
 * A driver that gives memory to the kernel and takes it back, as virtio-mem does; from v5.8 on,
 * when offline_and_remove_memory() came.
 *
 * @returns what offline_and_remove_memory() answered, or add_memory() where it failed
 */
export function memoryDriver(options: {
  readonly blocks: readonly number[];
}): AgentFunction<Kernel> {
  return function* (kernel) {
    const blocks = options.blocks.map((number) => memoryBlock(kernel, number));
    const added = yield* addMemory(kernel, blocks);
    return added < 0 ? added : yield* offlineAndRemoveMemory(kernel, blocks);
  };
}
