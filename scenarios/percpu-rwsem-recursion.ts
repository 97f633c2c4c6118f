import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  getOnlineMems,
  memHotplugBegin,
  memHotplugDone,
  putOnlineMems,
} from '../src/kernel/mem-hotplug-lock.ts';

interface World extends Kernel {
  readonly recurses: boolean;
}

function setup(arena: Arena, parameters: Parameters): World {
  const release = parameters['release'] ?? 'v4.18';
  return { ...makeKernel(arena, { release }), recurses: parameters['recurses'] === true };
}

const percpuRwsemRecursion: Scenario<World> = scenario({
  name: 'percpu-rwsem-recursion',
  summary: 'get_online_mems() inside of get_online_mems(), and a writer who queues in between',
  source: 'derived from reading the code: percpu_down_read(); 3f906ba23689 changed the lock',
  setup,
  agents: {
    *reader(kernel) {
      yield* getOnlineMems(kernel);
      try {
        // A function that takes the lock itself, called from one that has it.
        if (kernel.recurses) yield* getOnlineMems(kernel);
        yield* kernel.pgdat.online.load();
        if (kernel.recurses) yield* putOnlineMems(kernel);
      } finally {
        yield* putOnlineMems(kernel);
      }
    },
    *writer(kernel) {
      yield* memHotplugBegin(kernel);
      yield* memHotplugDone(kernel);
    },
  },
  forms: { full: { summary: 'both', agents: ['reader', 'writer'], strategy: 'dpor' } },
  variants: {
    before: {
      summary: 'v3.19: the home-made lock, whose readers may recurse',
      parameters: { release: 'v3.19', recurses: true },
    },
    broken: {
      summary: 'v4.18: a percpu rwsem, whose queued writer stops the second read',
      parameters: { release: 'v4.18', recurses: true },
      shows: [
        { kind: 'deadlock', about: ['mem_hotplug_lock', 'reader', 'writer'] },
        { kind: 'recursive-locking', level: 'possible', about: ['mem_hotplug_lock'] },
      ],
    },
    fixed: {
      summary: 'v4.18: the inner function expects the lock to be held',
      parameters: { release: 'v4.18' },
    },
  },
});

export default percpuRwsemRecursion;
