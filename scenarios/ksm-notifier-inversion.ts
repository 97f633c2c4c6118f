import { scenario, type Scenario } from '../src/program/index.ts';
import { ksmScanThread, makeKsm } from '../src/kernel/ksm.ts';
import { makeMemoryChain, registerMemoryNotifier } from '../src/kernel/memory-chain.ts';
import { makeMemoryHotplugMutex } from '../src/kernel/memory-hotplug-mutex.ts';
import { ksmOffliner, type KsmWorld } from '../workers/ksm-offliner.ts';

/** What lockdep reports and what cannot happen: all who offline hold mem_hotplug_mutex. */
const guarded = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: ['ksm_thread_mutex', 'memory_chain.rwsem', 'mem_hotplug_mutex'],
} as const;

const ksmNotifierInversion: Scenario<KsmWorld> = scenario({
  name: 'ksm-notifier-inversion',
  summary: 'KSM keeps its mutex from one call of the notifier chain to the next',
  source:
    'a0b0f58cdd32 "ksm: annotate ksm_thread_mutex is no deadlock source" (v2.6.37), ' +
    'ef4d43a80758 "ksm: stop hotremove lockdep warning" (v3.9)',
  setup: (arena, parameters): KsmWorld => ({
    hotplug: makeMemoryHotplugMutex(arena),
    chain: makeMemoryChain(arena),
    ksm: makeKsm(arena, parameters['releasesBetweenEvents'] === true),
  }),
  agents: {
    offliner1: ksmOffliner('MEM_OFFLINE'),
    offliner2: ksmOffliner('MEM_CANCEL_OFFLINE'),
    ksmd: function* ({ ksm }) {
      yield* ksmScanThread(ksm);
    },
    driver: function* ({ chain }) {
      yield* registerMemoryNotifier(chain);
    },
  },
  forms: {
    full: {
      summary: 'one block goes offline, one fails to, ksmd scans, a driver registers a notifier',
      agents: ['offliner1', 'offliner2', 'ksmd', 'driver'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'before a0b0f58cdd32: lockdep reports the inversion, which nothing can reach',
      parameters: { releasesBetweenEvents: false },
      shows: [guarded],
    },
    'half-fixed': {
      summary: 'a0b0f58cdd32: an annotation for lockdep, and the same locks in the same order',
      parameters: { releasesBetweenEvents: false },
      shows: [guarded],
    },
    fixed: {
      summary: 'ef4d43a80758: a flag in ksm_run, and no mutex, between the events',
      parameters: { releasesBetweenEvents: true },
    },
  },
});

export default ksmNotifierInversion;
