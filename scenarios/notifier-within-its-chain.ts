import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import type { Step } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { memoryNotify, registerMemoryNotifier } from '../src/kernel/memory-notify.ts';
import type { MemoryNotify } from '../src/kernel/memory-notify.ts';
import { makeNotifierBlock, Notify, type NotifierBlock } from '../src/kernel/notifier-chain.ts';
import { makeQueuedWork, processOneWork, queueWork } from '../src/kernel/queued-work.ts';
import type { QueuedWork } from '../src/kernel/queued-work.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** What the callback does: registers, walks the chain again, or leaves registering to a work. */
type Deed = 'registers' | 'notifies' | 'defers';

interface World extends Kernel {
  readonly deed: Deed;
  /** Not on the chain at first. */
  readonly second: NotifierBlock<MemoryNotify>;
  readonly work: QueuedWork;
}

function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { release: 'v6.1' });
  const work = makeQueuedWork(arena, 'register');
  const second = makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
    name: 'second',
    // eslint-disable-next-line require-yield -- a step that takes no operation
    *call() {
      return Notify.ok;
    },
  });
  const world: World = { ...kernel, deed: parameters['deed'] as Deed, second, work };
  makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
    name: 'first',
    registered: true,
    call: (_self, _action, arg) => callback(world, arg),
  });
  return world;
}

/** Lock order: memory_chain.rwsem (read) of the walk, and what the deed takes. */
function* callback(world: World, arg: MemoryNotify): Step<number> {
  // memory_notify() of what this callback brings on its way: an event of its own is enough.
  const nested = world.deed === 'notifies' && arg !== nestedEvent;
  if (world.deed === 'registers') yield* registerMemoryNotifier(world, world.second);
  if (nested) yield* memoryNotify(world, 'online', nestedEvent);
  if (world.deed === 'defers') yield* queueWork(world.work);
  return Notify.ok;
}

const nestedEvent: MemoryNotify = {
  startPfn: 0,
  nrPages: 0,
  statusChangeNidNormal: -1,
  statusChangeNidHigh: -1,
  statusChangeNid: -1,
};

const notifierWithinItsChain: Scenario<World> = scenario({
  name: 'notifier-within-its-chain',
  summary: 'a memory notifier that uses the chain it is called from',
  source: 'derived from reading the code: blocking_notifier_call_chain() holds its rwsem',
  setup,
  agents: {
    onliner: sysfsWriter('memory32/state', 'online'),
    // A module that registers, or the worker that the callback leaves it to.
    *registrar(world) {
      const { deed, work, second } = world;
      if (deed === 'notifies') yield* registerMemoryNotifier(world, second);
      if (deed === 'defers') {
        yield* processOneWork(work, () => registerMemoryNotifier(world, second));
      }
    },
  },
  forms: { full: { summary: 'both', agents: ['onliner', 'registrar'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'the callback registers another: write under read, always stuck',
      parameters: { deed: 'registers' },
      shows: [{ kind: 'deadlock', about: ['memory_chain.rwsem', 'onliner'] }],
    },
    'broken-nested-walk': {
      summary: 'the callback walks the chain again: stuck if a writer has queued in between',
      parameters: { deed: 'notifies' },
      shows: [
        { kind: 'deadlock', about: ['memory_chain.rwsem', 'onliner', 'registrar'] },
        { kind: 'recursive-locking', level: 'possible', about: ['(memory_chain).rwsem'] },
      ],
    },
    fixed: {
      summary: 'the callback leaves it to a work',
      parameters: { deed: 'defers' },
    },
  },
});

export default notifierWithinItsChain;
