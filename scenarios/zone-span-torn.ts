import {
  scenario,
  type Arena,
  type Completion,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { allocPage, freePage } from '../src/kernel/page-allocator.ts';

interface World extends Kernel {
  /** memory33 is online: zone Movable has a page. */
  readonly populated: Completion;
}

function setup(arena: Arena, parameters: Parameters): World {
  return { ...makeKernel(arena, parameters), populated: arena.completion('populated') };
}

const machine: Parameters = {
  release: 'v6.1',
  details: 'zone-span',
  blocksMax: 2,
  blocksPresent: 2,
};

const zoneSpanTorn: Scenario<World> = scenario({
  name: 'zone-span-torn',
  summary: "a lockless reader sees a zone's new start with its old length",
  source: '27cacaad16c5 "mm,memory_hotplug: drop unneeded locking"; noted by M. Desnoyers, 2025-03',
  setup,
  agents: {
    *allocator(world) {
      yield* world.populated.wait();
      const page = yield* allocPage(world, PageUse.movable);
      if (page !== undefined) yield* freePage(world, page);
    },
    // The zone has memory33, and grows down to memory32.
    *onliner(world) {
      yield* sysfsWrite(world, 'memory33/state', 'online_movable');
      yield* world.populated.complete();
      yield* sysfsWrite(world, 'memory32/state', 'online_movable');
    },
  },
  forms: { full: { summary: 'both', agents: ['allocator', 'onliner'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: '27cacaad16c5: writers rely on mem_hotplug_lock, the reader on the seqlock',
      parameters: machine,
      shows: [{ kind: 'assertion-failed', about: ['outside its zone', 'allocator'] }],
    },
    fixed: {
      summary: 'before 27cacaad16c5: writers hold span_seqlock',
      parameters: { ...machine, without: '27cacaad16c5' },
    },
  },
});

export default zoneSpanTorn;
