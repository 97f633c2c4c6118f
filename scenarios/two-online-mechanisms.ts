import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { State } from '../src/kernel/memory-state.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** One block, online; v3.19 without what came after v3.11. */
const machine: Parameters = { release: 'v3.19', blocksMax: 1, blocksOnline: 1 };
const later = 'bfc8c90139eb,03afc0e25f7f,5e33bc4165f3';

const twoOnlineMechanisms: Scenario<Kernel> = scenario({
  name: 'two-online-mechanisms',
  summary: '`state` and `online` change a block by different locks, and come to disagree',
  source:
    'fa2be40fe7c0 "drivers: base: use standard device online/offline for state change" (v3.12). ' +
    'Not reported as a failure: in v3.11 device_hotplug_lock hides it, so broken and fixed are ' +
    'had without that',
  setup: makeKernel,
  agents: {
    'state-writer': sysfsWriter('memory32/state', 'online'),
    'online-writer': sysfsWriter('memory32/online', '0'),
  },
  forms: {
    full: {
      summary: 'one writes `online` to `state`, one writes `0` to `online`',
      agents: ['state-writer', 'online-writer'],
      strategy: 'dpor',
    },
  },
  invariants: [
    {
      name: 'dev->offline agrees with mem->state',
      when: 'end',
      holds: (kernel) => {
        const { offline, state } = memoryBlock(kernel, 32);
        return (offline.peek() === 1) === (state.peek() === State.offline);
      },
    },
  ],
  variants: {
    broken: {
      summary: '`state` under state_mutex, `online` under device_lock; nothing around the two',
      parameters: { ...machine, without: `${later},fa2be40fe7c0,4f3549d72d1b` },
      shows: [
        { kind: 'invariant-violated', about: ['dev->offline agrees with mem->state'] },
        { kind: 'data-race', about: ['memory32.offline'] },
      ],
    },
    'v3.11': {
      summary: '4f3549d72d1b: the same two ways, kept apart by device_hotplug_lock',
      parameters: { ...machine, without: `${later},fa2be40fe7c0` },
    },
    fixed: {
      summary: 'fa2be40fe7c0: both by the driver core, whose device_lock is enough',
      parameters: { ...machine, without: `${later},4f3549d72d1b` },
    },
  },
});

export default twoOnlineMechanisms;
