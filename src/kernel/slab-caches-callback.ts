import type { Arena } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memoryEvent, type MemoryNotify } from './memory-notify.ts';
import { makeNotifierBlock, Notify, type NotifierChain } from './notifier-chain.ts';
import {
  slabMemGoingOffline,
  slabMemGoingOnline,
  slabMemOffline,
  type SlabCaches,
} from './slab-caches.ts';

/** SLAB_CALLBACK_PRI. */
const priority = 1;

/**
 * slab_memory_callback() (mm/slub.c) of a kernel whose caches the configuration has (`slabCaches`):
 * what `slab` among its notifiers does to one word it does to each cache. All releases. For the
 * node notifier of the newest kernels it is not registered.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), slab_mutex.
 */
export function makeSlabCachesCallback(
  arena: Arena,
  chain: NotifierChain<MemoryNotify>,
  slab: SlabCaches,
  kernelOf: () => Kernel,
): void {
  makeNotifierBlock(arena, chain, {
    name: 'slab caches',
    priority,
    registered: true,
    *call(_self, action, { statusChangeNidNormal: nid }) {
      const kernel = kernelOf();
      if (action === memoryEvent(kernel, 'goingOffline')) {
        yield* slabMemGoingOffline(slab);
      } else if (nid < 0) {
        // The node has had normal memory, or goes on having some.
      } else if (action === memoryEvent(kernel, 'goingOnline')) {
        yield* slabMemGoingOnline(slab, nid);
      } else if (
        action === memoryEvent(kernel, 'offline') ||
        action === memoryEvent(kernel, 'cancelOnline')
      ) {
        yield* slabMemOffline(kernel, slab, nid);
      }
      return Notify.ok;
    },
  });
}
