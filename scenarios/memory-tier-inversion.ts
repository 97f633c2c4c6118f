import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { blockingNotifierCallChain } from '../src/kernel/callback-chain.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { memHotplugBegin, memHotplugDone } from '../src/kernel/mem-hotplug-lock.ts';
import { makeMemoryTiers, memoryTierInit, type MemoryTiers } from '../src/kernel/memory-tier.ts';

interface World extends Kernel {
  readonly tiers: MemoryTiers;
}

function setup(arena: Arena, parameters: Parameters): World {
  const tiers = makeMemoryTiers(arena, parameters['registersUnderLock'] === true);
  return { ...makeKernel(arena, { release: 'v6.1' }), tiers };
}

const memoryTierInversion: Scenario<World> = scenario({
  name: 'memory-tier-inversion',
  summary: 'memory tiers register their callback with the lock held that the callback takes',
  source: '073c78edf5bb "memory tier: fix deadlock warning while onlining pages"; 823430c8e9d9',
  setup,
  agents: {
    *'memory-tier-init'({ tiers }) {
      yield* memoryTierInit(tiers);
    },
    *onliner(kernel) {
      yield* memHotplugBegin(kernel);
      try {
        yield* blockingNotifierCallChain(kernel.tiers.chain);
      } finally {
        yield* memHotplugDone(kernel);
      }
    },
  },
  forms: { full: { summary: 'both', agents: ['memory-tier-init', 'onliner'], strategy: 'dfs' } },
  variants: {
    broken: {
      summary: '823430c8e9d9: registered under memory_tier_lock',
      parameters: { registersUnderLock: true },
      // A warning, as its fix says, and no deadlock: the callback that wants memory_tier_lock is
      // not called before it is registered. The order is wrong all the same.
      shows: [
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['memory_tier_lock', 'memory_chain.rwsem'],
        },
      ],
    },
    fixed: { summary: '073c78edf5bb: registered after memory_tier_lock is given back' },
  },
});

export default memoryTierInversion;
