import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  addMultiSectionBlock,
  makeMultiSectionBlock,
  type MultiSectionBlock,
} from '../src/kernel/multi-section-block.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly block: MultiSectionBlock;
}

function setup(arena: Arena, parameters: Parameters): World {
  const release = parameters['release'] ?? 'v4.18';
  const kernel = makeKernel(arena, { release });
  const block = makeMultiSectionBlock(arena);
  return { ...kernel, block, files: new Map([...kernel.files, [block.file.path, block.file]]) };
}

const blockOfHalfItsSections: Scenario<World> = scenario({
  name: 'block-of-half-its-sections',
  summary: 'a block is published with its first section: who brings it online then is refused',
  source: 'derived from reading the code: hotplug_memory_register() of v4.18 and v4.20',
  setup,
  agents: {
    *driver(kernel) {
      yield* addMultiSectionBlock(kernel, kernel.block);
    },
    *udev(kernel, self) {
      yield* kernel.block.added.wait();
      return yield* sysfsWriter('memory52/online', '1')(kernel, self);
    },
  },
  forms: { full: { summary: 'both', agents: ['driver', 'udev'], strategy: 'dfs' } },
  invariants: [
    {
      name: 'new memory that udev heard of comes online',
      when: 'end',
      holds: ({ block }) => block.offline.peek() === 0,
    },
  ],
  variants: {
    broken: {
      summary: 'v4.18: udev gets EBUSY, and nobody tries again',
      parameters: { release: 'v4.18' },
      shows: [{ kind: 'invariant-violated', about: ['comes online'] }],
    },
    fixed: {
      summary: 'v4.20: added section by section all the same, but under device_hotplug_lock',
      parameters: { release: 'v4.20' },
    },
  },
});

export default blockOfHalfItsSections;
