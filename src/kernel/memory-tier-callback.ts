import type { Mutex, Step, Word } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { memoryEventName } from './memory-notify.ts';
import { NodeEvent } from './node-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';

/**
 * memtier_hotplug_callback() (mm/memory-tiers.c), v6.1 and later: a node joins its tier with its
 * first memory and leaves it with its last.
 *
 * Lock order: memory_chain.rwsem, or with a node notifier node_chain.rwsem (read, the caller's),
 * memory_tier_lock.
 */
export function makeMemoryTierCallback(site: CallbackSite): void {
  const { arena, memoryChain, nodeChain, kernelOf } = site;
  const tiers: Tiers = {
    mutex: arena.mutex('memory_tier_lock'),
    nodes: arena.word('memory_tier.nodes', 1),
  };
  const common = { name: 'memory-tier', priority: CallbackPriority.memoryTier, registered: true };
  if (site.configuration.nodeNotifier) {
    makeNotifierBlock(arena, nodeChain, {
      ...common,
      *call(_self, action, { nid }) {
        if (action === NodeEvent.addedFirstMemory) yield* setNode(tiers, nid, true);
        else if (action === NodeEvent.removedLastMemory) yield* setNode(tiers, nid, false);
        return Notify.ok;
      },
    });
    return;
  }
  makeNotifierBlock(arena, memoryChain, {
    ...common,
    *call(_self, action, { statusChangeNid }) {
      const event = memoryEventName(kernelOf(), action);
      if (statusChangeNid < 0 || (event !== 'online' && event !== 'offline')) return Notify.ok;
      yield* setNode(tiers, statusChangeNid, event === 'online');
      return Notify.ok;
    },
  });
}

interface Tiers {
  readonly mutex: Mutex;
  /** Nodes that are in a tier, as bits; under memory_tier_lock. */
  readonly nodes: Word;
}

/** set_node_memory_tier(), clear_node_memory_tier(). Lock order: memory_tier_lock. */
function* setNode({ mutex, nodes }: Tiers, nid: number, inTier: boolean): Step {
  yield* mutex.acquire();
  try {
    const before = yield* nodes.read();
    yield* nodes.write(inTier ? before | (1 << nid) : before & ~(1 << nid));
  } finally {
    yield* mutex.release();
  }
}
