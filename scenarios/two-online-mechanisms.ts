import { scenario, type Mutex, type Scenario, type Step } from '../src/program/index.ts';
import { makeHotplugBlocks } from '../src/kernel/hotplug-block.ts';
import { State } from '../src/kernel/memory-state.ts';
import {
  setDeviceState,
  storeMemState,
  withStateMutex,
  type StateMutexBlock,
} from '../src/kernel/store-mem-state.ts';

interface World {
  readonly block: StateMutexBlock;
  readonly deviceHotplugLock: Mutex;
  /** Both stores hold device_hotplug_lock (4f3549d72d1b). */
  readonly guarded: boolean;
  /** fa2be40fe7c0 is in: `state` goes by device_online() and device_offline() too. */
  readonly onePath: boolean;
}

/** The part of both stores that is the same: device_hotplug_lock, where the kernel has it. */
function* store({ deviceHotplugLock, guarded }: World, change: () => Step): Step {
  if (guarded) yield* deviceHotplugLock.acquire();
  try {
    yield* change();
  } finally {
    if (guarded) yield* deviceHotplugLock.release();
  }
}

const twoOnlineMechanisms: Scenario<World> = scenario({
  name: 'two-online-mechanisms',
  summary: '`state` and `online` change a block by different locks, and come to disagree',
  source:
    'fa2be40fe7c0 "drivers: base: use standard device online/offline for state change" (v3.12). ' +
    'Not reported as a failure: in v3.11 device_hotplug_lock hides it, so broken and fixed are ' +
    'had without that',
  setup: (arena, parameters): World => ({
    block: withStateMutex(arena, makeHotplugBlocks(arena, ['memory32'])[0]!),
    deviceHotplugLock: arena.mutex('device_hotplug_lock'),
    guarded: parameters['deviceHotplugLock'] === true,
    onePath: parameters['onePath'] === true,
  }),
  agents: {
    'state-writer': function* (world) {
      const { block, onePath } = world;
      yield* store(world, () =>
        onePath ? setDeviceState(block, State.online, false) : storeMemState(block, State.online),
      );
    },
    'online-writer': function* (world) {
      const { block, onePath } = world;
      yield* store(world, () => setDeviceState(block, State.offline, !onePath));
    },
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
      holds: ({ block }) => (block.offline.peek() === 1) === (block.state.peek() === State.offline),
    },
  ],
  variants: {
    broken: {
      summary: '`state` under state_mutex, `online` under device_lock; nothing around the two',
      parameters: { onePath: false, deviceHotplugLock: false },
      shows: [
        { kind: 'invariant-violated', about: ['dev->offline agrees with mem->state'] },
        { kind: 'data-race', about: ['memory32.offline'] },
      ],
    },
    'v3.11': {
      summary: '4f3549d72d1b: the same two ways, kept apart by device_hotplug_lock',
      parameters: { onePath: false, deviceHotplugLock: true },
    },
    fixed: {
      summary: 'fa2be40fe7c0: both by the driver core, whose device_lock is enough',
      parameters: { onePath: true, deviceHotplugLock: false },
    },
  },
});

export default twoOnlineMechanisms;
