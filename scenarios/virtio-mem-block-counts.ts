import {
  scenario,
  type ExpectedFinding,
  type Invariant,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { MbState } from '../src/kernel/virtio-mem.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';
import { virtioMemWork } from '../workers/virtio-mem.ts';

/** memory32 is the device's and online; memory33 comes. */
const machine: Parameters = {
  release: 'v6.1',
  blocksMax: 2,
  blocksPresent: 1,
  blocksOnline: 1,
  virtioMemBlocks: 2,
  notifiers: 'virtio-mem',
};

/** The orders that device_hotplug_lock or mem_hotplug_lock keeps apart. */
const guarded: ExpectedFinding = { kind: 'lock-inversion', level: 'guarded' };

const counted: Invariant<Kernel> = {
  name: 'vm->mb_count[] counts the blocks of each state',
  when: 'end',
  holds: ({ callbacks }) => {
    const { vm } = callbacks.virtioMem!;
    return Object.values(MbState).every((state) => {
      const blocks = vm.blocks.filter((mb) => mb.state.peek() === state);
      return vm.counts[state]!.peek() === blocks.length;
    });
  },
};

const virtioMemBlockCounts: Scenario<Kernel> = scenario({
  name: 'virtio-mem-block-counts',
  summary: 'the virtio-mem driver adds one block while another goes offline: who counts them?',
  source:
    'derived from reading drivers/virtio/virtio_mem.c of v5.16 to v6.8, not reported: ' +
    'virtio_mem_sbm_plug_request() drops hotplug_mutex, and virtio_mem_sbm_plug_and_add_mb() ' +
    'changes mb_states[] and mb_count[], which the mutex is said to protect. `fixed` is ours',
  setup: makeKernel,
  agents: {
    'virtio-mem': virtioMemWork({ sizes: [2] }),
    offliner: sysfsWriter('memory32/state', 'offline'),
  },
  forms: {
    full: {
      summary: 'the device grows by a block, its first block goes offline by hand',
      agents: ['virtio-mem', 'offliner'],
      strategy: 'dpor',
    },
  },
  invariants: [counted],
  variants: {
    broken: {
      summary: 'as it is: each side counts in its own way',
      parameters: machine,
      shows: [
        { kind: 'data-race', about: ['vm->mb_count[offline]'] },
        { kind: 'data-race', about: ['vm->mb_state[memory32]'] },
        { kind: 'invariant-violated', about: ['vm->mb_count[]'] },
      ],
      allows: [guarded],
    },
    fixed: {
      summary: 'hotplug_mutex around each change and each look, but not around adding',
      parameters: { ...machine, virtioMemLocking: 'counts-under-mutex' },
      allows: [guarded],
    },
  },
});

export default virtioMemBlockCounts;
