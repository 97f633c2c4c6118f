import type { Arena } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memoryEvent, type MemoryNotify } from './memory-notify.ts';
import { makeNotifierBlock, Notify, type NotifierChain } from './notifier-chain.ts';

/** SLAB_CALLBACK_PRI. */
const priority = 1;

/**
 * slab_memory_callback() (mm/slub.c): a node gets its slab structures before its first normal
 * memory, and caches are shrunk before memory goes. All releases; that structures are freed on
 * MEM_OFFLINE, which ended in v5.12 (666716fd267d), and flush_lock are not in the model.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), slab_mutex.
 */
export function makeSlabCallback(
  arena: Arena,
  chain: NotifierChain<MemoryNotify>,
  kernelOf: () => Kernel,
): void {
  const nodes = arena.word('slab_nodes', 1);
  makeNotifierBlock(arena, chain, {
    name: 'slab',
    priority,
    registered: true,
    *call(_self, action, arg) {
      const kernel = kernelOf();
      const mutex = kernel.slabMutex;
      if (action === memoryEvent(kernel, 'goingOnline')) {
        // Nothing to do for a node that has normal memory.
        if (arg.statusChangeNidNormal < 0) return Notify.ok;
        yield* mutex.acquire();
        try {
          yield* nodes.write((yield* nodes.read()) | (1 << arg.statusChangeNidNormal));
        } finally {
          yield* mutex.release();
        }
      } else if (action === memoryEvent(kernel, 'goingOffline')) {
        // kmem_cache_shrink() of every cache
        yield* mutex.acquire();
        yield* mutex.release();
      }
      return Notify.ok;
    },
  });
}
