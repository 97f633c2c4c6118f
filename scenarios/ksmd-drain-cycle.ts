import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { cpuDown } from '../src/kernel/cpu-down.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { ksmd } from '../workers/ksmd.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** One block, online, KSM, and a CPU that can go: v4.13 and v4.14 were as v4.18 is without it. */
const machine: Parameters = {
  release: 'v4.18',
  blocksMax: 1,
  blocksOnline: 1,
  cpus: 2,
  notifiers: 'ksm',
};

const ksmdDrainCycle: Scenario<Kernel> = scenario({
  name: 'ksmd-drain-cycle',
  summary: 'ksmd drains pagevecs under its mutex; offlining takes that mutex below the CPU lock',
  source:
    'lockdep report of August 2017, cpu_hotplug_lock against ksm_thread_mutex; 9852a7212324 "mm: ' +
    'drop hotplug lock from lru_add_drain_all()" (v4.15)',
  setup: makeKernel,
  agents: {
    'sysfs-writer': sysfsWriter('memory32/state', 'offline'),
    ksmd: ksmd(),
    // torture_offline() (kernel/torture.c), which holds no device_hotplug_lock until v5.7: that
    // would keep it out while memory goes offline.
    *'cpu-hotplug'(kernel) {
      return yield* cpuDown(kernel, kernel.cpus[1]!);
    },
  },
  forms: {
    full: {
      summary: 'a block goes offline, ksmd scans, a CPU goes down',
      agents: ['sysfs-writer', 'ksmd', 'cpu-hotplug'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'lru_add_drain_all() under get_online_cpus()',
      parameters: { ...machine, without: '9852a7212324' },
      shows: [
        { kind: 'deadlock', about: ['ksmd', 'sysfs-writer', 'cpu-hotplug', 'ksm_thread_mutex'] },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['cpu_hotplug_lock', 'ksm_thread_mutex'],
        },
      ],
    },
    fixed: {
      summary: '9852a7212324: lru_add_drain_all() takes no hotplug lock',
      parameters: machine,
    },
  },
});

export default ksmdDrainCycle;
