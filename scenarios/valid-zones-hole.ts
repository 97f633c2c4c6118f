import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsRead, sysfsWrite } from '../src/kernel/sysfs.ts';

/** The first of the two sections of memory2 is not there. */
const machine: Parameters = {
  bootBlocks: true,
  sectionsPerBlock: 2,
  holeSections: 1,
  blocksMax: 1,
};

const validZonesHole: Scenario<Kernel> = scenario({
  name: 'valid-zones-hole',
  summary: '`valid_zones` of a block that begins with a hole reads a struct page that is not there',
  source:
    'a96dfddbcc04 "base/memory, hotplug: fix a kernel oops in show_valid_zones()" (v4.10); ' +
    '5f0f2887f4de, 26bbe7ef6d5c (v4.4); 395f6081bad4 (v5.18)',
  setup: makeKernel,
  agents: {
    /** User space that reads `valid_zones`, such as lsmem. */
    *reader(kernel) {
      return yield* sysfsRead(kernel, 'memory2/valid_zones');
    },
    *'sysfs-writer'(kernel) {
      return yield* sysfsWrite(kernel, 'memory2/state', 'offline');
    },
  },
  forms: {
    full: { summary: 'a reader', agents: ['reader'], strategy: 'dpor' },
    offlining: { summary: 'a writer, who is refused', agents: ['sysfs-writer'], strategy: 'dpor' },
  },
  variants: {
    'broken-before': {
      summary: 'v4.3: who looks for the zone looks at absent sections, and offlining does, too',
      parameters: {
        ...machine,
        release: 'v4.18',
        without: '5f0f2887f4de,26bbe7ef6d5c,a96dfddbcc04',
      },
      shows: [
        { kind: 'use-after-remove', about: ['memory2.hole.page_zone', 'reader'] },
        { kind: 'use-after-remove', about: ['memory2.hole.page_zone', 'sysfs-writer'] },
      ],
    },
    broken: {
      summary: 'v4.9: the zone of the first page of the block',
      parameters: { ...machine, release: 'v4.18', without: 'a96dfddbcc04' },
      shows: [{ kind: 'use-after-remove', about: ['memory2.hole.page_zone', 'reader'] }],
    },
    fixed: {
      summary: 'a96dfddbcc04: the zone of the first page that is there',
      parameters: { ...machine, release: 'v4.18' },
    },
    'v6.1': {
      summary: '395f6081bad4: the zone that the block remembers',
      parameters: { ...machine, release: 'v6.1' },
    },
  },
});

export default validZonesHole;
