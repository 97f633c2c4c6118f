import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { memoryEventName } from './memory-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';

/**
 * ksm_memory_callback() (mm/ksm.c): ksmd stays out while a block goes offline. All releases: since
 * v3.9 (ef4d43a80758) the mutex is given back between the events, and a flag is left in its place.
 * ksmd itself is a module of its own (`ksm.ts`).
 *
 * Lock order: memory_chain.rwsem (read, the caller's), ksm_thread_mutex. Without ef4d43a80758
 * MEM_GOING_OFFLINE keeps the mutex, and the event that follows gives it back, whether or not
 * MEM_GOING_OFFLINE came as far as here.
 */
export function makeKsmCallback({ arena, memoryChain, kernelOf }: CallbackSite): void {
  const mutex = arena.mutex('ksm_thread_mutex');
  const runOffline = arena.word('ksm_run.offline');
  makeNotifierBlock(arena, memoryChain, {
    name: 'ksm',
    priority: CallbackPriority.ksm,
    registered: true,
    *call(_self, action) {
      const kernel = kernelOf();
      const event = memoryEventName(kernel, action);
      const going = event === 'goingOffline';
      if (!going && event !== 'offline' && event !== 'cancelOffline') return Notify.ok;
      if (!kernel.release.has('ef4d43a80758')) {
        if (going) yield* mutex.acquire();
        else yield* mutex.release();
        return Notify.ok;
      }
      yield* mutex.acquire();
      try {
        yield* runOffline.write(going ? 1 : 0);
      } finally {
        yield* mutex.release();
      }
      return Notify.ok;
    },
  });
}
