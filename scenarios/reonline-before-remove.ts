import { scenario, type Scenario } from '../src/program/index.ts';
import {
  acpiMemoryDisableDevice,
  lockDevices,
  makeMemoryRemoval,
  setBlockState,
  unlockDevices,
  type MemoryRemoval,
} from '../src/kernel/acpi-memory-disable.ts';
import { allocPageOf, makeHotplugBlocks, type HotplugBlock } from '../src/kernel/hotplug-block.ts';
import { State } from '../src/kernel/memory-state.ts';

interface World {
  readonly removal: MemoryRemoval;
  readonly blocks: readonly HotplugBlock[];
}

const reonlineBeforeRemove: Scenario<World> = scenario({
  name: 'reonline-before-remove',
  summary: 'user space brings a block back online between its going offline and its removal',
  source:
    '6677e3eaf4d7 "memory-hotplug: check whether all memory blocks are offlined or not when ' +
    'removing memory" (v3.9), 4f3549d72d1b (v3.11)',
  setup: (arena, parameters) => ({
    removal: makeMemoryRemoval(arena, {
      checksBlocks: parameters['checksBlocks'] === true,
      hasDeviceHotplugLock: parameters['deviceHotplugLock'] === true,
    }),
    blocks: makeHotplugBlocks(arena, ['memory32', 'memory33']),
  }),
  agents: {
    firmware: function* ({ removal, blocks }) {
      return yield* acpiMemoryDisableDevice(removal, blocks);
    },
    'sysfs-writer': function* ({ removal, blocks }) {
      yield* lockDevices(removal);
      try {
        return yield* setBlockState(removal, blocks[0]!, State.online);
      } finally {
        yield* unlockDevices(removal);
      }
    },
    allocator: function* ({ blocks }) {
      yield* allocPageOf(blocks[0]!);
    },
  },
  forms: {
    full: {
      summary: 'a device of two blocks is removed, the first is onlined again, a page is allocated',
      agents: ['firmware', 'sysfs-writer', 'allocator'],
      strategy: 'dfs',
    },
  },
  variants: {
    broken: {
      summary: 'each block goes offline under locks of its own; then all are removed',
      parameters: { checksBlocks: false, deviceHotplugLock: false },
      shows: [{ kind: 'use-after-remove', about: ['memory32.page', 'allocator'] }],
      allows: [{ kind: 'data-race', about: ['memory32.page'] }],
    },
    'half-fixed': {
      summary:
        '6677e3eaf4d7: the states are read again under lock_memory_hotplug(), which is not what ' +
        'they are written under',
      parameters: { checksBlocks: true, deviceHotplugLock: false },
      shows: [
        { kind: 'data-race', about: ['memory32.state'] },
        // online_pages() is through and mem->state does not say so yet.
        { kind: 'use-after-remove', about: ['memory32.page', 'allocator'] },
      ],
      allows: [{ kind: 'data-race', about: ['memory32.page'] }],
    },
    fixed: {
      summary: '4f3549d72d1b: device_hotplug_lock around the removal and around the store',
      parameters: { checksBlocks: true, deviceHotplugLock: true },
    },
  },
});

export default reonlineBeforeRemove;
