import {
  scenario,
  type Mutex,
  type Scenario,
  type Self,
  type Step,
  type Word,
} from '../src/program/index.ts';
import {
  homeMadeGetOnlineMems,
  homeMadeHotplugBegin,
  homeMadeHotplugDone,
  homeMadePutOnlineMems,
  makeHomeMadeHotplugLock,
  type HomeMadeHotplugLock,
} from '../src/kernel/home-made-hotplug-lock.ts';

interface World {
  readonly hotplug: HomeMadeHotplugLock;
  readonly deviceHotplugLock: Mutex;
  /** What the lock is for; plain. */
  readonly presentPages: Word;
  /**
   * b5d24fda9c3d: memremap takes device_hotplug_lock; 3fc21924100b: mem_hotplug_begin() asserts
   * it.
   */
  readonly needsDeviceHotplugLock: boolean;
}

/** A change of memory between mem_hotplug_begin() and mem_hotplug_done(). */
function* changeMemory(world: World, current: Self): Step {
  const { hotplug, deviceHotplugLock, presentPages } = world;
  if (world.needsDeviceHotplugLock) yield* deviceHotplugLock.assertHeld();
  yield* homeMadeHotplugBegin(hotplug, current);
  try {
    yield* presentPages.write((yield* presentPages.read()) + 1);
  } finally {
    yield* homeMadeHotplugDone(hotplug);
  }
}

const hotplugWriters: Scenario<World> = scenario({
  name: 'hotplug-writers',
  summary: 'two writers of the home-made mem_hotplug_lock: one takes the wake-up of the other',
  source:
    'b5d24fda9c3d "mm, devm_memremap_pages: hold device_hotplug lock over mem_hotplug_{begin, ' +
    'done}", 3fc21924100b (both v4.11-rc1), 55adc1d05dca "mm: add private lock to serialize ' +
    'memory hotplug operations" (v4.11)',
  setup: (arena, parameters): World => ({
    hotplug: makeHomeMadeHotplugLock(arena, parameters['addRemoveLock'] === true),
    deviceHotplugLock: arena.mutex('device_hotplug_lock'),
    presentPages: arena.word('zone.present_pages'),
    needsDeviceHotplugLock: parameters['deviceHotplugLock'] === true,
  }),
  agents: {
    // devm_memremap_pages()
    pmem: function* (world, self) {
      const { deviceHotplugLock, needsDeviceHotplugLock } = world;
      if (needsDeviceHotplugLock) yield* deviceHotplugLock.acquire();
      try {
        yield* changeMemory(world, self);
      } finally {
        if (needsDeviceHotplugLock) yield* deviceHotplugLock.release();
      }
    },
    // s390: add_memory() of standby memory, which nobody had told of device_hotplug_lock.
    sclp: function* (world, self) {
      yield* changeMemory(world, self);
    },
    reader: function* ({ hotplug, presentPages }, self) {
      yield* homeMadeGetOnlineMems(hotplug, self);
      try {
        yield* presentPages.read();
      } finally {
        yield* homeMadePutOnlineMems(hotplug, self);
      }
    },
  },
  forms: {
    full: {
      summary: 'two writers and a reader',
      agents: ['pmem', 'sclp', 'reader'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'since bfc8c90139eb: active_writer is one, and the writers are two',
      parameters: { deviceHotplugLock: false, addRemoveLock: false },
      shows: [{ kind: 'deadlock', about: ['waiting for a value that never comes', 'woken'] }],
    },
    'half-fixed': {
      summary: 'b5d24fda9c3d, 3fc21924100b: device_hotplug_lock, which not all callers hold',
      parameters: { deviceHotplugLock: true, addRemoveLock: false },
      shows: [
        { kind: 'assertion-failed', about: ['device_hotplug_lock', 'sclp'] },
        { kind: 'deadlock', about: ['waiting for a value that never comes', 'woken'] },
      ],
    },
    fixed: {
      summary: '55adc1d05dca: memory_add_remove_lock in mem_hotplug_begin()',
      parameters: { deviceHotplugLock: false, addRemoveLock: true },
    },
  },
});

export default hotplugWriters;
