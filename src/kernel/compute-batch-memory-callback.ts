import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { memoryEventName } from './memory-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';
import { usablePages } from './memmap-on-memory.ts';

/**
 * mm_compute_batch_notifier() (mm/mm_init.c): how far a CPU's count of committed memory may be off
 * follows the size of memory. All releases; the kernel divides by the number of CPUs and sets a
 * floor, the model counts pages that came and went.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), nothing else.
 */
export function makeComputeBatchCallback({ arena, memoryChain, kernelOf }: CallbackSite): void {
  const batch = arena.word('vm_committed_as_batch');
  makeNotifierBlock(arena, memoryChain, {
    name: 'compute-batch',
    priority: CallbackPriority.computeBatch,
    registered: true,
    *call(_self, action) {
      const kernel = kernelOf();
      const event = memoryEventName(kernel, action);
      if (event === 'online') yield* batch.add(usablePages(kernel));
      if (event === 'offline') yield* batch.add(-usablePages(kernel));
      return Notify.ok;
    },
  });
}
