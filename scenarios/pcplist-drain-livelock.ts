import {
  scenario,
  type Arena,
  type Completion,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { PageUse, State } from '../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  /** The page is taken. */
  readonly taken: Completion;
}

function setup(arena: Arena, parameters: Parameters): World {
  return { ...makeKernel(arena, parameters), taken: arena.completion('taken') };
}

const machine: Parameters = {
  release: 'v6.1',
  blocksMax: 1,
  blocksPresent: 1,
  blocksOnline: 1,
};

const pcplistDrainLivelock: Scenario<World> = scenario({
  name: 'pcplist-drain-livelock',
  summary: 'a page reaches a list of pages per CPU after the drain: offlining loops for ever',
  source:
    '968318261221 "mm/memory_hotplug: drain per-cpu pages again during memory offline"; ' +
    'ec6e8c7e0314 (zone_pcp_disable)',
  setup,
  agents: {
    *offliner(world) {
      yield* world.taken.wait();
      yield* sysfsWrite(world, 'memory32/state', 'offline');
    },
    *freer(world) {
      const page = yield* allocPage(world, PageUse.pinned);
      yield* world.taken.complete();
      if (page !== undefined) yield* freePage(world, page);
    },
  },
  forms: { full: { summary: 'both', agents: ['offliner', 'freer'], strategy: 'dpor' } },
  invariants: [
    {
      name: 'the block is offline in the end',
      when: 'end',
      holds: (world) => memoryBlock(world, 32).state.peek() === State.offline,
    },
  ],
  variants: {
    broken: {
      summary: 'the lists are drained once, before the loop',
      parameters: { ...machine, without: '968318261221,ec6e8c7e0314' },
      // Nobody is left who could change what the loop looks at: a livelock, told as the deadlock
      // that it is once waiting costs nothing.
      shows: [{ kind: 'deadlock', about: ['offliner for a change'] }],
    },
    fixed: {
      summary: '968318261221: drained in every turn of the loop',
      parameters: { ...machine, without: 'ec6e8c7e0314' },
    },
    'fixed-lists-disabled': {
      summary: 'ec6e8c7e0314: nothing reaches the lists while a block goes offline',
      parameters: machine,
    },
  },
});

export default pcplistDrainLivelock;
