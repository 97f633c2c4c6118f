import { scenario, type AgentFunction, type Scenario } from '../src/program/index.ts';
import { makeHoleyBlock, showValidZones, type HoleyBlock } from '../src/kernel/valid-zones.ts';

interface World {
  readonly block: HoleyBlock;
  /** a96dfddbcc04 is in. */
  readonly fixed: boolean;
}

/** User space that reads `valid_zones`, such as lsmem. */
function reader(): AgentFunction<World> {
  return function* ({ block, fixed }) {
    return yield* showValidZones(block, fixed);
  };
}

const validZonesHole: Scenario<World> = scenario({
  name: 'valid-zones-hole',
  summary: '`valid_zones` of a block that begins with a hole reads a struct page that is not there',
  source: 'a96dfddbcc04 "base/memory, hotplug: fix a kernel oops in show_valid_zones()" (v4.10)',
  setup: (arena, parameters): World => ({
    block: makeHoleyBlock(arena),
    fixed: parameters['validStart'] === true,
  }),
  agents: { reader1: reader(), reader2: reader() },
  forms: {
    full: { summary: 'two readers', agents: ['reader1', 'reader2'], strategy: 'dpor' },
  },
  variants: {
    broken: {
      summary: 'the zone of the first page of the block',
      parameters: { validStart: false },
      shows: [{ kind: 'use-after-remove', about: ['section0.page_zone'] }],
    },
    fixed: {
      summary: 'a96dfddbcc04: the zone of the first page that is there',
      parameters: { validStart: true },
    },
  },
});

export default validZonesHole;
