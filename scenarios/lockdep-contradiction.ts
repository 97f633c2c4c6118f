import {
  scenario,
  type Arena,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
  type Word,
} from '../src/program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../src/kernel/acpi.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { deviceOnline } from '../src/kernel/device-online.ts';
import { ENODEV } from '../src/kernel/errno.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { OnlineType } from '../src/kernel/memory-state.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** What user space writes to `state`. */
const word = 'online';

interface World extends Kernel {
  /** Whether the memory goes, or comes. */
  readonly removes: boolean;
  /** Whether the store of `state` does without device_hotplug_lock, which no release does. */
  readonly storeLocksNothing: boolean;
  /** What the write to `state` answered; 0 before. */
  readonly answer: Word;
}

/** device_lock and mem_hotplug_lock in both orders, and device_hotplug_lock around both. */
const guarded: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: ['memory device_lock', 'mem_hotplug_lock', 'device_hotplug_lock'],
};

/** The same, and nothing around. */
const inversion: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'possible',
  about: ['memory device_lock', 'mem_hotplug_lock'],
};

/** The cycle closed one lock earlier, as lockdep words it: cpu_hotplug_lock is taken first. */
const inversionOnCpuHotplugLock: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'possible',
  about: ['memory device_lock', 'cpu_hotplug_lock'],
};

const deadlock: ExpectedFinding = {
  kind: 'deadlock',
  level: 'happened',
  about: ['memory device_lock', 'mem_hotplug_lock'],
};

/**
 * @param parameters - the kernel's, and
 * - `removes`: the block goes, instead of coming; default false
 * - `storeLocksNothing`: the store of `state` takes no device_hotplug_lock; default false
 * - `zoneUnderMemHotplugLock`: memory_block_online() looks the zone up inside mem_hotplug_lock, as
 *   online_pages() of v4.20 does; default false
 */
function setup(arena: Arena, parameters: Parameters): World {
  const {
    removes = false,
    storeLocksNothing = false,
    zoneUnderMemHotplugLock = false,
    ...others
  } = parameters;
  const kernel = makeKernel(arena, others);
  const inside = {
    zoneIsChosenBeforeMemHotplugLock: false,
    onlinePagesTakesMemHotplugLock: true,
    memoryBlockOnlineTakesMemHotplugLock: false,
  };
  const release = { ...kernel.release, ...(zoneUnderMemHotplugLock === true ? inside : {}) };
  return {
    ...kernel,
    release,
    removes: removes === true,
    storeLocksNothing: storeLocksNothing === true,
    answer: arena.word('answer'),
  };
}

const lockdepContradiction: Scenario<World> = scenario({
  name: 'lockdep-contradiction',
  summary: 'where lockdep reports what cannot happen, and is silent on what does',
  source:
    'Documentation/admin-guide/mm/memory-hotplug.rst, "Locking Internals"; a running 6.1 with ' +
    'its locks taken out one by one; 8df1d0e4a265, 5e33bc4165f3',
  setup,
  agents: {
    *firmware(world) {
      const block = memoryBlock(world, world.removes ? 32 : 33);
      if (world.removes) return yield* acpiDeviceEject(world, block);
      const acpi = world.configuration.addPath === 'acpi';
      return yield* (acpi ? acpiDeviceHotplug : addMemory)(world, block);
    },
    *'sysfs-writer'(world) {
      const block = memoryBlock(world, world.removes ? 32 : 33);
      const { name, added } = block;
      if (!world.removes) yield* added.wait();
      if (world.storeLocksNothing) {
        yield* block.onlineType.write(OnlineType.keep);
        yield* deviceOnline(world, block);
        yield* world.answer.store(word.length);
        return;
      }
      yield* world.answer.store(yield* sysfsWrite(world, `${name}/state`, word));
    },
  },
  forms: {
    full: {
      summary: 'memory is added, or removed, and its block is brought online meanwhile',
      agents: ['firmware', 'sysfs-writer'],
      strategy: 'dpor',
    },
  },
  invariants: [
    {
      name: 'the write brings the block online, or says that it is gone',
      when: 'end',
      holds: ({ answer, removes }) =>
        answer.peek() === word.length || (removes && answer.peek() === -ENODEV),
    },
  ],
  variants: {
    'v6.1': {
      summary: 'the fix in place: lockdep, once it may look at device_lock, reports all the same',
      parameters: { addPath: 'acpi' },
      shows: [guarded],
    },
    'v6.1-driver': {
      summary: 'the same, memory added by a driver',
      shows: [guarded],
    },
    'without-8df1d0e4a265': {
      summary: 'add_memory() without the lock: lockdep is silent, and the kernel oopses',
      parameters: { without: '8df1d0e4a265' },
      shows: [
        { kind: 'assertion-failed', about: ['NULL pointer dereference', 'node -1'] },
        { kind: 'data-race', about: ['memory33.nid'] },
        inversion,
        inversionOnCpuHotplugLock,
      ],
    },
    'without-device-hotplug-lock': {
      summary: 'the same, and the store of `state` without the lock, too: neither side has a guard',
      parameters: { without: '8df1d0e4a265', storeLocksNothing: true },
      shows: [
        // What device_online() asks for in its comment, and the model as a check.
        { kind: 'assertion-failed', about: ['device_hotplug_lock is not held'] },
        { kind: 'data-race', about: ['memory33.nid'] },
        inversion,
        inversionOnCpuHotplugLock,
      ],
      allows: [{ kind: 'assertion-failed', about: ['NULL pointer dereference', 'node -1'] }],
    },
    'without-8df1d0e4a265-zone-inside': {
      summary: 'the same, the zone looked up inside mem_hotplug_lock: the deadlock that was behind',
      parameters: { without: '8df1d0e4a265', zoneUnderMemHotplugLock: true },
      shows: [deadlock, inversion, inversionOnCpuHotplugLock],
    },
    'v6.1-zone-inside': {
      summary: 'the fix in place, the zone looked up inside mem_hotplug_lock',
      parameters: { zoneUnderMemHotplugLock: true },
      shows: [guarded],
    },
    'without-5e33bc4165f3': {
      summary: 'the store waits for device_hotplug_lock: a deadlock with removal',
      parameters: { addPath: 'acpi', removes: true, without: '5e33bc4165f3' },
      shows: [
        {
          kind: 'deadlock',
          level: 'happened',
          about: ['firmware', 'device_hotplug_lock', 'kn->active(state)'],
        },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['device_hotplug_lock', 'kn->active(state)'],
        },
      ],
    },
    'v6.1-removal': {
      summary: 'the same timing with the fix in place: the write ends, in the end with ENODEV',
      parameters: { addPath: 'acpi', removes: true },
    },
  },
});

export default lockdepContradiction;
