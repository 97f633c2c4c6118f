import {
  scenario,
  type Arena,
  type Parameters,
  type Scenario,
  type Word,
} from '../src/program/index.ts';
import { EINVAL } from '../src/kernel/errno.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { OnlineType } from '../src/kernel/memory-state.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { ZoneIndex } from '../src/kernel/zone.ts';

interface World extends Kernel {
  /** What the write of `online_movable` answered. */
  readonly answer: Word;
}

/** @param parameters - `forgetsRefusedType`: the proposed fix; default false */
function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { release: 'v6.1' });
  const forgetsRefusedType = parameters['forgetsRefusedType'] === true;
  const release = { ...kernel.release, forgetsRefusedType };
  return { ...kernel, release, answer: arena.word('answer') };
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
      yield* sysfsWrite(kernel, 'memory32/online', '1');
      yield* sysfsWrite(kernel, 'memory32/online', '0');
      yield* sysfsWrite(kernel, 'memory32/online', '1');
    },
    *'state-writer'(kernel) {
      yield* kernel.answer.store(yield* sysfsWrite(kernel, 'memory32/state', 'online_movable'));
    },
  },
  forms: { full: { summary: 'both', agents: ['admin', 'state-writer'], strategy: 'dpor' } },
  invariants: [
    {
      name: 'a block at rest has no online type',
      when: 'end',
      holds: (kernel) => memoryBlock(kernel, 32).onlineType.peek() === OnlineType.unset,
    },
    {
      name: 'a block is in Movable only if that was granted',
      when: 'end',
      holds: (kernel) =>
        kernel.answer.peek() !== -EINVAL ||
        memoryBlock(kernel, 32).zone.peek() !== ZoneIndex.movable,
    },
  ],
  variants: {
    broken: {
      summary: 'v6.1: the type stays if the block is online already',
      shows: [
        { kind: 'invariant-violated', about: ['has no online type'] },
        { kind: 'invariant-violated', about: ['is in Movable only if'] },
      ],
    },
    fixed: {
      summary: 'proposed: a type that came to nothing is forgotten under device_hotplug_lock',
      parameters: { forgetsRefusedType: true },
    },
  },
});

export default staleOnlineType;
