import { attempt, check, retry, scenario } from '../src/program/index.ts';
import type { AgentFunction, Arena, Mutex, Parameters, Scenario } from '../src/program/index.ts';
import {
  makeTicketLock,
  ticketLock,
  ticketUnlock,
  type TicketLock,
} from '../src/kernel/ticket-lock.ts';

/** How often a write may start again because others have device_hotplug_lock. */
const turnsMax = 2;

interface World {
  readonly deviceHotplugLock: Mutex;
  /** In `fixed` a writer queues here, with nothing held, before its store begins. */
  readonly queue: TicketLock;
  readonly fair: boolean;
}

function setup(arena: Arena, parameters: Parameters): World {
  return {
    deviceHotplugLock: arena.mutex('device_hotplug_lock'),
    queue: makeTicketLock(arena, 'device_hotplug_queue'),
    fair: parameters['fair'] === true,
  };
}

/**
 * Writes to a file whose store needs device_hotplug_lock, `writes` times: try, sleep, restart. (The
 * active reference, that the sleep comes without, does not matter here.)
 */
function writer(writes: number): AgentFunction<World> {
  return function* ({ deviceHotplugLock, queue, fair }) {
    for (let write = 0; write < writes; write++) {
      if (fair) yield* ticketLock(queue);
      for (let turns = 0; ; turns++) {
        check(turns <= turnsMax, 'a write to sysfs starves: it was turned away time and again');
        yield* attempt();
        if (yield* deviceHotplugLock.tryAcquire()) break;
        yield* retry(5);
      }
      yield* deviceHotplugLock.release();
      if (fair) yield* ticketUnlock(queue);
    }
  };
}

const sysfsWriterStarves: Scenario<World> = scenario({
  name: 'sysfs-writer-starves',
  summary: 'a writer that only tries for device_hotplug_lock loses to others any number of times',
  source: 'derived from reading the code: lock_device_hotplug_sysfs()',
  setup,
  agents: { writer: writer(1), 'busy-writer': writer(4) },
  forms: { full: { summary: 'both', agents: ['writer', 'busy-writer'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'trylock, sleep, restart: nobody knows who has waited longest',
      shows: [{ kind: 'assertion-failed', about: ['starves', 'writer'] }],
    },
    fixed: {
      summary: 'proposed: writers queue in the order of arrival before the store begins',
      parameters: { fair: true },
    },
  },
});

export default sysfsWriterStarves;
