import { check, scenario } from '../src/program/index.ts';
import type { Arena, Parameters, Scenario, Step, Word } from '../src/program/index.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { memoryEvent } from '../src/kernel/memory-notify.ts';
import { State } from '../src/kernel/memory-state.ts';
import { makeNotifierBlock, Notify } from '../src/kernel/notifier-chain.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** What the callback has taken the block's state for, if it was told of it. */
const notTold = 999;

interface World extends Kernel {
  readonly observerTakesDeviceLock: boolean;
  readonly inMemOnline: Word;
  readonly inMemOffline: Word;
}

/**
 * @param parameters -
 * - `observerTakesDeviceLock`: default false
 * - `callbackReads`: the callback of the memory notifier looks at mem->state, instead of going by
 *   the event; default false
 */
function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { release: 'v6.1' });
  const world: World = {
    ...kernel,
    observerTakesDeviceLock: parameters['observerTakesDeviceLock'] === true,
    inMemOnline: arena.word('state in MEM_ONLINE', notTold),
    inMemOffline: arena.word('state in MEM_OFFLINE', notTold),
  };
  const reads = parameters['callbackReads'] === true;
  makeNotifierBlock(arena, kernel.memoryChain, {
    name: 'observing callback',
    registered: true,
    *call(_self, action) {
      const { state } = memoryBlock(kernel, 32);
      if (action === memoryEvent(kernel, 'online')) {
        yield* world.inMemOnline.store(reads ? yield* state.read() : State.online);
      }
      if (action === memoryEvent(kernel, 'offline')) {
        yield* world.inMemOffline.store(reads ? yield* state.read() : State.offline);
      }
      return Notify.ok;
    },
  });
  return world;
}

/** Reads the block's two truths: mem->state, and dev->offline of the driver core. */
function* compare(kernel: Kernel): Step {
  const block = memoryBlock(kernel, 32);
  const online = (yield* block.state.read()) === State.online;
  const offline = (yield* block.offline.read()) !== 0;
  check(online !== offline, 'mem->state and dev->offline do not agree');
}

function tellsOf(word: Word, state: number): boolean {
  return word.peek() === notTold || word.peek() === state;
}

const stateSkew: Scenario<World> = scenario({
  name: 'state-skew',
  summary: 'a block is online for the memory code, and not yet for the driver core',
  source: 'derived from reading the code: memory_block_change_state(), device_online()',
  setup,
  agents: {
    *'sysfs-writer'(kernel) {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
    },
    // Code that looks at a block from outside, as the `state` file does.
    *observer(kernel) {
      if (!kernel.observerTakesDeviceLock) {
        yield* compare(kernel);
        return;
      }
      const { lock } = memoryBlock(kernel, 32);
      yield* lock.acquire();
      try {
        yield* compare(kernel);
      } finally {
        yield* lock.release();
      }
    },
  },
  forms: { full: { summary: 'both', agents: ['sysfs-writer', 'observer'], strategy: 'dpor' } },
  invariants: [
    {
      name: 'in MEM_ONLINE the block is online',
      when: 'end',
      holds: ({ inMemOnline }) => tellsOf(inMemOnline, State.online),
    },
    {
      name: 'in MEM_OFFLINE the block is offline',
      when: 'end',
      holds: ({ inMemOffline }) => tellsOf(inMemOffline, State.offline),
    },
  ],
  variants: {
    broken: {
      summary: 'the observer takes no lock, as the `state` file',
      shows: [
        { kind: 'assertion-failed', about: ['do not agree', 'observer'] },
        { kind: 'data-race', about: ['memory32.state'] },
        { kind: 'data-race', about: ['memory32.offline'] },
      ],
    },
    'broken-callback': {
      summary: 'a callback looks at mem->state, which changes only after MEM_ONLINE, MEM_OFFLINE',
      parameters: { observerTakesDeviceLock: true, callbackReads: true },
      shows: [
        { kind: 'invariant-violated', about: ['in MEM_ONLINE'] },
        { kind: 'invariant-violated', about: ['in MEM_OFFLINE'] },
      ],
    },
    fixed: {
      summary: 'the observer takes device_lock, as the `online` file; the callback goes by events',
      parameters: { observerTakesDeviceLock: true },
    },
  },
});

export default stateSkew;
