import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { memremapPages } from '../src/kernel/memremap-pages.ts';
import { memoryReader } from '../workers/memory-reader.ts';

/** v4.12: v4.18 with the lock that 3f906ba23689 (v4.13) replaced. */
const machine: Parameters = { release: 'v4.18', blocksPresent: 0, blocksMax: 1, deviceRanges: 1 };

/** A deadlock in which a writer waits for a wake-up that went to the other. */
const lostWakeUp = {
  kind: 'deadlock',
  about: ['waiting for a value that never comes', 'woken'],
} as const;

const hotplugWriters: Scenario<Kernel> = scenario({
  name: 'hotplug-writers',
  summary: 'two writers of the home-made mem_hotplug_lock: one takes the wake-up of the other',
  source:
    'b5d24fda9c3d "mm, devm_memremap_pages: hold device_hotplug lock over mem_hotplug_{begin, ' +
    'done}", 3fc21924100b (both v4.11-rc1), 55adc1d05dca "mm: add private lock to serialize ' +
    'memory hotplug operations" (v4.11)',
  setup: makeKernel,
  agents: {
    *pmem(kernel) {
      yield* memremapPages(kernel, kernel.deviceMemory[0]!);
    },
    // s390: add_memory() of standby memory, which nobody had told of device_hotplug_lock.
    *sclp(kernel) {
      yield* addMemory(kernel, memoryBlock(kernel, 32));
    },
    reader: memoryReader(),
  },
  forms: {
    full: {
      summary: 'a driver maps device memory, another adds memory, kmemleak scans',
      agents: ['pmem', 'sclp', 'reader'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'since bfc8c90139eb: active_writer is one, and the writers are two',
      parameters: {
        ...machine,
        without: '3f906ba23689,55adc1d05dca,b5d24fda9c3d,3fc21924100b',
      },
      shows: [lostWakeUp],
    },
    'half-fixed': {
      summary: 'b5d24fda9c3d, 3fc21924100b: device_hotplug_lock, which not all callers hold',
      parameters: { ...machine, without: '3f906ba23689,55adc1d05dca' },
      shows: [{ kind: 'assertion-failed', about: ['device_hotplug_lock', 'sclp'] }, lostWakeUp],
    },
    fixed: {
      summary: '55adc1d05dca: memory_add_remove_lock in mem_hotplug_begin()',
      parameters: { ...machine, without: '3f906ba23689' },
    },
  },
});

export default hotplugWriters;
