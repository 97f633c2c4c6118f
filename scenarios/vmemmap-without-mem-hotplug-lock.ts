import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { memoryReader } from '../workers/memory-reader.ts';

const machine: Parameters = { release: 'v6.1', memmapOnMemory: true };

const vmemmapWithoutMemHotplugLock: Scenario<Kernel> = scenario({
  name: 'vmemmap-without-mem-hotplug-lock',
  summary: "offlining gives mem_hotplug_lock back before it tears down the block's own vmemmap",
  source: '001002e73712 "mm/memory_hotplug: add missing mem_hotplug_lock"',
  setup: makeKernel,
  agents: {
    kmemleak: memoryReader(),
    *offliner(kernel) {
      // Its struct pages come to be when the block comes online.
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      return yield* sysfsWrite(kernel, 'memory32/state', 'offline');
    },
  },
  forms: { full: { summary: 'both', agents: ['kmemleak', 'offliner'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'v6.1 without it: mem_hotplug_lock is taken and given back in offline_pages()',
      parameters: { ...machine, without: '001002e73712' },
      shows: [
        { kind: 'assertion-failed', about: ['of an online section is not init', 'kmemleak'] },
        { kind: 'data-race', about: ['memory32.vmemmap'] },
        { kind: 'data-race', about: ['zone.present_pages'] },
      ],
      allows: [{ kind: 'data-race', about: ['node_present_pages'] }],
    },
    fixed: {
      summary: '001002e73712: memory_block_offline() holds it around both',
      parameters: machine,
    },
  },
});

export default vmemmapWithoutMemHotplugLock;
