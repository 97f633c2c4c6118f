import type { Arena, Step } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { Kernel } from './kernel.ts';
import { registerMemoryNotifier, type MemoryNotify } from './memory-notify.ts';
import {
  makeMemoryTiers,
  memtierHotplugCallback,
  type MemoryTiers,
} from './memory-tier-callback.ts';
import { makeNotifierBlock, type NotifierBlock } from './notifier-chain.ts';

/** Memory tiers that are not initialised yet: their callback is not registered. */
export interface NewMemoryTiers {
  readonly tiers: MemoryTiers;
  readonly notifier: NotifierBlock<MemoryNotify>;
}

export function makeNewMemoryTiers(arena: Arena, kernel: Kernel): NewMemoryTiers {
  const tiers = makeMemoryTiers({ arena });
  const notifier = makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
    name: 'memory-tier',
    priority: CallbackPriority.memoryTier,
    call: memtierHotplugCallback(tiers, () => kernel),
  });
  return { tiers, notifier };
}

/**
 * memory_tier_init(): an initcall, so that in the kernel it is through before any memory comes
 * online. No lock says so.
 *
 * Lock order: v6.1, v6.8: memory_tier_lock, then by itself memory_chain.rwsem (write); v6.8 with
 * 823430c8e9d9 (v6.11): one inside of the other, which 073c78edf5bb (v6.12) undid.
 */
export function* memoryTierInit(kernel: Kernel, { tiers, notifier }: NewMemoryTiers): Step {
  const { has } = kernel.release;
  const registersUnderLock = has('823430c8e9d9') && !has('073c78edf5bb');
  yield* tiers.lock.acquire();
  try {
    yield* tiers.nodes.write((yield* tiers.nodes.read()) | 1);
    if (registersUnderLock) yield* registerMemoryNotifier(kernel, notifier);
  } finally {
    yield* tiers.lock.release();
  }
  if (!registersUnderLock) yield* registerMemoryNotifier(kernel, notifier);
}
