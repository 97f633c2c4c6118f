import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makePageExt, offlinePageExt, setPageOwner, type PageExt } from '../src/kernel/page-ext.ts';

interface World extends Kernel {
  readonly pageExt: PageExt;
}

function setup(arena: Arena, parameters: Parameters): World {
  const pageExt = makePageExt(arena, parameters['rcu'] === true);
  return { ...makeKernel(arena, { release: 'v6.1' }), pageExt };
}

const pageExtFreed: Scenario<World> = scenario({
  name: 'page-ext-freed',
  summary: 'MEM_OFFLINE frees page_ext while page_owner still follows its pointer',
  source: 'b1d5488a252d "mm: fix use-after free of page_ext after race with memory-offline"',
  setup,
  agents: {
    *allocator({ pageExt }) {
      yield* setPageOwner(pageExt, 1);
    },
    *freer({ pageExt }) {
      yield* setPageOwner(pageExt, 2);
    },
    *offliner(kernel) {
      yield* offlinePageExt(kernel, kernel.pageExt);
    },
  },
  forms: {
    full: {
      summary: 'two users of page_ext and the offliner',
      agents: ['allocator', 'freer', 'offliner'],
      strategy: 'dfs',
    },
  },
  variants: {
    broken: {
      summary: 'the pointer is read, and followed, without anything',
      shows: [
        { kind: 'use-after-remove', about: ['page_ext.owner'] },
        { kind: 'data-race', about: ['section.page_ext'] },
        { kind: 'data-race', about: ['page_ext.owner'] },
      ],
    },
    fixed: {
      summary: 'b1d5488a252d: users are RCU readers, a grace period comes before the free',
      parameters: { rcu: true },
    },
  },
});

export default pageExtFreed;
