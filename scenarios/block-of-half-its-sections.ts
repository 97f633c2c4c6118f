import {
  scenario,
  type Arena,
  type Parameters,
  type Scenario,
  type Word,
} from '../src/program/index.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** Beyond what a write may answer: not asked. */
const notAsked = 999;

interface World extends Kernel {
  /** What the writes to `online` answered: of 1, and then of 0. */
  readonly up: Word;
  readonly down: Word;
}

function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { sectionsPerBlock: 2, ...parameters });
  return { ...kernel, up: arena.word('up', notAsked), down: arena.word('down', notAsked) };
}

const blockOfHalfItsSections: Scenario<World> = scenario({
  name: 'block-of-half-its-sections',
  summary: 'a block is published with its first section: who writes to `online` then is refused',
  source: 'derived from reading the code: hotplug_memory_register() of v4.18 and v4.20',
  setup,
  agents: {
    *driver(kernel) {
      return yield* addMemory(kernel, memoryBlock(kernel, 33));
    },
    // Brings the block online as soon as it hears of it, and takes it offline again.
    *udev(kernel) {
      yield* memoryBlock(kernel, 33).added.wait();
      const up = yield* sysfsWrite(kernel, 'memory33/online', '1');
      yield* kernel.up.store(up);
      if (up > 0) yield* kernel.down.store(yield* sysfsWrite(kernel, 'memory33/online', '0'));
    },
  },
  forms: { full: { summary: 'both', agents: ['driver', 'udev'], strategy: 'dpor' } },
  invariants: [
    {
      name: 'new memory that udev heard of comes online',
      when: 'end',
      // Not yet: -EBUSY.
      holds: ({ up }) => up.peek() > 0,
    },
    {
      name: 'a block that came online can go offline',
      when: 'end',
      // Its sections are all there and not all counted: -EINVAL.
      holds: ({ down }) => down.peek() > 0,
    },
  ],
  variants: {
    broken: {
      summary: 'v4.18: EBUSY while a section is missing, then EINVAL while one is not counted',
      parameters: { release: 'v4.18' },
      shows: [
        { kind: 'invariant-violated', about: ['comes online'] },
        { kind: 'invariant-violated', about: ['can go offline'] },
      ],
      allows: [
        // `online` of v4.18 takes no mem_hotplug_lock: see add-vs-online.
        { kind: 'assertion-failed', about: ['mem_hotplug_lock'] },
        { kind: 'data-race', about: ['memory33'] },
      ],
    },
    fixed: {
      summary: 'v4.20: added section by section all the same, but under device_hotplug_lock',
      parameters: { release: 'v4.20' },
    },
  },
});

export default blockOfHalfItsSections;
