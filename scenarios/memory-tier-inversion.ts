import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  makeNewMemoryTiers,
  memoryTierInit,
  type NewMemoryTiers,
} from '../src/kernel/memory-tier.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly newTiers: NewMemoryTiers;
}

/** memory32 is the first memory of node 1. */
function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { ...parameters, nodes: 2, hotplugNode: 1 });
  const newTiers = makeNewMemoryTiers(arena, kernel);
  return { ...kernel, newTiers };
}

const memoryTierInversion: Scenario<World> = scenario({
  name: 'memory-tier-inversion',
  summary: 'memory tiers register their callback with the lock held that the callback takes',
  source: '073c78edf5bb "memory tier: fix deadlock warning while onlining pages"; 823430c8e9d9',
  setup,
  agents: {
    *'memory-tier-init'(world) {
      yield* memoryTierInit(world, world.newTiers);
    },
    onliner: sysfsWriter('memory32/state', 'online'),
  },
  forms: { full: { summary: 'both', agents: ['memory-tier-init', 'onliner'], strategy: 'dpor' } },
  variants: {
    'v6.8': {
      summary: 'registered after memory_tier_lock is given back',
      parameters: { release: 'v6.8' },
    },
    broken: {
      summary: '823430c8e9d9: registered under memory_tier_lock',
      parameters: { release: 'v6.8', with: '823430c8e9d9' },
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
    fixed: {
      summary: '073c78edf5bb: after memory_tier_lock is given back again',
      parameters: { release: 'v6.8', with: '823430c8e9d9,073c78edf5bb' },
    },
  },
});

export default memoryTierInversion;
