import { scenario, type Arena, type Completion, type Scenario } from '../src/program/index.ts';
import type { Parameters } from '../src/program/index.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { removeMemory } from '../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  /** Somebody has begun to take the block offline for good. */
  readonly leaving: Completion;
}

function setup(arena: Arena, parameters: Parameters): World {
  return { ...makeKernel(arena, parameters), leaving: arena.completion('leaving') };
}

const leakedBlockDevice: Scenario<World> = scenario({
  name: 'leaked-block-device',
  summary: 'online_pages() keeps a reference to the block, so that its device is never released',
  source:
    '89c02e69fc52 "mm/memory_hotplug.c: drop memory device reference after find_memory_block()" ' +
    '(2019)',
  setup,
  agents: {
    // Takes the block online once, and offline.
    *'sysfs-writer'(kernel) {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
      yield* kernel.leaving.complete();
    },
    *driver(kernel) {
      yield* kernel.leaving.wait();
      yield* removeMemory(kernel, memoryBlock(kernel, 32));
    },
    // Somebody else who looks at the block, also while it goes.
    *monitor(kernel) {
      return yield* sysfsWrite(kernel, 'memory32/online', '0');
    },
  },
  forms: {
    full: {
      summary: 'a block comes online, goes offline, and is removed',
      agents: ['sysfs-writer', 'driver', 'monitor'],
      strategy: 'dpor',
    },
  },
  invariants: [
    {
      name: 'the device of a removed block is released',
      when: 'end',
      holds: (kernel) => memoryBlock(kernel, 32).references.peek() === 0,
    },
  ],
  variants: {
    broken: {
      summary: 'v4.20: find_memory_block() without put_device()',
      parameters: { release: 'v4.20' },
      shows: [{ kind: 'invariant-violated', about: ['released'] }],
    },
    fixed: {
      summary: '89c02e69fc52 (v5.0), here v6.1: the reference is given back',
      parameters: { release: 'v6.1' },
    },
  },
});

export default leakedBlockDevice;
