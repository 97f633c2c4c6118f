import { scenario, type AgentFunction, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { memHotplugBegin, memHotplugDone } from '../src/kernel/mem-hotplug-lock.ts';
import {
  accessRange,
  kernelPhysicalMappingInit,
  makeDirectMapping,
  type DirectMapping,
} from '../src/kernel/memremap.ts';

interface World extends Kernel {
  readonly mapping: DirectMapping;
}

/** v4.10: v4.18 without what came to mem_hotplug_lock in v4.11 and v4.13. */
const later = '3f906ba23689,55adc1d05dca,b5d24fda9c3d,3fc21924100b';

/** A driver that calls devm_memremap_pages() and uses what it gets. */
function driver(): AgentFunction<World> {
  return function* (world, self) {
    const locks = world.release.has('f931ab479dd2');
    if (locks) yield* memHotplugBegin(world);
    try {
      yield* kernelPhysicalMappingInit(world.mapping, self);
    } finally {
      if (locks) yield* memHotplugDone(world);
    }
    yield* accessRange(world.mapping, self);
  };
}

const memremapPageTables: Scenario<World> = scenario({
  name: 'memremap-page-tables',
  summary:
    'two drivers map device memory at a time, and one overwrites the page table of the other',
  source: 'f931ab479dd2 "mm: fix devm_memremap_pages crash, use mem_hotplug_{begin, done}" (v4.10)',
  setup: (arena, parameters): World => ({
    ...makeKernel(arena, parameters),
    mapping: makeDirectMapping(arena),
  }),
  agents: { pmem1: driver(), pmem2: driver(), pmem3: driver() },
  forms: {
    full: {
      summary: 'three drivers',
      agents: ['pmem1', 'pmem2', 'pmem3'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'arch_add_memory() of several callers, without any lock',
      parameters: { release: 'v4.18', without: `${later},f931ab479dd2` },
      shows: [
        { kind: 'assertion-failed', about: ['unable to handle kernel paging request'] },
        { kind: 'data-race', about: ['init_mm.pgd'] },
      ],
    },
    fixed: {
      summary: 'f931ab479dd2: mem_hotplug_begin() around it',
      parameters: { release: 'v4.18', without: later },
    },
  },
});

export default memremapPageTables;
