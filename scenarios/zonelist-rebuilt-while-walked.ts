import { check, scenario } from '../src/program/index.ts';
import type { Arena, Parameters, Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  allocPage,
  makeSequencedZonelist,
  offlineMovableZone,
  type SequencedZonelist,
} from '../src/kernel/zonelist-seqlock.ts';

interface World extends Kernel {
  readonly walked: SequencedZonelist;
}

function setup(arena: Arena, parameters: Parameters): World {
  const walked = makeSequencedZonelist(arena, parameters['checksSequence'] === true);
  return { ...makeKernel(arena, { release: 'v6.1' }), walked };
}

const zonelistRebuiltWhileWalked: Scenario<World> = scenario({
  name: 'zonelist-rebuilt-while-walked',
  summary: 'an allocation walks the zone list while it is rebuilt, and misses the zone with pages',
  source:
    '3d36424b3b58 "mm/page_alloc: fix race condition between build_all_zonelists and page ' +
    'allocation"',
  setup,
  agents: {
    *allocator({ walked }) {
      const result = yield* allocPage(walked);
      // The only page of Normal is nobody else's: it is still free.
      check(result === 0, 'out of memory while a zone of the node has a free page');
    },
    *offliner(kernel) {
      yield* offlineMovableZone(kernel, kernel.walked);
    },
  },
  forms: { full: { summary: 'both', agents: ['allocator', 'offliner'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'the walk is not repeated',
      shows: [{ kind: 'assertion-failed', about: ['out of memory', 'allocator'] }],
    },
    fixed: {
      summary: '3d36424b3b58: the walk is repeated if the lists changed meanwhile',
      parameters: { checksSequence: true },
    },
  },
});

export default zonelistRebuiltWhileWalked;
