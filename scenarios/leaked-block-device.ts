import { scenario, type Scenario, type Step } from '../src/program/index.ts';
import {
  findMemoryBlock,
  makeBlockReference,
  putDevice,
  type BlockReference,
} from '../src/kernel/block-reference.ts';
import {
  lockDeviceHotplug,
  lockDeviceHotplugSysfs,
  unlockDeviceHotplug,
} from '../src/kernel/device-hotplug-lock.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { memHotplugBegin, memHotplugDone } from '../src/kernel/mem-hotplug-lock.ts';
import { sysfsWrite, type SysfsFile } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  readonly file: SysfsFile;
  readonly reference: BlockReference;
}

/**
 * online_pages() of v5.0: looks the block up for its node. Lock order: cpu_hotplug_lock (read),
 * mem_hotplug_lock.
 *
 * @param putsDevice - 89c02e69fc52
 */
function* onlinePages(kernel: Kernel, reference: BlockReference, putsDevice: boolean): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* findMemoryBlock(reference);
    yield* reference.nid.read();
    if (putsDevice) yield* putDevice(reference);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** The store of `state`. Lock order: device_hotplug_lock (by try), as in {@link onlinePages}. */
function* stateStore(kernel: Kernel, reference: BlockReference, putsDevice: boolean): Step<number> {
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    yield* onlinePages(kernel, reference, putsDevice);
    return 1;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * remove_memory() of v5.0: device_unregister() removes the files and gives the driver core's
 * reference back. (That the block is taken offline first is left out: the reference leaks
 * whichever state it is in.)
 *
 * Lock order: device_hotplug_lock, cpu_hotplug_lock (read), mem_hotplug_lock, active references
 * (drained).
 */
function* removeMemory({ file, reference, ...kernel }: World): Step {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* memHotplugBegin(kernel);
    try {
      yield* file.active.drain();
      yield* putDevice(reference);
    } finally {
      yield* memHotplugDone(kernel);
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

const leakedBlockDevice: Scenario<World> = scenario({
  name: 'leaked-block-device',
  summary: 'online_pages() keeps a reference to the block, so that its device is never released',
  source:
    '89c02e69fc52 "mm/memory_hotplug.c: drop memory device reference after find_memory_block()" ' +
    '(2019)',
  setup: (arena, parameters): World => {
    const kernel = makeKernel(arena, { release: 'v4.20', blocksPresent: 0, blocksMax: 1 });
    const reference = makeBlockReference(arena, 'memory8');
    const putsDevice = parameters['putsDevice'] === true;
    const file: SysfsFile = {
      path: 'memory8/state',
      active: arena.activeRef('memory8/state.active', {
        class: 'kn->active(state)',
        active: true,
      }),
      store: () => stateStore(kernel, reference, putsDevice),
    };
    return { ...kernel, files: new Map([[file.path, file]]), file, reference };
  },
  agents: {
    'sysfs-writer': function* (world) {
      return yield* sysfsWrite(world, 'memory8/state', 'online');
    },
    driver: function* (world) {
      yield* removeMemory(world);
    },
  },
  forms: {
    full: {
      summary: 'a block comes online and is removed',
      agents: ['sysfs-writer', 'driver'],
      strategy: 'dfs',
    },
  },
  invariants: [
    {
      name: 'the device of a removed block is released',
      when: 'end',
      holds: ({ reference }) => reference.released.peek() === 1,
    },
  ],
  variants: {
    broken: {
      summary: 'find_memory_block() without put_device()',
      parameters: { putsDevice: false },
      shows: [{ kind: 'invariant-violated', about: ['released'] }],
    },
    fixed: {
      summary: '89c02e69fc52: put_device() after the look-up',
      parameters: { putsDevice: true },
    },
  },
});

export default leakedBlockDevice;
