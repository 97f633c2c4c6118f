import { scenario, type AgentFunction, type Scenario } from '../src/program/index.ts';
import {
  homeMadeHotplugBegin,
  homeMadeHotplugDone,
  makeHomeMadeHotplugLock,
  type HomeMadeHotplugLock,
} from '../src/kernel/home-made-hotplug-lock.ts';
import {
  accessRange,
  kernelPhysicalMappingInit,
  makeDirectMapping,
  type DirectMapping,
} from '../src/kernel/memremap.ts';

interface World {
  readonly hotplug: HomeMadeHotplugLock;
  readonly mapping: DirectMapping;
  /** f931ab479dd2 is in. */
  readonly fixed: boolean;
}

/** A driver that calls devm_memremap_pages() and uses what it gets. */
function driver(): AgentFunction<World> {
  return function* ({ hotplug, mapping, fixed }, self) {
    if (fixed) yield* homeMadeHotplugBegin(hotplug, self);
    try {
      yield* kernelPhysicalMappingInit(mapping, self);
    } finally {
      if (fixed) yield* homeMadeHotplugDone(hotplug);
    }
    yield* accessRange(mapping, self);
  };
}

const memremapPageTables: Scenario<World> = scenario({
  name: 'memremap-page-tables',
  summary:
    'two drivers map device memory at a time, and one overwrites the page table of the other',
  source: 'f931ab479dd2 "mm: fix devm_memremap_pages crash, use mem_hotplug_{begin, done}" (v4.10)',
  setup: (arena, parameters): World => ({
    hotplug: makeHomeMadeHotplugLock(arena, false),
    mapping: makeDirectMapping(arena),
    fixed: parameters['memHotplugBegin'] === true,
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
      parameters: { memHotplugBegin: false },
      shows: [
        { kind: 'assertion-failed', about: ['unable to handle kernel paging request'] },
        { kind: 'data-race', about: ['init_mm.pgd'] },
      ],
    },
    fixed: {
      summary: 'f931ab479dd2: mem_hotplug_begin() around it',
      parameters: { memHotplugBegin: true },
    },
  },
});

export default memremapPageTables;
