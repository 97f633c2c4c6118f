import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import type { Completion, Step } from '../src/program/index.ts';
import {
  blockingNotifierCallChain,
  blockingNotifierChainRegister,
  makeCallback,
  makeCallbackChain,
  type Callback,
  type CallbackChain,
} from '../src/kernel/callback-chain.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { memHotplugBegin, memHotplugDone } from '../src/kernel/mem-hotplug-lock.ts';

/** What the callback does: registers, walks the chain again, or leaves registering to a work. */
type Deed = 'registers' | 'notifies' | 'defers';

interface World extends Kernel {
  readonly deed: Deed;
  readonly chain: CallbackChain;
  /** Not on the chain at first. */
  readonly second: Callback;
  /** schedule_work() */
  readonly work: Completion;
}

function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { release: 'v6.1' });
  const deed = parameters['deed'] as Deed;
  const work = arena.completion('work');
  const second = makeCallback(arena, 'second', () => nothing());
  const first = makeCallback(arena, 'first', () => callback(world), true);
  const chain = makeCallbackChain(arena, 'scenario', [first, second]);
  const world: World = { ...kernel, deed, chain, second, work };
  return world;
}

// eslint-disable-next-line require-yield
function* nothing(): Step {
  // Its being called is all.
}

/** Lock order: memory_chain.rwsem (read) of the walk, and what the deed takes. */
function* callback({ deed, chain, second, work }: World): Step {
  if (deed === 'registers') yield* blockingNotifierChainRegister(chain, second);
  // memory_notify() of another event, for which this callback has nothing to do.
  if (deed === 'notifies') {
    yield* chain.rwsem.acquireRead();
    yield* chain.rwsem.releaseRead();
  }
  if (deed === 'defers') yield* work.complete();
}

const notifierWithinItsChain: Scenario<World> = scenario({
  name: 'notifier-within-its-chain',
  summary: 'a memory notifier that uses the chain it is called from',
  source: 'derived from reading the code: blocking_notifier_call_chain() holds its rwsem',
  setup,
  agents: {
    *onliner(kernel) {
      yield* memHotplugBegin(kernel);
      try {
        yield* blockingNotifierCallChain(kernel.chain);
      } finally {
        yield* memHotplugDone(kernel);
      }
    },
    // A module that registers, or the worker that the callback leaves it to.
    *registrar({ deed, chain, second, work }) {
      if (deed === 'registers') return;
      if (deed === 'defers') yield* work.wait();
      yield* blockingNotifierChainRegister(chain, second);
    },
  },
  forms: { full: { summary: 'both', agents: ['onliner', 'registrar'], strategy: 'dfs' } },
  variants: {
    broken: {
      summary: 'the callback registers another: write under read, always stuck',
      parameters: { deed: 'registers' },
      shows: [{ kind: 'deadlock', about: ['memory_chain.rwsem', 'onliner'] }],
    },
    'broken-nested-walk': {
      summary: 'the callback walks the chain again: stuck if a writer has queued in between',
      parameters: { deed: 'notifies' },
      shows: [{ kind: 'deadlock', about: ['memory_chain.rwsem', 'onliner', 'registrar'] }],
    },
    fixed: {
      summary: 'the callback leaves it to a work',
      parameters: { deed: 'defers' },
    },
  },
});

export default notifierWithinItsChain;
