import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { removeMemory, type BlockRemoval } from '../src/kernel/memory-block-removal.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  readonly removal: BlockRemoval;
}

function setup(arena: Arena, parameters: Parameters): World {
  const removal = {
    underMemHotplugLock: parameters['underMemHotplugLock'] === true,
    underDeviceHotplugLock: parameters['underDeviceHotplugLock'] === true,
  };
  return { ...makeKernel(arena, { release: 'v6.1' }), removal };
}

const blockRemovalUnguarded: Scenario<World> = scenario({
  name: 'block-removal-unguarded',
  summary: 'block devices are removed under mem_hotplug_lock again: all rests on one outer lock',
  source: '6b8f0798b85a "mm/memory_hotplug: split memmap_on_memory requests across memblocks"',
  setup,
  agents: {
    *remover(kernel) {
      return yield* removeMemory(kernel, memoryBlock(kernel, 32), kernel.removal);
    },
    // Online and offline again, so that the block can be removed before and after.
    *'sysfs-writer'(kernel) {
      const up = yield* sysfsWrite(kernel, 'memory32/online', '1');
      return up < 0 ? up : yield* sysfsWrite(kernel, 'memory32/online', '0');
    },
  },
  forms: {
    full: {
      summary: 'both',
      agents: ['remover', 'sysfs-writer'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'v6.8, and a caller of __remove_memory() without device_hotplug_lock',
      parameters: { underMemHotplugLock: true },
      shows: [
        { kind: 'deadlock', about: ['kn->active(online)', 'mem_hotplug_lock'] },
        // device_del() takes device_lock, too, and so it is under mem_hotplug_lock.
        { kind: 'deadlock', about: ['memory device_lock', 'mem_hotplug_lock'] },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['kn->active(online)', 'mem_hotplug_lock'],
        },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['memory device_lock', 'mem_hotplug_lock'],
        },
        { kind: 'data-race', about: ['memory32.offline'] },
      ],
      allows: [
        // The same again with the lock that mem_hotplug_begin() takes first.
        { kind: 'lock-inversion', level: 'possible', about: ['cpu_hotplug_lock'] },
      ],
    },
    'broken-before': {
      summary: 'v6.7, and the same caller: no deadlock, but the state that it saw is stale',
      shows: [{ kind: 'data-race', about: ['memory32.offline'] }],
    },
    fixed: {
      summary: 'v6.8 as it is: remove_memory() holds device_hotplug_lock',
      parameters: { underMemHotplugLock: true, underDeviceHotplugLock: true },
      shows: [
        {
          kind: 'lock-inversion',
          level: 'guarded',
          about: ['device_hotplug_lock', 'mem_hotplug_lock', 'kn->active(online)'],
        },
      ],
    },
    'fixed-before': {
      summary: 'v6.7: outside mem_hotplug_lock, and no inversion to guard',
      parameters: { underDeviceHotplugLock: true },
    },
  },
});

export default blockRemovalUnguarded;
