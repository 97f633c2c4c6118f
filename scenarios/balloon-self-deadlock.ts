import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, memoryBlock } from '../src/kernel/kernel.ts';
import {
  allocXenballoonedPages,
  balloonProcess,
  withXenBalloon,
  type XenKernel,
} from '../src/kernel/xen-balloon.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends XenKernel {
  readonly dropsMutex: boolean;
}

/** v4.6: the hotplug locks are home-made still, and added memory can come online by itself. */
const machine: Parameters = {
  release: 'v4.18',
  without: '3f906ba23689,55adc1d05dca,b5d24fda9c3d,3fc21924100b',
};

const balloonSelfDeadlock: Scenario<World> = scenario({
  name: 'balloon-self-deadlock',
  summary: 'the Xen balloon adds memory under balloon_mutex, and that memory comes online into it',
  source:
    'Vitaly Kuznetsov, "xen_balloon: support memory auto onlining policy" (v4.6); the variant ' +
    'without auto-online is read off the code, not reported',
  setup: (arena, parameters): World => ({
    ...withXenBalloon(arena, makeKernel(arena, parameters)),
    dropsMutex: parameters['dropsMutex'] === true,
  }),
  agents: {
    *balloon(world) {
      yield* balloonProcess(world, memoryBlock(world, 33), world.dropsMutex);
    },
    'sysfs-writer': sysfsWriter('memory32/state', 'online'),
    *'grant-user'({ xenBalloon }) {
      yield* allocXenballoonedPages(xenBalloon);
    },
  },
  forms: {
    full: {
      summary: 'the balloon grows, an older block comes online, a driver takes a page',
      agents: ['balloon', 'sysfs-writer', 'grant-user'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'auto-online under balloon_mutex: xen_online_page() waits for its own caller',
      parameters: { ...machine, autoOnline: true, dropsMutex: false },
      shows: [{ kind: 'deadlock', about: ['balloon_mutex, which it holds itself'] }],
      // Where the sysfs writer is first, the two orders are those of the variant below.
      allows: [{ kind: 'deadlock', about: ['mem_hotplug.lock', 'balloon_mutex'] }],
    },
    'broken-without-auto-online': {
      summary: 'balloon_mutex, then mem_hotplug.lock; the store comes the other way round',
      parameters: { ...machine, autoOnline: false, dropsMutex: false },
      shows: [
        { kind: 'deadlock', about: ['balloon', 'sysfs-writer', 'balloon_mutex'] },
        { kind: 'lock-inversion', level: 'possible', about: ['balloon_mutex'] },
      ],
      allows: [{ kind: 'lock-inversion', level: 'possible', about: ['memory device_lock'] }],
    },
    fixed: {
      summary: 'balloon_mutex is dropped around add_memory_resource()',
      parameters: { ...machine, autoOnline: true, dropsMutex: true },
    },
  },
});

export default balloonSelfDeadlock;
