import type { Arena } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memoryEvent, type MemoryNotify } from './memory-notify.ts';
import { makeNotifierBlock, Notify, type NotifierChain } from './notifier-chain.ts';

/** KSM_CALLBACK_PRI. */
const priority = 100;

/**
 * ksm_memory_callback() (mm/ksm.c), since v3.10 (ef4d43a80758): ksmd stays out while a block goes
 * offline. The mutex is given back between the events, and a flag is left in its place.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), ksm_thread_mutex.
 */
export function makeKsmCallback(
  arena: Arena,
  chain: NotifierChain<MemoryNotify>,
  kernelOf: () => Kernel,
): void {
  const mutex = arena.mutex('ksm_thread_mutex');
  const runOffline = arena.word('ksm_run.offline');
  makeNotifierBlock(arena, chain, {
    name: 'ksm',
    priority,
    registered: true,
    *call(_self, action) {
      const kernel = kernelOf();
      const going = action === memoryEvent(kernel, 'goingOffline');
      const over =
        action === memoryEvent(kernel, 'offline') ||
        action === memoryEvent(kernel, 'cancelOffline');
      if (!going && !over) return Notify.ok;
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
