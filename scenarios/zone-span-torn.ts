import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  checkPageInZone,
  growZoneDown,
  makeZoneSpan,
  type ZoneSpan,
} from '../src/kernel/zone-span.ts';

interface World extends Kernel {
  readonly span: ZoneSpan;
}

function setup(arena: Arena, parameters: Parameters): World {
  const span = makeZoneSpan(arena, parameters['writersLock'] === true);
  return { ...makeKernel(arena, { release: 'v6.1' }), span };
}

const zoneSpanTorn: Scenario<World> = scenario({
  name: 'zone-span-torn',
  summary: "a lockless reader sees a zone's new start with its old length",
  source: '27cacaad16c5 "mm,memory_hotplug: drop unneeded locking"; noted by M. Desnoyers, 2025-03',
  setup,
  agents: {
    // memory41 has been in the zone all the time.
    *allocator({ span }) {
      yield* checkPageInZone(span, 41);
    },
    *onliner(kernel) {
      yield* growZoneDown(kernel, kernel.span, 38);
    },
  },
  forms: { full: { summary: 'both', agents: ['allocator', 'onliner'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: '27cacaad16c5: writers rely on mem_hotplug_lock, the reader on the seqlock',
      shows: [
        { kind: 'assertion-failed', about: ['outside its zone', 'allocator'] },
        { kind: 'data-race', about: ['span.zone_start_pfn'] },
        { kind: 'data-race', about: ['span.spanned_pages'] },
      ],
    },
    fixed: {
      summary: 'before 27cacaad16c5: writers hold span_seqlock',
      parameters: { writersLock: true },
    },
  },
});

export default zoneSpanTorn;
