import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makeTypedBlock, Type, type TypedBlock } from '../src/kernel/online-type.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly block: TypedBlock;
}

function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { release: 'v6.1' });
  const block = makeTypedBlock(arena, parameters['forgetsType'] === true);
  const files = new Map(kernel.files);
  for (const file of block.files) files.set(file.path, file);
  return { ...kernel, block, files };
}

const staleOnlineType: Scenario<World> = scenario({
  name: 'stale-online-type',
  summary: 'a refused write of `online_movable` is remembered, and decides when nobody asks for it',
  source:
    'derived from reading the code: state_store(), memory_subsys_online(); seen on a running 6.1',
  setup,
  agents: {
    // Online, and later off and on again, always by the file that knows no types.
    *admin(kernel) {
      yield* sysfsWrite(kernel, 'memory54/online', '1');
      yield* sysfsWrite(kernel, 'memory54/online', '0');
      yield* sysfsWrite(kernel, 'memory54/online', '1');
    },
    'state-writer': sysfsWriter('memory54/state', 'online_movable'),
  },
  forms: { full: { summary: 'both', agents: ['admin', 'state-writer'], strategy: 'dfs' } },
  invariants: [
    {
      name: 'a block at rest has no online type',
      when: 'end',
      holds: ({ block }) => block.type.peek() === Type.unset,
    },
    {
      name: 'a block is in the zone that the one who brought it online asked for',
      when: 'end',
      holds: ({ block }) => block.zone.peek() === block.zoneAsked.peek(),
    },
  ],
  variants: {
    broken: {
      summary: 'v4.20, v6.1: the type stays if the block is online already',
      shows: [
        { kind: 'invariant-violated', about: ['has no online type'] },
        { kind: 'invariant-violated', about: ['is in the zone'] },
      ],
    },
    fixed: {
      summary: 'proposed: a type that came to nothing is forgotten under device_hotplug_lock',
      parameters: { forgetsType: true },
    },
  },
});

export default staleOnlineType;
