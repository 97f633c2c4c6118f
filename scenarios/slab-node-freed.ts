import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import {
  kmemCacheShrink,
  makeKmemCacheNode,
  offlineLastMemoryOfNode,
  type KmemCacheNode,
} from '../src/kernel/kmem-cache-node.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';

interface World extends Kernel {
  readonly node: KmemCacheNode;
}

function setup(arena: Arena, parameters: Parameters): World {
  const node = makeKmemCacheNode(arena, {
    takesHotplugLocks: parameters['takesHotplugLocks'] === true,
    freesNodeOnOffline: parameters['freesNodeOnOffline'] === true,
  });
  return { ...makeKernel(arena, { release: 'v6.1' }), node };
}

const slabNodeFreed: Scenario<World> = scenario({
  name: 'slab-node-freed',
  summary: "slub gives up the hotplug locks: a node's structure must not be freed any more",
  source: '666716fd267d, 7e1fa93deff4, 59450bbc12be (v5.12): slub stops freeing node structures',
  setup,
  agents: {
    *shrinker(kernel) {
      yield* kmemCacheShrink(kernel, kernel.node);
    },
    *offliner(kernel) {
      yield* offlineLastMemoryOfNode(kernel, kernel.node);
    },
  },
  forms: { full: { summary: 'both', agents: ['shrinker', 'offliner'], strategy: 'dpor' } },
  variants: {
    before: {
      summary: 'v5.11: freed under mem_hotplug_lock, used under get_online_mems()',
      parameters: { takesHotplugLocks: true, freesNodeOnOffline: true },
    },
    broken: {
      summary: '7e1fa93deff4 and 59450bbc12be without 666716fd267d: freed, and used without a lock',
      parameters: { freesNodeOnOffline: true },
      shows: [
        { kind: 'use-after-remove', about: ['kmem_cache_node.nr_partial', 'shrinker'] },
        { kind: 'data-race', about: ['kmem_cache_node.nr_partial'] },
      ],
    },
    'half-fixed': {
      summary: '666716fd267d alone: never freed, and the locks still taken',
      parameters: { takesHotplugLocks: true },
    },
    fixed: { summary: 'the whole series: never freed, no lock taken' },
  },
});

export default slabNodeFreed;
