import type { Mutex, Step, Word } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { memoryEventName, type MemoryNotify } from './memory-notify.ts';
import { NodeEvent, type NodeNotify } from './node-notify.ts';
import { makeNotifierBlock, Notify, type NotifierCall } from './notifier-chain.ts';

/** mm/memory-tiers.c: which nodes are in a tier. */
export interface MemoryTiers {
  /** memory_tier_lock. */
  readonly lock: Mutex;
  /** Nodes that are in a tier, as bits; plain, under memory_tier_lock. */
  readonly nodes: Word;
}

export function makeMemoryTiers({ arena }: Pick<CallbackSite, 'arena'>): MemoryTiers {
  return { lock: arena.mutex('memory_tier_lock'), nodes: arena.word('memory_tier.nodes', 1) };
}

/** Lays out memory tiers and their callback, registered. */
export function makeMemoryTierCallback(site: CallbackSite): void {
  const { arena, memoryChain, nodeChain, kernelOf } = site;
  const tiers = makeMemoryTiers(site);
  const common = { name: 'memory-tier', priority: CallbackPriority.memoryTier, registered: true };
  if (site.configuration.nodeNotifier) {
    makeNotifierBlock(arena, nodeChain, { ...common, call: memtierNodeCallback(tiers) });
  } else {
    makeNotifierBlock(arena, memoryChain, {
      ...common,
      call: memtierHotplugCallback(tiers, kernelOf),
    });
  }
}

/**
 * memtier_hotplug_callback(), v6.1 and later: a node joins its tier with its first memory and
 * leaves it with its last. Lock order: memory_chain.rwsem (read, the caller's), memory_tier_lock.
 */
export function memtierHotplugCallback(
  tiers: MemoryTiers,
  kernelOf: CallbackSite['kernelOf'],
): NotifierCall<MemoryNotify> {
  return function* (_self, action, { statusChangeNid }) {
    const event = memoryEventName(kernelOf(), action);
    if (statusChangeNid < 0 || (event !== 'online' && event !== 'offline')) return Notify.ok;
    yield* setNode(tiers, statusChangeNid, event === 'online');
    return Notify.ok;
  };
}

/**
 * memtier_hotplug_callback() as the node notifier calls it. Lock order: node_chain.rwsem (read, the
 * caller's), memory_tier_lock.
 */
function memtierNodeCallback(tiers: MemoryTiers): NotifierCall<NodeNotify> {
  return function* (_self, action, { nid }) {
    if (action === NodeEvent.addedFirstMemory) yield* setNode(tiers, nid, true);
    else if (action === NodeEvent.removedLastMemory) yield* setNode(tiers, nid, false);
    return Notify.ok;
  };
}

/** set_node_memory_tier(), clear_node_memory_tier(). Lock order: memory_tier_lock. */
function* setNode({ lock, nodes }: MemoryTiers, nid: number, inTier: boolean): Step {
  yield* lock.acquire();
  try {
    const before = yield* nodes.read();
    yield* nodes.write(inTier ? before | (1 << nid) : before & ~(1 << nid));
  } finally {
    yield* lock.release();
  }
}
