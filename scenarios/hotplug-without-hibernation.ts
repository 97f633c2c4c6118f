import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { registerMemoryNotifier, type MemoryNotify } from '../src/kernel/memory-notify.ts';
import { makeNotifierBlock, Notify, type NotifierBlock } from '../src/kernel/notifier-chain.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly callback: NotifierBlock<MemoryNotify>;
}

/** Two blocks, online, and KSM's callback; v3.19 without what came after v2.6.37. */
const machine: Parameters = {
  release: 'v3.19',
  blocksPresent: 2,
  blocksOnline: 2,
  notifiers: 'ksm',
};
const later =
  'bfc8c90139eb,03afc0e25f7f,fa2be40fe7c0,5e33bc4165f3,4f3549d72d1b,6677e3eaf4d7,ef4d43a80758,' +
  'd8adde17e5f8';

const hotplugWithoutHibernation: Scenario<World> = scenario({
  name: 'hotplug-without-hibernation',
  summary: 'the lock of memory hotplug is a lock of hibernation, and without that it is none',
  source:
    '20d6c96b5f1c "mem-hotplug: introduce {un}lock_memory_hotplug()" (v2.6.37); the inversion in ' +
    'KSM is that of a0b0f58cdd32',
  setup: (arena, parameters): World => {
    const kernel = makeKernel(arena, parameters);
    const callback = makeNotifierBlock(arena, kernel.memoryChain, {
      name: 'driver',
      // eslint-disable-next-line require-yield -- a step that takes no operation
      *call() {
        return Notify.ok;
      },
    });
    return { ...kernel, callback };
  },
  agents: {
    offliner1: sysfsWriter('memory32/state', 'offline'),
    offliner2: sysfsWriter('memory33/state', 'offline'),
    // A driver that is just being loaded: register_memory_notifier().
    *driver(world) {
      yield* registerMemoryNotifier(world, world.callback);
    },
  },
  forms: {
    full: {
      summary: 'two blocks go offline while a driver registers a notifier',
      agents: ['offliner1', 'offliner2', 'driver'],
      strategy: 'dpor',
      // `broken` has 20,020 in all, and they show the same.
      executions: 3000,
    },
  },
  variants: {
    broken: {
      summary: 'lock_system_sleep() without CONFIG_HIBERNATION: two offliners at a time',
      parameters: { ...machine, without: `${later},20d6c96b5f1c` },
      shows: [
        { kind: 'deadlock', about: ['ksm_thread_mutex', 'memory_chain.rwsem', 'driver'] },
        { kind: 'lock-inversion', level: 'possible', about: ['ksm_thread_mutex'] },
        // What else the lock keeps apart.
        { kind: 'data-race', about: ['zone.present_pages'] },
      ],
    },
    fixed: {
      summary: '20d6c96b5f1c: lock_memory_hotplug(), whatever the configuration',
      parameters: { ...machine, without: later },
      shows: [{ kind: 'lock-inversion', level: 'guarded', about: ['mem_hotplug_lock'] }],
    },
  },
});

export default hotplugWithoutHibernation;
