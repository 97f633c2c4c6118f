import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { registerMemoryNotifier, type MemoryNotify } from '../src/kernel/memory-notify.ts';
import { makeNotifierBlock, Notify, type NotifierBlock } from '../src/kernel/notifier-chain.ts';
import { ksmd } from '../workers/ksmd.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly callback: NotifierBlock<MemoryNotify>;
}

/** Two blocks, online, and KSM; v3.19 without what came after v3.8. */
const machine: Parameters = {
  release: 'v3.19',
  blocksPresent: 2,
  blocksOnline: 2,
  notifiers: 'ksm',
};
const later = 'bfc8c90139eb,03afc0e25f7f,fa2be40fe7c0,5e33bc4165f3,4f3549d72d1b,6677e3eaf4d7';

/** What lockdep reports and what cannot happen: all who offline hold the lock of hotplug. */
const guarded = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: ['ksm_thread_mutex', 'memory_chain.rwsem', 'mem_hotplug_lock'],
} as const;

const ksmNotifierInversion: Scenario<World> = scenario({
  name: 'ksm-notifier-inversion',
  summary: 'KSM keeps its mutex from one call of the notifier chain to the next',
  source:
    'a0b0f58cdd32 "ksm: annotate ksm_thread_mutex is no deadlock source" (v2.6.37), ' +
    'ef4d43a80758 "ksm: stop hotremove lockdep warning" (v3.9)',
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
    ksmd: ksmd(),
    // A driver that is just being loaded: register_memory_notifier().
    *driver(world) {
      yield* registerMemoryNotifier(world, world.callback);
    },
  },
  forms: {
    full: {
      summary: 'two blocks go offline, ksmd scans, a driver registers a notifier',
      agents: ['offliner1', 'offliner2', 'ksmd', 'driver'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'before a0b0f58cdd32: lockdep reports the inversion, which nothing can reach',
      parameters: { ...machine, without: `${later},ef4d43a80758` },
      shows: [guarded],
    },
    'half-fixed': {
      summary: 'a0b0f58cdd32: an annotation for lockdep, and the same locks in the same order',
      parameters: { ...machine, without: `${later},ef4d43a80758` },
      shows: [guarded],
    },
    fixed: {
      summary: 'ef4d43a80758: a flag in ksm_run, and no mutex, between the events',
      parameters: { ...machine, without: later },
    },
  },
});

export default ksmNotifierInversion;
