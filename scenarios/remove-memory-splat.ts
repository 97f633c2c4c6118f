import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makeKmemDax } from '../src/kernel/kmem-dax.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

function setup(arena: Arena, parameters: Parameters): Kernel {
  const kernel = makeKernel(arena, { release: 'v6.1', blocksMax: 1, ...parameters });
  const { files } = makeKmemDax(arena, kernel.memoryBlocks, { bound: true });
  return {
    ...kernel,
    files: new Map([...kernel.files, ...files.map((f) => [f.path, f] as const)]),
  };
}

const removeMemorySplat: Scenario<Kernel> = scenario({
  name: 'remove-memory-splat',
  summary: 'a false alarm: files are drained under mem_hotplug_lock, which their stores take',
  source: 'f1037ec0cc8a "mm/memory_hotplug: fix remove_memory() lockdep splat"',
  setup,
  agents: {
    daxctl: sysfsWriter('kmem/unbind', 'dax0.0'),
    // Online and offline again, so that the block can be removed before and after.
    *'sysfs-writer'(kernel) {
      const up = yield* sysfsWrite(kernel, 'memory32/online', '1');
      return up < 0 ? up : yield* sysfsWrite(kernel, 'memory32/online', '0');
    },
  },
  forms: { full: { summary: 'both', agents: ['daxctl', 'sysfs-writer'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'v5.5: block devices go under mem_hotplug_lock',
      parameters: { without: 'f1037ec0cc8a' },
      // lockdep reports a deadlock that cannot be: it does not see that device_hotplug_lock, which
      // the store only tries for, keeps the two apart. Here it is listed as guarded, and complete
      // exploration shows that nobody hangs.
      shows: [
        {
          kind: 'lock-inversion',
          level: 'guarded',
          about: ['device_hotplug_lock', 'mem_hotplug_lock', 'kn->active(online)'],
        },
      ],
    },
    fixed: { summary: 'f1037ec0cc8a: before mem_hotplug_lock is taken, and there is no inversion' },
  },
});

export default removeMemorySplat;
