import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { dlparMemoryAdd, kdumpReload, makeDrmem, type Drmem } from '../src/kernel/dlpar.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';

interface World extends Kernel {
  readonly drmem: Drmem;
}

function setup(arena: Arena, parameters: Parameters): World {
  const drmem = makeDrmem(arena, parameters['updatesFirst'] === true);
  return { ...makeKernel(arena, { release: 'v4.20' }), drmem };
}

const dlparUeventTooEarly: Scenario<World> = scenario({
  name: 'dlpar-uevent-too-early',
  summary: 'user space hears of a new block before the device tree has it',
  source:
    'Pingfan Liu 2020, pseries: the uevent of a DLPAR memory block comes before the update of ' +
    'the device tree (merge status unknown)',
  setup,
  agents: {
    *'dlpar-worker'(kernel) {
      yield* dlparMemoryAdd(kernel, kernel.drmem);
    },
    *kdump({ drmem }) {
      yield* kdumpReload(drmem);
    },
  },
  forms: { full: { summary: 'both', agents: ['dlpar-worker', 'kdump'], strategy: 'dfs' } },
  invariants: [
    {
      name: 'kdump knows all memory',
      when: 'end',
      holds: ({ drmem }) => drmem.kdumpBlocks.peek() === drmem.blocks.peek(),
    },
  ],
  variants: {
    broken: {
      summary: 'the block, and its uevent, first',
      shows: [{ kind: 'invariant-violated', about: ['kdump knows all memory'] }],
    },
    fixed: {
      summary: 'the device tree first',
      parameters: { updatesFirst: true },
    },
  },
});

export default dlparUeventTooEarly;
