import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  makeRemovableBlock,
  offlineRemovableBlock,
  removableShow,
  removableShowConstant,
  type RemovableBlock,
} from '../src/kernel/removable-file.ts';

interface World extends Kernel {
  readonly block: RemovableBlock;
  readonly constant: boolean;
}

function setup(arena: Arena, parameters: Parameters): World {
  return {
    ...makeKernel(arena, { release: 'v6.1' }),
    block: makeRemovableBlock(arena),
    constant: parameters['constant'] === true,
  };
}

const removableReadsPoison: Scenario<World> = scenario({
  name: 'removable-reads-poison',
  summary: 'reading `removable` walks struct pages that somebody takes offline meanwhile',
  source: '53cdc1cb29e8 "drivers/base/memory.c: indicate all memory blocks as removable"',
  setup,
  agents: {
    *lsmem({ block, constant }) {
      return constant ? yield* removableShowConstant() : yield* removableShow(block);
    },
    *offliner(kernel) {
      yield* offlineRemovableBlock(kernel, kernel.block);
    },
  },
  forms: { full: { summary: 'both', agents: ['lsmem', 'offliner'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'the reader looks at the pages, and holds no lock that keeps them',
      shows: [
        { kind: 'assertion-failed', about: ['PagePoisoned', 'lsmem'] },
        { kind: 'data-race', about: ['memory40.page_flags'] },
        // mem->state is read without a lock, too.
        { kind: 'data-race', about: ['memory40.online'] },
      ],
    },
    fixed: {
      summary: '53cdc1cb29e8: the answer is a constant',
      parameters: { constant: true },
    },
  },
});

export default removableReadsPoison;
