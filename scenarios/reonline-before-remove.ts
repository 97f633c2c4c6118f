import { scenario, type ExpectedFinding, type Scenario } from '../src/program/index.ts';
import {
  acpiMemoryDisableDevice,
  onlineByState,
  type MemoryRemoval,
  type RemovableBlock,
} from '../src/kernel/acpi-memory-disable.ts';
import { allocPageOf, makeHotplugBlocks } from '../src/kernel/hotplug-block.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makeMemoryHotplugMutex } from '../src/kernel/memory-hotplug-mutex.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  readonly removal: MemoryRemoval;
  /** The two blocks of the device: memory8 and memory9. */
  readonly blocks: readonly RemovableBlock[];
}

/** The allocator hands out a page of a block that is gone. */
const usedAfterRemoval: ExpectedFinding = {
  kind: 'use-after-remove',
  about: ['memory8.page', 'allocator'],
};

/** The same, where nothing orders the two. */
const racedWithRemoval: ExpectedFinding = { kind: 'data-race', about: ['memory8.page'] };

/** The other thing that device_hotplug_lock cured: see `sysfs-vs-remove`. */
const drainDeadlock: readonly ExpectedFinding[] = [
  { kind: 'deadlock', about: ['kn->active(state)', 'mem_hotplug_mutex'] },
  { kind: 'lock-inversion', level: 'possible', about: ['kn->active(state)', 'mem_hotplug_mutex'] },
];

const reonlineBeforeRemove: Scenario<World> = scenario({
  name: 'reonline-before-remove',
  summary: 'user space brings a block back online between its going offline and its removal',
  source:
    '6677e3eaf4d7 "memory-hotplug: check whether all memory blocks are offlined or not when ' +
    'removing memory" (v3.9), 4f3549d72d1b (v3.11), 5e33bc4165f3 (v3.12)',
  setup: (arena, parameters): World => {
    const kernel = makeKernel(arena, { release: 'v3.19', blocksPresent: 0, blocksMax: 1 });
    const removal: MemoryRemoval = {
      hotplug: makeMemoryHotplugMutex(arena),
      checksBlocks: parameters['checksBlocks'] === true,
      takesDeviceHotplugLock: parameters['deviceHotplugLock'] === true,
    };
    const blocks = makeHotplugBlocks(arena, ['memory8', 'memory9'], 'state_mutex').map((block) => ({
      ...block,
      file: {
        path: `${block.name}/state`,
        active: arena.activeRef(`${block.name}/state.active`, {
          class: 'kn->active(state)',
          active: true,
        }),
        store: () => onlineByState(kernel, removal, block),
      },
    }));
    const files = new Map(blocks.map(({ file }) => [file.path, file]));
    return { ...kernel, files, removal, blocks };
  },
  agents: {
    firmware: function* (world) {
      return yield* acpiMemoryDisableDevice(world, world.removal, world.blocks);
    },
    'sysfs-writer': function* (world) {
      return yield* sysfsWrite(world, 'memory8/state', 'online');
    },
    allocator: function* ({ blocks }) {
      yield* allocPageOf(blocks[0]!);
    },
  },
  forms: {
    full: {
      summary: 'a device of two blocks is removed, the first is onlined again, a page is allocated',
      agents: ['firmware', 'sysfs-writer', 'allocator'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'each block goes offline under locks of its own; then all are removed',
      parameters: { checksBlocks: false, deviceHotplugLock: false },
      shows: [usedAfterRemoval],
      allows: [racedWithRemoval, ...drainDeadlock],
    },
    'half-fixed': {
      summary:
        '6677e3eaf4d7: the states are read again under lock_memory_hotplug(), which is not what ' +
        'they are written under',
      parameters: { checksBlocks: true, deviceHotplugLock: false },
      // online_pages() is through, and mem->state does not say so yet. The write that is still to
      // be told has its active reference, which the remover waits for: then the memory goes.
      shows: [{ kind: 'data-race', about: ['memory8.state'] }, usedAfterRemoval],
      allows: [racedWithRemoval, ...drainDeadlock],
    },
    fixed: {
      summary: '4f3549d72d1b, 5e33bc4165f3: device_hotplug_lock around the removal and the store',
      parameters: { checksBlocks: true, deviceHotplugLock: true },
    },
  },
});

export default reonlineBeforeRemove;
