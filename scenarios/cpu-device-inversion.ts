import {
  scenario,
  type Arena,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
  type Word,
} from '../src/program/index.ts';
import { acpiProcessorEject, acpiProcessorHotplug } from '../src/kernel/acpi-processor.ts';
import { ENODEV } from '../src/kernel/errno.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  /** Whether the CPU goes, or comes. */
  readonly removes: boolean;
  /** What the write to `online` answered; 0 before. */
  readonly answer: Word;
}

/** device_lock of the CPU in both orders, and device_hotplug_lock around both. */
const guarded: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: ['cpu device_lock', 'device_hotplug_lock'],
};

/** The same against a lock that ACPI holds, and nothing around. */
const inversion = (lock: string): ExpectedFinding => ({
  kind: 'lock-inversion',
  level: 'possible',
  about: ['cpu device_lock', lock],
});

const deadlock = (...locks: readonly string[]): ExpectedFinding => ({
  kind: 'deadlock',
  level: 'happened',
  about: ['firmware', 'sysfs-writer', ...locks],
});

const added: Parameters = { cpusPresent: 0 };
const removed: Parameters = { cpusPresent: 1, removes: true };
const unguarded: Parameters = { cpuAddUnguarded: true };

/** @param parameters - the kernel's, and `removes`: cpu1 goes, instead of coming; default false */
function setup(arena: Arena, parameters: Parameters): World {
  const { removes = false, ...others } = parameters;
  return {
    ...makeKernel(arena, others),
    removes: removes === true,
    answer: arena.word('answer'),
  };
}

const cpuDeviceInversion: Scenario<World> = scenario({
  name: 'cpu-device-inversion',
  summary: 'a CPU comes or goes by ACPI while user space brings it online',
  source:
    'a running 6.1: CPU devices are locked in both orders as memory blocks are; derived: what ' +
    'happens without device_hotplug_lock (4f3549d72d1b) on the side of ACPI',
  setup,
  agents: {
    *firmware(world) {
      const cpu = world.cpus[0]!;
      return yield* (world.removes ? acpiProcessorEject : acpiProcessorHotplug)(world, cpu);
    },
    *'sysfs-writer'(world) {
      const cpu = world.cpus[0]!;
      if (!world.removes) yield* cpu.added.wait();
      yield* world.answer.store(yield* sysfsWrite(world, `${cpu.name}/online`, '1'));
    },
  },
  forms: {
    full: {
      summary: 'cpu1 is added, or removed, and its `online` file is written to meanwhile',
      agents: ['firmware', 'sysfs-writer'],
      strategy: 'dpor',
    },
  },
  invariants: [
    {
      name: 'the write is taken, or says that the CPU is gone',
      when: 'end',
      holds: ({ answer, removes }) => answer.peek() === 1 || (removes && answer.peek() === -ENODEV),
    },
    {
      name: 'dev->offline agrees with cpu_online_mask, and who is online is present',
      when: 'end',
      holds: ({ cpus }) =>
        cpus.every(
          ({ offline, online, present }) =>
            offline.peek() !== online.peek() && online.peek() <= present.peek(),
        ),
    },
  ],
  variants: {
    'v6.1': {
      summary: 'the CPU is added: device_hotplug_lock keeps the two orders apart',
      parameters: added,
      shows: [guarded],
    },
    'v3.19': {
      summary: 'the same long before',
      parameters: { ...added, release: 'v3.19' },
      shows: [guarded],
    },
    unguarded: {
      summary: 'ACPI adds the CPU without device_hotplug_lock',
      parameters: { ...added, ...unguarded },
      shows: [
        deadlock('cpu device_lock', 'cpu_hotplug_lock'),
        inversion('cpu_hotplug_lock'),
        inversion('cpu_add_remove_lock'),
      ],
    },
    'v6.1-removal': {
      summary: 'the CPU is removed: the write ends, in the end with ENODEV',
      parameters: removed,
      shows: [guarded],
    },
    'unguarded-removal': {
      summary: 'ACPI removes the CPU without device_hotplug_lock',
      parameters: { ...removed, ...unguarded },
      shows: [
        // device_offline() is only called under it.
        { kind: 'assertion-failed', about: ['device_hotplug_lock'] },
        deadlock('cpu device_lock', 'cpu_hotplug_lock'),
        deadlock('cpu device_lock', 'cpu_add_remove_lock'),
        // The file is drained under the locks that the writer inside it waits for.
        deadlock('kn->active(online)'),
        inversion('cpu_hotplug_lock'),
        inversion('cpu_add_remove_lock'),
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['kn->active(online)'],
        },
        // It came back online after it had been taken offline, and went all the same.
        { kind: 'invariant-violated', about: ['cpu_online_mask'] },
      ],
    },
  },
});

export default cpuDeviceInversion;
