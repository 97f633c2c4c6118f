import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** memory32 and memory33 are all the memory of node 1; memory32 is online at first. */
const machine: Parameters = {
  release: 'v3.19',
  nodes: 2,
  hotplugNode: 1,
  blocksPresent: 2,
  blocksOnline: 1,
};

const staleKswapdPointer: Scenario<Kernel> = scenario({
  name: 'stale-kswapd-pointer',
  summary: 'the last block of a node goes offline, and its kswapd leaves a pointer behind',
  source:
    'd8adde17e5f8 "memory hotplug: fix invalid memory access caused by stale kswapd pointer" ' +
    '(v3.5)',
  setup: makeKernel,
  agents: {
    *'sysfs-writer1'(kernel) {
      yield* sysfsWrite(kernel, 'memory32/online', '0');
    },
    *'sysfs-writer2'(kernel) {
      yield* sysfsWrite(kernel, 'memory33/online', '1');
      yield* sysfsWrite(kernel, 'memory33/online', '0');
    },
  },
  forms: {
    full: {
      summary: 'one block goes offline while another comes online and goes offline again',
      agents: ['sysfs-writer1', 'sysfs-writer2'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'kswapd_stop() leaves pgdat->kswapd; kswapd_run() then starts nothing',
      parameters: { ...machine, without: 'd8adde17e5f8' },
      shows: [{ kind: 'use-after-remove', about: ['node1.kswapd_task', 'sysfs-writer2'] }],
    },
    fixed: {
      summary: 'd8adde17e5f8: kswapd_stop() clears the pointer',
      parameters: machine,
    },
  },
});

export default staleKswapdPointer;
