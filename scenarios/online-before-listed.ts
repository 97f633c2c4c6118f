import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { addListedBlock, makeListedBlock, type ListedBlock } from '../src/kernel/subsys-list.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly block: ListedBlock;
}

function setup(arena: Arena, parameters: Parameters): World {
  const release = parameters['release'] ?? 'v4.18';
  const kernel = makeKernel(arena, { release });
  const block = makeListedBlock(arena);
  return { ...kernel, block, files: new Map([...kernel.files, [block.file.path, block.file]]) };
}

const onlineBeforeListed: Scenario<World> = scenario({
  name: 'online-before-listed',
  summary: 'a write to `online` comes after the file was made and before the bus knows the block',
  source: 'derived from reading the code: device_add(), online_pages() of v4.18',
  setup,
  agents: {
    *driver(kernel) {
      yield* addListedBlock(kernel, kernel.block);
    },
    // Somebody who does not wait for the uevent.
    'sysfs-writer': sysfsWriter('memory50/online', '1'),
  },
  forms: { full: { summary: 'both', agents: ['driver', 'sysfs-writer'], strategy: 'dfs' } },
  variants: {
    broken: {
      summary: 'v4.18: drivers add memory without device_hotplug_lock',
      parameters: { release: 'v4.18' },
      shows: [{ kind: 'assertion-failed', about: ['find_memory_block()', 'sysfs-writer'] }],
    },
    fixed: {
      summary: 'v4.20: the writer tries for device_hotplug_lock until the block is complete',
      parameters: { release: 'v4.20' },
    },
  },
});

export default onlineBeforeListed;
