import {
  progress,
  scenario,
  type AgentFunction,
  type Scenario,
  type Step,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import {
  makeTicketLock,
  ticketLock,
  ticketUnlock,
  type TicketLock,
} from '../src/kernel/ticket-lock.ts';

interface World extends Kernel {
  /** In `fixed` a writer queues here, with nothing held, before its write begins. */
  readonly queue: TicketLock;
  readonly fair: boolean;
}

function* write(world: World, path: string, input: string): Step {
  if (world.fair) yield* ticketLock(world.queue);
  yield* sysfsWrite(world, path, input);
  if (world.fair) yield* ticketUnlock(world.queue);
}

/** Writes what is so already, again and again: each time device_hotplug_lock is taken for it. */
const busyWriter: AgentFunction<World> = function* (world) {
  for (;;) {
    yield* write(world, 'memory33/online', '0');
    yield* progress();
  }
};

const sysfsWriterStarves: Scenario<World> = scenario({
  name: 'sysfs-writer-starves',
  summary: 'a writer that only tries for device_hotplug_lock loses to others any number of times',
  source: 'derived from reading the code: lock_device_hotplug_sysfs()',
  setup: (arena, parameters) => ({
    ...makeKernel(arena, parameters),
    queue: makeTicketLock(arena, 'device_hotplug_queue'),
    fair: parameters['fair'] === true,
  }),
  agents: {
    *writer(world) {
      yield* write(world, 'memory32/online', '0');
    },
    'busy-writer': busyWriter,
  },
  forms: {
    full: {
      summary: 'one write, and one after the other for ever',
      agents: ['writer', 'busy-writer'],
      strategy: 'pct',
      executions: 200,
    },
  },
  stepsMax: 60,
  variants: {
    broken: {
      summary: 'trylock, sleep, restart: nobody knows who has waited longest',
      parameters: { blocksPresent: 2 },
      shows: [{ kind: 'starvation', about: ['writer never gets device_hotplug_lock'] }],
    },
    fixed: {
      summary: 'proposed: writers queue in the order of arrival before the write begins',
      parameters: { blocksPresent: 2, fair: true },
    },
  },
});

export default sysfsWriterStarves;
