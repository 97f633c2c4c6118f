import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  makeVmemmapBlock,
  offlineVmemmapBlock,
  scanVmemmapBlock,
  type VmemmapBlock,
} from '../src/kernel/vmemmap-block.ts';

interface World extends Kernel {
  readonly block: VmemmapBlock;
}

function setup(arena: Arena, parameters: Parameters): World {
  const block = makeVmemmapBlock(arena, parameters['lockedByBlock'] === true);
  return { ...makeKernel(arena, { release: 'v6.1' }), block };
}

const vmemmapWithoutMemHotplugLock: Scenario<World> = scenario({
  name: 'vmemmap-without-mem-hotplug-lock',
  summary: "offlining gives mem_hotplug_lock back before it tears down the block's own vmemmap",
  source: '001002e73712 "mm/memory_hotplug: add missing mem_hotplug_lock"',
  setup,
  agents: {
    *kmemleak(kernel) {
      yield* scanVmemmapBlock(kernel, kernel.block);
    },
    *offliner(kernel) {
      yield* offlineVmemmapBlock(kernel, kernel.block);
    },
  },
  forms: { full: { summary: 'both', agents: ['kmemleak', 'offliner'], strategy: 'dfs' } },
  variants: {
    broken: {
      summary: 'mem_hotplug_lock is taken and given back in offline_pages()',
      shows: [
        { kind: 'assertion-failed', about: ['PagePoisoned', 'kmemleak'] },
        { kind: 'data-race', about: ['vmemmap.page_flags'] },
        { kind: 'data-race', about: ['vmemmap.present_pages'] },
      ],
    },
    fixed: {
      summary: '001002e73712: memory_block_offline() holds it around both',
      parameters: { lockedByBlock: true },
    },
  },
});

export default vmemmapWithoutMemHotplugLock;
