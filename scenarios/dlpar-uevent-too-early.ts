import {
  scenario,
  type Arena,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { dlparWorker, makeDlpar, type Dlpar } from '../src/kernel/dlpar.ts';
import { makeDrmem } from '../src/kernel/drmem.ts';
import { kdumpReload, makeKdump, type Kdump } from '../src/kernel/kdump.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { destroyWorkqueue } from '../src/kernel/workqueue.ts';

interface World extends Kernel {
  readonly dlpar: Dlpar;
  readonly kdump: Kdump;
  /** Whether the one LMB goes, instead of coming. */
  readonly removes: boolean;
}

function setup(arena: Arena, parameters: Parameters): World {
  const removes = parameters['removes'] === true;
  const present = removes ? 1 : 0;
  const kernel = makeKernel(arena, { release: 'v4.20', blocksMax: 1, blocksPresent: present });
  const drmem = makeDrmem(arena, kernel.memoryBlocks, {
    present,
    updatesTreeFirst: parameters['updatesTreeFirst'] === true,
  });
  const dlpar = makeDlpar(arena, drmem);
  const files = new Map([...kernel.files, [dlpar.file.path, dlpar.file]]);
  return { ...kernel, files, dlpar, kdump: makeKdump(arena, drmem, present), removes };
}

const knowsAll = 'kdump knows all memory, and no other';

const stale: readonly ExpectedFinding[] = [{ kind: 'invariant-violated', about: [knowsAll] }];

const dlparUeventTooEarly: Scenario<World> = scenario({
  name: 'dlpar-uevent-too-early',
  summary: 'user space hears of a block that comes or goes before the device tree tells it',
  source:
    'Pingfan Liu 2020, pseries: the uevent of a DLPAR memory block comes before the update of ' +
    'the device tree (merge status unknown)',
  setup,
  agents: {
    *drmgr(world) {
      const action = world.removes ? 'remove' : 'add';
      const result = yield* sysfsWrite(world, 'dlpar', `memory ${action} count 1`);
      yield* destroyWorkqueue(world.dlpar.queue);
      return result;
    },
    *'dlpar-worker'(world) {
      yield* dlparWorker(world, world.dlpar);
    },
    *kdump({ dlpar, kdump, removes }) {
      const { added, removed } = dlpar.drmem.lmbs[0]!.block;
      yield* kdumpReload(kdump, dlpar.drmem, removes ? removed : added);
    },
  },
  forms: {
    full: { summary: 'all three', agents: ['drmgr', 'dlpar-worker', 'kdump'], strategy: 'dpor' },
  },
  invariants: [
    {
      name: knowsAll,
      when: 'end',
      holds: ({ dlpar, kdump }) =>
        dlpar.drmem.lmbs.every(
          ({ block }, at) => kdump.known[at]!.peek() === block.presentSections.peek(),
        ),
    },
  ],
  variants: {
    broken: { summary: 'memory is added: the block, and its uevent, first', shows: stale },
    fixed: {
      summary: 'memory is added: the device tree first',
      parameters: { updatesTreeFirst: true },
    },
    'remove-broken': {
      summary: 'memory is removed: the block, and its uevent, first',
      parameters: { removes: true },
      shows: stale,
    },
    'remove-fixed': {
      summary: 'memory is removed: the device tree first',
      parameters: { removes: true, updatesTreeFirst: true },
    },
  },
});

export default dlparUeventTooEarly;
