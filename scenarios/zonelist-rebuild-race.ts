import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../src/kernel/page-allocator.ts';
import { numaZonelistOrderHandler } from '../src/kernel/zonelist.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** memory32 is the first memory of node 1; there is no other page to have. */
const machine: Parameters = {
  release: 'v3.19',
  blocksMax: 1,
  nodes: 2,
  hotplugNode: 1,
};

const zonelistRebuildRace: Scenario<Kernel> = scenario({
  name: 'zonelist-rebuild-race',
  summary: 'zone lists are rebuilt between the first pages of a zone and its own pageset',
  source:
    '4eaf3f64397c "mem-hotplug: fix potential race while building zonelist for new populated ' +
    'zone" (v2.6.35); 6dcd73d7011b "memory-hotplug: allocate zone\'s pcp before onlining pages" ' +
    '(v3.8)',
  setup: makeKernel,
  agents: {
    onliner: sysfsWriter('memory32/state', 'online'),
    /** User space that writes to vm.numa_zonelist_order. */
    *sysctl(kernel) {
      yield* numaZonelistOrderHandler(kernel);
    },
    *allocator(kernel) {
      const page = yield* allocPage(kernel, PageUse.pinned);
      if (page !== undefined) yield* freePage(kernel, page);
    },
  },
  forms: {
    full: {
      summary: 'a new zone, a rebuild that is not about it, and the page allocator',
      agents: ['onliner', 'sysctl', 'allocator'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'v2.6.34: nothing joins the update of present_pages, the rebuild and the pageset',
      parameters: { ...machine, without: '4eaf3f64397c,6dcd73d7011b' },
      shows: [
        { kind: 'assertion-failed', about: ['boot_pageset', 'is lost'] },
        { kind: 'data-race', about: ['node1.zone.present_pages', 'sysctl'] },
      ],
    },
    'half-fixed': {
      summary: '6dcd73d7011b without it: the pageset comes first, but the count changes meanwhile',
      parameters: { ...machine, without: '4eaf3f64397c' },
      shows: [{ kind: 'data-race', about: ['node1.zone.present_pages', 'sysctl'] }],
    },
    fixed: {
      summary: '4eaf3f64397c: zonelists_mutex around the three',
      parameters: { ...machine, without: '6dcd73d7011b' },
    },
    'v3.19': { summary: 'both', parameters: machine },
  },
});

export default zonelistRebuildRace;
