import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import {
  addCxlExtent,
  configureCxlRegion,
  makeCxlRegion,
  type CxlRegion,
} from '../src/kernel/cxl-region.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makeKmemDax, type KmemDax } from '../src/kernel/kmem-dax.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly region: CxlRegion;
  readonly dax: KmemDax;
}

/** What the DAX device has becomes memory32, the first memory of node 1, and comes online. */
const machine: Parameters = {
  release: 'v6.8',
  autoOnline: true,
  blocksMax: 1,
  blocksPresent: 0,
  nodes: 2,
  hotplugNode: 1,
};

/** @param parameters - the kernel's, and `notifierIsDrivers`: see `makeCxlRegion` */
function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, parameters);
  const dax = makeKmemDax(arena, kernel.memoryBlocks);
  const files = new Map([...kernel.files, ...dax.files.map((file) => [file.path, file] as const)]);
  const region = makeCxlRegion(arena, kernel, parameters['notifierIsDrivers'] === true);
  return { ...kernel, files, region, dax };
}

const cxlRegionNotifier: Scenario<World> = scenario({
  name: 'cxl-region-notifier',
  summary: 'the memory notifier of a CXL region runs while the region has no range',
  source:
    'a3483ee7e6a7 "cxl/region: Fix a race condition in memory hotplug notifier"; 067353a46d8c, ' +
    'which brought the notifier; for the inversion that it made: Ira Weiny 2024-08, notifiers ' +
    'within the region driver',
  setup,
  agents: {
    daxctl: sysfsWriter('kmem/bind', 'dax0.0'),
    *configurer(world) {
      yield* configureCxlRegion(world, world.region);
    },
    *extent({ region, dax }) {
      yield* addCxlExtent(region, dax);
    },
  },
  forms: {
    full: {
      summary: 'memory comes online while the region is configured, and grows',
      agents: ['daxctl', 'configurer', 'extent'],
      strategy: 'dpor',
    },
  },
  variants: {
    'v6.8': { summary: 'regions have no notifier', parameters: machine },
    broken: {
      summary: '067353a46d8c: the callback looks at the range without a lock',
      parameters: { ...machine, with: '067353a46d8c' },
      shows: [
        { kind: 'assertion-failed', about: ['has no range', 'daxctl'] },
        { kind: 'data-race', about: ['cxlr->params.res'] },
        { kind: 'use-after-remove', about: ['res->start', 'daxctl'] },
        { kind: 'data-race', about: ['res->start'] },
      ],
    },
    'half-fixed': {
      summary: 'a3483ee7e6a7: under cxl_region_rwsem, which is outermost elsewhere',
      parameters: { ...machine, with: '067353a46d8c,a3483ee7e6a7' },
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
      parameters: { ...machine, with: '067353a46d8c,a3483ee7e6a7', notifierIsDrivers: true },
    },
  },
});

export default cxlRegionNotifier;
