import type { AgentFunction } from '../src/program/index.ts';
import { ksmMemoryCallback, type Ksm } from '../src/kernel/ksm.ts';
import { memoryNotify, type MemoryChain } from '../src/kernel/memory-chain.ts';
import {
  lockMemoryHotplug,
  unlockMemoryHotplug,
  type MemoryHotplugMutex,
} from '../src/kernel/memory-hotplug-mutex.ts';

/** What v2.6.36 to v3.8 have around KSM's callback when a block goes offline. */
export interface KsmWorld {
  readonly hotplug: MemoryHotplugMutex;
  readonly chain: MemoryChain;
  readonly ksm: Ksm;
}

/**
 * offline_pages() of v2.6.36 to v3.8, as far as the notifier goes.
 *
 * @param closing - the event that follows MEM_GOING_OFFLINE
 */
export function ksmOffliner(
  closing: 'MEM_OFFLINE' | 'MEM_CANCEL_OFFLINE',
): AgentFunction<KsmWorld> {
  return function* ({ hotplug, chain, ksm }) {
    yield* lockMemoryHotplug(hotplug);
    try {
      yield* memoryNotify(chain, () => ksmMemoryCallback(ksm, 'MEM_GOING_OFFLINE'));
      yield* memoryNotify(chain, () => ksmMemoryCallback(ksm, closing));
    } finally {
      yield* unlockMemoryHotplug(hotplug);
    }
  };
}
