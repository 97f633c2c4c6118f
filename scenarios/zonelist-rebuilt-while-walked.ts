import { check, scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** Zone Normal has pages of the boot; zone Movable gets memory32, and loses it again. */
const machine: Parameters = {
  release: 'v6.1',
  blocksMax: 1,
  blocksPresent: 1,
  bootFrames: 1,
};

const zonelistRebuiltWhileWalked: Scenario<Kernel> = scenario({
  name: 'zonelist-rebuilt-while-walked',
  summary: 'an allocation walks the zone list while it is rebuilt, and misses the zone with pages',
  source:
    '3d36424b3b58 "mm/page_alloc: fix race condition between build_all_zonelists and page ' +
    'allocation"',
  setup: makeKernel,
  agents: {
    *allocator(kernel) {
      const page = yield* allocPage(kernel, PageUse.pinned);
      // The page of Normal is nobody else's: it is still free.
      check(page !== undefined, 'out of memory while a zone of the node has a free page');
      yield* freePage(kernel, page);
    },
    *'sysfs-writer'(kernel) {
      yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
    },
  },
  forms: { full: { summary: 'both', agents: ['allocator', 'sysfs-writer'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'the walk is not repeated',
      parameters: { ...machine, without: '3d36424b3b58' },
      shows: [{ kind: 'assertion-failed', about: ['out of memory', 'allocator'] }],
    },
    fixed: {
      summary: '3d36424b3b58: the walk is repeated if the lists changed meanwhile',
      parameters: machine,
    },
  },
});

export default zonelistRebuiltWhileWalked;
