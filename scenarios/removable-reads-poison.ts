import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsRead, sysfsWrite } from '../src/kernel/sysfs.ts';

const machine: Parameters = {
  release: 'v6.1',
  blocksMax: 1,
  blocksPresent: 1,
  blocksOnline: 1,
};

const removableReadsPoison: Scenario<Kernel> = scenario({
  name: 'removable-reads-poison',
  summary: 'reading `removable` walks struct pages that somebody takes offline meanwhile',
  source: '53cdc1cb29e8 "drivers/base/memory.c: indicate all memory blocks as removable"',
  setup: makeKernel,
  agents: {
    *lsmem(kernel) {
      return yield* sysfsRead(kernel, 'memory32/removable');
    },
    *offliner(kernel) {
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
    },
  },
  forms: { full: { summary: 'both', agents: ['lsmem', 'offliner'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'the reader looks at the pages, and holds no lock that keeps them',
      parameters: { ...machine, without: '53cdc1cb29e8' },
      shows: [
        { kind: 'assertion-failed', about: ['PagePoisoned', 'lsmem'] },
        { kind: 'data-race', about: ['memory32.page'] },
        // mem->state is read without a lock, too.
        { kind: 'data-race', about: ['memory32.state'] },
      ],
    },
    fixed: {
      summary: '53cdc1cb29e8: the answer is a constant',
      parameters: machine,
    },
  },
});

export default removableReadsPoison;
