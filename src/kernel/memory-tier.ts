import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import {
  blockingNotifierChainRegister,
  makeCallback,
  makeCallbackChain,
  type CallbackChain,
} from './callback-chain.ts';

/** mm/memory-tiers.c and the chain that it listens to. */
export interface MemoryTiers {
  /** 823430c8e9d9 (v6.12): the callback is registered with memory_tier_lock held. */
  readonly registersUnderLock: boolean;
  /** memory_tier_lock: the tiers and which nodes are in them. */
  readonly lock: Mutex;
  /** Nodes that are in a tier; under memory_tier_lock. */
  readonly nodes: Word;
  /** memory_chain, with memory tiers' callback only. */
  readonly chain: CallbackChain;
}

export function makeMemoryTiers(arena: Arena, registersUnderLock: boolean): MemoryTiers {
  const lock = arena.mutex('memory_tier_lock');
  const nodes = arena.word('memory_tier.nodes');
  const callback = makeCallback(arena, 'memtier_hotplug_nb', () => memtierCallback(lock, nodes));
  const chain = makeCallbackChain(arena, 'memory_tiers', [callback]);
  return { registersUnderLock, lock, nodes, chain };
}

/**
 * memory_tier_init(): an initcall, so that in the kernel it is through before any memory comes
 * online. No lock says so.
 *
 * Lock order: v6.12-rc (823430c8e9d9): memory_tier_lock, memory_chain.rwsem (write); before, and
 * since 073c78edf5bb: one after the other.
 */
export function* memoryTierInit(tiers: MemoryTiers): Step {
  const callback = tiers.chain.callbacks[0]!;
  yield* tiers.lock.acquire();
  try {
    yield* tiers.nodes.write((yield* tiers.nodes.read()) + 1);
    if (tiers.registersUnderLock) yield* blockingNotifierChainRegister(tiers.chain, callback);
  } finally {
    yield* tiers.lock.release();
  }
  if (!tiers.registersUnderLock) yield* blockingNotifierChainRegister(tiers.chain, callback);
}

/**
 * memtier_hotplug_callback() for a node that gets its first memory. Lock order: memory_chain.rwsem
 * (read), memory_tier_lock.
 */
function* memtierCallback(lock: Mutex, nodes: Word): Step {
  yield* lock.acquire();
  try {
    yield* nodes.write((yield* nodes.read()) + 1);
  } finally {
    yield* lock.release();
  }
}
