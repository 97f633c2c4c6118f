import { check, scenario } from '../src/program/index.ts';
import type { Arena, Parameters, Scenario, Step } from '../src/program/index.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { State } from '../src/kernel/memory-state.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly takesDeviceLock: boolean;
}

function setup(arena: Arena, parameters: Parameters): World {
  const takesDeviceLock = parameters['takesDeviceLock'] === true;
  return { ...makeKernel(arena, { release: 'v6.1' }), takesDeviceLock };
}

/** Reads the block's two truths: mem->state, and dev->offline of the driver core. */
function* compare(kernel: Kernel): Step {
  const block = memoryBlock(kernel, 32);
  const online = (yield* block.state.read()) === State.online;
  const offline = (yield* block.offline.read()) !== 0;
  check(online !== offline, 'mem->state and dev->offline do not agree');
}

const stateSkew: Scenario<World> = scenario({
  name: 'state-skew',
  summary: 'a block is online for the memory code, and not yet for the driver core',
  source: 'derived from reading the code: memory_block_change_state(), device_online()',
  setup,
  agents: {
    'sysfs-writer': sysfsWriter('memory32/state', 'online'),
    // Code that looks at a block from outside, as a notifier's callback or the `state` file does.
    *observer(kernel) {
      if (!kernel.takesDeviceLock) {
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
  forms: { full: { summary: 'both', agents: ['sysfs-writer', 'observer'], strategy: 'dfs' } },
  variants: {
    broken: {
      summary: 'the observer takes no lock, as the `state` file',
      shows: [
        { kind: 'assertion-failed', about: ['do not agree', 'observer'] },
        { kind: 'data-race', about: ['memory32.state'] },
        { kind: 'data-race', about: ['memory32.offline'] },
      ],
    },
    fixed: {
      summary: 'the observer takes device_lock, as the `online` file',
      parameters: { takesDeviceLock: true },
    },
  },
});

export default stateSkew;
