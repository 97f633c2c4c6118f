import {
  scenario,
  type Arena,
  type Completion,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { kmemCacheCreate, kmemCacheShrink } from '../src/kernel/slab-caches.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  /** The cache is there, and node 1 has memory. */
  readonly created: Completion;
}

/** memory32 is all the memory of node 1. */
const machine: Parameters = {
  release: 'v6.1',
  nodes: 2,
  hotplugNode: 1,
  blocksMax: 1,
  slabCaches: 1,
};

function setup(arena: Arena, parameters: Parameters): World {
  return { ...makeKernel(arena, parameters), created: arena.completion('created') };
}

const slabNodeFreed: Scenario<World> = scenario({
  name: 'slab-node-freed',
  summary: "slub gives up the hotplug locks: a node's structure must not be freed any more",
  source: '666716fd267d, 7e1fa93deff4, 59450bbc12be (v5.12): slub stops freeing node structures',
  setup,
  agents: {
    *shrinker(world) {
      yield* world.created.wait();
      yield* kmemCacheShrink(world, world.mm.slab!.caches[0]!);
    },
    *offliner(world) {
      const slab = world.mm.slab!;
      yield* kmemCacheCreate(world, slab, slab.caches[0]!);
      yield* sysfsWrite(world, 'memory32/state', 'online');
      yield* world.created.complete();
      yield* sysfsWrite(world, 'memory32/state', 'offline');
    },
  },
  forms: { full: { summary: 'both', agents: ['shrinker', 'offliner'], strategy: 'dpor' } },
  variants: {
    before: {
      summary: 'v5.11: freed under mem_hotplug_lock, used under get_online_mems()',
      parameters: { ...machine, without: '666716fd267d,7e1fa93deff4,59450bbc12be' },
    },
    broken: {
      summary: '7e1fa93deff4 and 59450bbc12be without 666716fd267d: freed, and used without a lock',
      parameters: { ...machine, without: '666716fd267d' },
      shows: [
        { kind: 'use-after-remove', about: ['nr_partial', 'shrinker'] },
        { kind: 'data-race', about: ['nr_partial'] },
      ],
    },
    'half-fixed': {
      summary: '666716fd267d alone: never freed, and the locks still taken',
      parameters: { ...machine, without: '7e1fa93deff4,59450bbc12be' },
    },
    fixed: { summary: 'the whole series: never freed, no lock taken', parameters: machine },
  },
});

export default slabNodeFreed;
