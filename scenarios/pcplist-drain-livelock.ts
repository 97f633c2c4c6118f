import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  freeUnrefPage,
  makePcpPage,
  offlineLastPage,
  Where,
  type Drain,
  type PcpPage,
} from '../src/kernel/pcp-page.ts';

interface World extends Kernel {
  readonly page: PcpPage;
}

function setup(arena: Arena, parameters: Parameters): World {
  const drain = parameters['drain'] as Drain;
  return { ...makeKernel(arena, { release: 'v6.1' }), page: makePcpPage(arena, drain) };
}

const pcplistDrainLivelock: Scenario<World> = scenario({
  name: 'pcplist-drain-livelock',
  summary: 'a page reaches a list of pages per CPU after the drain: offlining loops for ever',
  source:
    '968318261221 "mm/memory_hotplug: drain per-cpu pages again during memory offline"; ' +
    'ec6e8c7e0314 (zone_pcp_disable)',
  setup,
  agents: {
    *offliner(kernel) {
      yield* offlineLastPage(kernel, kernel.page);
    },
    *freer({ page }) {
      yield* freeUnrefPage(page);
    },
  },
  forms: { full: { summary: 'both', agents: ['offliner', 'freer'], strategy: 'dpor' } },
  invariants: [
    {
      name: 'the page of an offline block is free and isolated',
      when: 'end',
      holds: ({ page }) => page.where.peek() === Where.buddyIsolated,
    },
  ],
  variants: {
    broken: {
      summary: 'the lists are drained once, before the loop',
      parameters: { drain: 'once' },
      // Nobody is left who could change what the loop looks at: a livelock, told as the deadlock
      // that it is once waiting costs nothing.
      shows: [{ kind: 'deadlock', about: ['offliner for a change'] }],
    },
    fixed: {
      summary: '968318261221: drained in every turn of the loop',
      parameters: { drain: 'every-turn' },
    },
    'fixed-lists-disabled': {
      summary: 'ec6e8c7e0314: nothing reaches the lists while a block goes offline',
      parameters: { drain: 'lists-disabled' },
    },
  },
});

export default pcplistDrainLivelock;
