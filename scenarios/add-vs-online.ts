import {
  scenario,
  type ExpectedFinding,
  type Invariant,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { State } from '../src/kernel/memory-state.ts';
import { bootPages, pagesPerBlock } from '../src/kernel/pgdat.ts';
import { cpuHotplug } from '../workers/cpu-hotplug.ts';
import { firmware } from '../workers/firmware.ts';
import { memoryReader } from '../workers/memory-reader.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';
import { udev } from '../workers/udev.ts';

/** The two sides of the inversion wait for each other. */
const deadlock: ExpectedFinding = {
  kind: 'deadlock',
  level: 'happened',
  about: ['memory device_lock', 'mem_hotplug_lock'],
};

/** The same where mem_hotplug_lock is home-made: a mutex inside of it. */
const homeMadeDeadlock: ExpectedFinding = {
  kind: 'deadlock',
  level: 'happened',
  about: ['memory device_lock', 'mem_hotplug.lock'],
};

/** Udev and the adder are two writers of that lock, too: see `hotplug-writers`. */
const lostWakeUp: ExpectedFinding = { kind: 'deadlock', about: ['never comes', 'woken'] };

/** The two orders, seen in a run in which nothing hung, and nothing that keeps them apart. */
const inversion: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'possible',
  about: ['memory device_lock'],
};

/** The two orders are still in the code, and device_hotplug_lock keeps them apart. */
const guardedInversion: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: ['device_hotplug_lock'],
};

const invariants: readonly Invariant<Kernel>[] = [
  {
    name: 'zone.present_pages counts the online blocks',
    when: 'end',
    holds: ({ memoryBlocks, pgdat }) => {
      const online = memoryBlocks.filter((block) => block.state.peek() === State.online);
      return pgdat.zone.presentPages.peek() === bootPages + online.length * pagesPerBlock;
    },
  },
  {
    name: 'dev->offline agrees with mem->state',
    when: 'end',
    holds: ({ memoryBlocks }) =>
      memoryBlocks.every(
        (block) => (block.offline.peek() === 1) === (block.state.peek() === State.offline),
      ),
  },
];

const addVsOnline: Scenario<Kernel> = scenario({
  name: 'add-vs-online',
  summary:
    'memory is added while user space brings it online: device_lock against mem_hotplug_lock',
  source:
    'Documentation/admin-guide/mm/memory-hotplug.rst, "Locking Internals" (dee6da22efac); ' +
    '30467e0b3be8, 8df1d0e4a265, 381eab4a6ee8',
  setup: makeKernel,
  agents: {
    firmware: firmware({ adds: 33 }),
    udev: udev({ block: 33 }),
    'sysfs-writer': sysfsWriter('memory32/online', '1'),
    'cpu-hotplug': cpuHotplug({ cpu: 1 }),
    reader1: memoryReader(),
    reader2: memoryReader(),
  },
  forms: {
    full: {
      summary: 'all agents',
      agents: ['firmware', 'udev', 'sysfs-writer', 'cpu-hotplug', 'reader1', 'reader2'],
      strategy: 'pct',
      executions: 1000,
    },
    small: {
      summary: 'the adder, the onliner and one reader, explored completely',
      agents: ['firmware', 'udev', 'reader1'],
      strategy: 'dpor',
    },
  },
  invariants,
  variants: {
    'v3.19': {
      summary: 'before 30467e0b3be8, memory added by a driver: device_lock, then mem_hotplug_lock',
      // Block 32 has been online for long: sysfs-writer finds nothing to do and soon gives
      // device_hotplug_lock back. Were it to wait with it for mem_hotplug_lock, as it does in the
      // other variants, udev would seldom get in at the moment that matters.
      parameters: { release: 'v3.19', addPath: 'driver', blocksOnline: 1 },
      shows: [homeMadeDeadlock, inversion],
      allows: [guardedInversion, lostWakeUp],
    },
    'v3.19-acpi': {
      summary: 'the same release, memory added by ACPI, which holds device_hotplug_lock',
      parameters: { release: 'v3.19', addPath: 'acpi' },
      shows: [guardedInversion],
    },
    'v4.18': {
      summary: '30467e0b3be8: `state` takes mem_hotplug_lock first, `online` takes none',
      // Only sysfs-writer writes to `online`: without it, as in the form `small`, nothing is wrong.
      parameters: { release: 'v4.18', addPath: 'driver', autoOnline: true },
      shows: [
        { kind: 'assertion-failed', about: ['mem_hotplug_lock'] },
        // Against the readers, who hold mem_hotplug_lock, and against the adder, who does too.
        { kind: 'data-race', about: ['zone.present_pages', 'sysfs-writer'] },
        { kind: 'data-race', about: ['zone.present_pages', 'firmware'] },
      ],
      allows: [
        // Also written without mem_hotplug_lock, and read under it.
        { kind: 'data-race', about: ['pgdat.node_present_pages'] },
        // What the race comes to: one of two additions to the counter is lost.
        { kind: 'invariant-violated', about: ['zone.present_pages'] },
      ],
    },
    'v4.20': {
      summary: 'the series of the document: device_hotplug_lock around both sides',
      parameters: { release: 'v4.20', addPath: 'driver' },
      shows: [guardedInversion],
    },
    'v4.20-without-8df1d0e4a265': {
      summary: 'add_memory() does not take device_hotplug_lock',
      parameters: { release: 'v4.20', addPath: 'driver', without: '8df1d0e4a265' },
      shows: [deadlock, inversion],
      allows: [guardedInversion],
    },
    'v6.1': {
      summary: 'the zone is chosen before mem_hotplug_lock is taken',
      parameters: { release: 'v6.1', addPath: 'driver' },
      shows: [guardedInversion],
    },
    'v6.1-unguarded': {
      summary: 'the same, add_memory() does not take device_hotplug_lock',
      parameters: { release: 'v6.1', addPath: 'driver', without: '8df1d0e4a265' },
      shows: [
        { kind: 'assertion-failed', about: ['node -1'] },
        { kind: 'data-race', about: ['memory33.nid'] },
        // The deadlock itself stays out of reach: whoever has device_lock early enough finds no
        // node.
        inversion,
      ],
      allows: [guardedInversion],
    },
  },
});

export default addVsOnline;
