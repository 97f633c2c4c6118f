import { scenario, type Scenario } from '../src/program/index.ts';
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
  /** fa2be40fe7c0 is in: `state` goes by device_online() and device_offline() too. */
  readonly onePath: boolean;
}

const twoOnlineMechanisms: Scenario<World> = scenario({
  name: 'two-online-mechanisms',
  summary: '`state` and `online` change a block by different locks, and come to disagree',
  source:
    'fa2be40fe7c0 "drivers: base: use standard device online/offline for state change" (v3.12)',
  setup: (arena, parameters): World => ({
    block: withStateMutex(arena, makeHotplugBlocks(arena, ['memory32'])[0]!),
    onePath: parameters['onePath'] === true,
  }),
  agents: {
    'state-writer': function* ({ block, onePath }) {
      if (onePath) yield* setDeviceState(block, State.online, false);
      else yield* storeMemState(block, State.online);
    },
    'online-writer': function* ({ block, onePath }) {
      yield* setDeviceState(block, State.offline, !onePath);
    },
  },
  forms: {
    full: {
      summary: 'one writes `online` to `state`, one writes `0` to `online`',
      agents: ['state-writer', 'online-writer'],
      strategy: 'dfs',
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
      summary: '`state` under state_mutex, `online` under device_lock',
      parameters: { onePath: false },
      shows: [
        { kind: 'invariant-violated', about: ['dev->offline agrees with mem->state'] },
        { kind: 'data-race', about: ['memory32.offline'] },
      ],
    },
    fixed: {
      summary: 'fa2be40fe7c0: both by the driver core, under device_lock',
      parameters: { onePath: true },
    },
  },
});

export default twoOnlineMechanisms;
