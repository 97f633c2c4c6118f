import { scenario, type AgentFunction, type Scenario } from '../src/program/index.ts';
import {
  allocAndFreePage,
  makeZonelists,
  numaZonelistOrderHandler,
  onlinePagesOfZone,
  type Zonelists,
} from '../src/kernel/zonelist-rebuild.ts';

interface World {
  readonly lists: Zonelists;
  /** 4eaf3f64397c is in. */
  readonly fixed: boolean;
}

/** User space that brings the first memory of a node online. */
function onliner(node: number): AgentFunction<World> {
  return function* ({ lists, fixed }) {
    yield* onlinePagesOfZone(lists, lists.zones[node - 1]!, fixed);
  };
}

const zonelistRebuildRace: Scenario<World> = scenario({
  name: 'zonelist-rebuild-race',
  summary: 'zone lists are rebuilt between the first pages of a zone and its own pageset',
  source:
    '4eaf3f64397c "mem-hotplug: fix potential race while building zonelist for new populated ' +
    'zone" (v2.6.35)',
  setup: (arena, parameters): World => ({
    lists: makeZonelists(arena),
    fixed: parameters['zonelistsMutex'] === true,
  }),
  agents: {
    onliner1: onliner(1),
    onliner2: onliner(2),
    sysctl: function* ({ lists, fixed }) {
      yield* numaZonelistOrderHandler(lists, fixed);
    },
    allocator: function* ({ lists }) {
      for (const zone of lists.zones) yield* allocAndFreePage(lists, zone);
    },
  },
  forms: {
    full: {
      summary: 'two new zones, a rebuild that is about neither, and the page allocator',
      agents: ['onliner1', 'onliner2', 'sysctl', 'allocator'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'nothing joins the update of present_pages, the rebuild and the pageset',
      parameters: { zonelistsMutex: false },
      shows: [{ kind: 'assertion-failed', about: ['bad_range', 'allocator'] }],
    },
    fixed: {
      summary: '4eaf3f64397c: zonelists_mutex around the three',
      parameters: { zonelistsMutex: true },
    },
  },
});

export default zonelistRebuildRace;
