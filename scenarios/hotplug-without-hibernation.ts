import { scenario, type Scenario } from '../src/program/index.ts';
import { makeKsm } from '../src/kernel/ksm.ts';
import { makeMemoryChain, registerMemoryNotifier } from '../src/kernel/memory-chain.ts';
import { makeMemoryHotplugMutex } from '../src/kernel/memory-hotplug-mutex.ts';
import { ksmOffliner, type KsmWorld } from '../workers/ksm-offliner.ts';

const hotplugWithoutHibernation: Scenario<KsmWorld> = scenario({
  name: 'hotplug-without-hibernation',
  summary: 'the lock of memory hotplug is a lock of hibernation, and without that it is none',
  source:
    '20d6c96b5f1c "mem-hotplug: introduce {un}lock_memory_hotplug()" (v2.6.37); the inversion in ' +
    'KSM is that of a0b0f58cdd32',
  setup: (arena, parameters): KsmWorld => ({
    hotplug: makeMemoryHotplugMutex(arena, parameters['hotplugLock'] === true),
    chain: makeMemoryChain(arena),
    ksm: makeKsm(arena, false),
  }),
  agents: {
    offliner1: ksmOffliner('MEM_OFFLINE'),
    offliner2: ksmOffliner('MEM_OFFLINE'),
    driver: function* ({ chain }) {
      yield* registerMemoryNotifier(chain);
    },
  },
  forms: {
    full: {
      summary: 'two blocks go offline while a driver registers a notifier',
      agents: ['offliner1', 'offliner2', 'driver'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'lock_system_sleep() without CONFIG_HIBERNATION: two offliners at a time',
      parameters: { hotplugLock: false },
      shows: [
        { kind: 'deadlock', about: ['ksm_thread_mutex', 'memory_chain.rwsem', 'driver'] },
        { kind: 'lock-inversion', level: 'possible', about: ['ksm_thread_mutex'] },
      ],
    },
    fixed: {
      summary: '20d6c96b5f1c: mem_hotplug_mutex, whatever the configuration',
      parameters: { hotplugLock: true },
      shows: [{ kind: 'lock-inversion', level: 'guarded', about: ['mem_hotplug_mutex'] }],
    },
  },
});

export default hotplugWithoutHibernation;
