import {
  scenario,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../src/kernel/page-allocator.ts';
import { numaZonelistOrderHandler } from '../src/kernel/zonelist.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** memory32 is the first memory of zone Normal, memory33 of Movable; v3.19 as v2.6.34 was. */
const machine: Parameters = { release: 'v3.19', blocksPresent: 2, bootZone: 'DMA32' };
const later =
  '6dcd73d7011b,bfc8c90139eb,03afc0e25f7f,fa2be40fe7c0,5e33bc4165f3,4f3549d72d1b,6677e3eaf4d7,' +
  'ef4d43a80758,d8adde17e5f8';

/** What one new zone is enough for: see `zonelist-rebuild-race`. */
const isLost: ExpectedFinding = { kind: 'assertion-failed', about: ['boot_pageset', 'is lost'] };

const bootPagesetShared: Scenario<Kernel> = scenario({
  name: 'boot-pageset-shared',
  summary: 'two new zones have one list of pages per CPU, and hand out the pages of each other',
  source:
    '4eaf3f64397c "mem-hotplug: fix potential race while building zonelist for new populated ' +
    'zone" (v2.6.35), in a kernel without hibernation, before 20d6c96b5f1c (v2.6.37)',
  setup: makeKernel,
  agents: {
    onliner1: sysfsWriter('memory32/state', 'online_kernel'),
    onliner2: sysfsWriter('memory33/state', 'online_movable'),
    /** User space that writes to vm.numa_zonelist_order. */
    *sysctl(kernel) {
      yield* numaZonelistOrderHandler(kernel);
    },
    *allocator(kernel) {
      yield* allocPage(kernel, PageUse.pinned);
      const page = yield* allocPage(kernel, PageUse.pinned);
      if (page === undefined) return;
      yield* freePage(kernel, page);
      yield* allocPage(kernel, PageUse.pinned);
    },
  },
  forms: {
    full: {
      summary: 'two new zones, a rebuild that is about neither, and the page allocator',
      agents: ['onliner1', 'onliner2', 'sysctl', 'allocator'],
      strategy: 'preemptions',
      executions: 3500,
    },
  },
  variants: {
    broken: {
      summary: 'v2.6.34: two blocks come online at a time, each in a zone of its own',
      parameters: { ...machine, without: `${later},20d6c96b5f1c,4eaf3f64397c` },
      shows: [
        { kind: 'assertion-failed', about: ['boot_pageset has a page of another zone'] },
        { kind: 'data-race', about: ['present_pages'] },
      ],
      allows: [isLost],
    },
    'half-fixed': {
      summary: '20d6c96b5f1c alone: one block at a time, so that one zone at a time is new',
      parameters: { ...machine, without: `${later},4eaf3f64397c` },
      shows: [{ kind: 'data-race', about: ['present_pages'] }],
      allows: [isLost],
    },
    fixed: {
      summary: '4eaf3f64397c: zonelists_mutex, from the first page of a zone to its own pageset',
      parameters: { ...machine, without: `${later},20d6c96b5f1c` },
    },
  },
});

export default bootPagesetShared;
