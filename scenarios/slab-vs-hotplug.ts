import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { kmemCacheAllocNode, kmemCacheCreate } from '../src/kernel/slab-caches.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { cpuHotplug } from '../workers/cpu-hotplug.ts';

/** memory32 is the first memory of node 1. */
const machine: Parameters = {
  release: 'v3.19',
  nodes: 2,
  hotplugNode: 1,
  blocksMax: 1,
  slabCaches: 1,
};

const slabVsHotplug: Scenario<Kernel> = scenario({
  name: 'slab-vs-hotplug',
  summary: 'a slab cache is created while a node gets its first memory, and misses the node',
  source:
    'bfc8c90139eb "mem-hotplug: implement get/put_online_mems", 03afc0e25f7f "slab: ' +
    'get_online_mems for kmem_cache_{create,destroy,shrink}" (v3.16)',
  setup: makeKernel,
  agents: {
    *'sysfs-writer'(kernel) {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
    },
    *creator(kernel) {
      const slab = kernel.mm.slab!;
      const cache = slab.caches[0]!;
      yield* kmemCacheCreate(kernel, slab, cache);
      yield* kmemCacheAllocNode(kernel, cache, 1);
    },
    'cpu-hotplug': cpuHotplug({ cpu: 1 }),
  },
  forms: {
    full: {
      summary: 'memory comes online, a cache is created and used, a CPU goes off and on',
      agents: ['sysfs-writer', 'creator', 'cpu-hotplug'],
      strategy: 'pct',
      executions: 1000,
    },
    small: {
      summary: 'without the CPU',
      agents: ['sysfs-writer', 'creator'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'slab_mutex alone: a cache made after the callback and before the node has memory',
      parameters: { ...machine, without: '03afc0e25f7f' },
      shows: [{ kind: 'assertion-failed', about: ['kmem_cache_node', 'creator'] }],
    },
    fixed: {
      summary: '03afc0e25f7f: kmem_cache_create() runs inside get_online_mems()',
      parameters: machine,
    },
  },
});

export default slabVsHotplug;
