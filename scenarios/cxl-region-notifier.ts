import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import {
  addCxlExtent,
  configureCxlRegion,
  devDaxKmemProbe,
  makeCxlRegion,
  type CxlFix,
  type CxlRegion,
} from '../src/kernel/cxl-region.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';

interface World extends Kernel {
  readonly region: CxlRegion;
}

function setup(arena: Arena, parameters: Parameters): World {
  const region = makeCxlRegion(arena, parameters['fix'] as CxlFix);
  return { ...makeKernel(arena, { release: 'v6.1' }), region };
}

const cxlRegionNotifier: Scenario<World> = scenario({
  name: 'cxl-region-notifier',
  summary: 'the memory notifier of a CXL region runs while the region has no range',
  source:
    'a3483ee7e6a7 "cxl/region: Fix a race condition in memory hotplug notifier"; for the ' +
    'inversion that it made: Ira Weiny 2024-08, notifiers within the region driver',
  setup,
  agents: {
    *kmem(kernel) {
      yield* devDaxKmemProbe(kernel, kernel.region);
    },
    *configurer({ region }) {
      yield* configureCxlRegion(region);
    },
    *extent({ region }) {
      yield* addCxlExtent(region);
    },
  },
  forms: {
    full: {
      summary: 'memory comes online while the region is configured, and grows',
      agents: ['kmem', 'configurer', 'extent'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'the callback looks at the range without a lock',
      parameters: { fix: 'none' },
      shows: [
        { kind: 'assertion-failed', about: ['has no range', 'kmem'] },
        { kind: 'data-race', about: ['cxlr->params.res'] },
        { kind: 'use-after-remove', about: ['res->start', 'kmem'] },
        { kind: 'data-race', about: ['res->start'] },
      ],
    },
    'half-fixed': {
      summary: 'a3483ee7e6a7: under cxl_region_rwsem, which is outermost elsewhere',
      parameters: { fix: 'rwsem' },
      shows: [
        { kind: 'deadlock', about: ['cxl_region_rwsem', 'dax device_lock'] },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['cxl_region_rwsem', 'dax device_lock'],
        },
      ],
    },
    fixed: {
      summary: 'the callback is registered only while the region has a range, and takes no lock',
      parameters: { fix: 'lifetime' },
    },
  },
});

export default cxlRegionNotifier;
