import type { Arena } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memoryEvent, type MemoryNotify } from './memory-notify.ts';
import { makeNotifierBlock, Notify, type NotifierChain } from './notifier-chain.ts';

/** MEMTIER_HOTPLUG_PRI. */
const priority = 100;

/**
 * memtier_hotplug_callback() (mm/memory-tiers.c), v6.1 and later: a node joins its tier with its
 * first memory and leaves it with its last.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), memory_tier_lock.
 */
export function makeMemoryTierCallback(
  arena: Arena,
  chain: NotifierChain<MemoryNotify>,
  kernelOf: () => Kernel,
): void {
  const mutex = arena.mutex('memory_tier_lock');
  const nodes = arena.word('memory_tier.nodes', 1);
  makeNotifierBlock(arena, chain, {
    name: 'memory-tier',
    priority,
    registered: true,
    *call(_self, action, arg) {
      const kernel = kernelOf();
      const online = action === memoryEvent(kernel, 'online');
      if (!online && action !== memoryEvent(kernel, 'offline')) return Notify.done;
      if (arg.statusChangeNid < 0) return Notify.done;
      yield* mutex.acquire();
      try {
        const bit = 1 << arg.statusChangeNid;
        const before = yield* nodes.read();
        yield* nodes.write(online ? before | bit : before & ~bit);
      } finally {
        yield* mutex.release();
      }
      return Notify.ok;
    },
  });
}
