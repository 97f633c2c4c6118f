import {
  scenario,
  type PercpuRwSemaphore,
  type Scenario,
  type Step,
} from '../src/program/index.ts';
import { ksmMemoryCallback, ksmScanThread, makeKsm, type Ksm } from '../src/kernel/ksm.ts';
import { makeMemoryChain, memoryNotify, type MemoryChain } from '../src/kernel/memory-chain.ts';

interface World {
  readonly cpuHotplugLock: PercpuRwSemaphore;
  readonly memHotplugLock: PercpuRwSemaphore;
  readonly chain: MemoryChain;
  readonly ksm: Ksm;
  /** Before 9852a7212324: lru_add_drain_all() takes cpu_hotplug_lock. */
  readonly drainTakesCpuHotplugLock: boolean;
}

/**
 * __offline_pages() of v4.13, as far as KSM goes. Lock order: cpu_hotplug_lock (read),
 * mem_hotplug_lock, memory_chain.rwsem (read), ksm_thread_mutex.
 */
function* offlinePages({ cpuHotplugLock, memHotplugLock, chain, ksm }: World): Step {
  yield* cpuHotplugLock.acquireRead();
  try {
    yield* memHotplugLock.acquireWrite();
    try {
      yield* memoryNotify(chain, () => ksmMemoryCallback(ksm, 'MEM_GOING_OFFLINE'));
      yield* memoryNotify(chain, () => ksmMemoryCallback(ksm, 'MEM_OFFLINE'));
    } finally {
      yield* memHotplugLock.releaseWrite();
    }
  } finally {
    yield* cpuHotplugLock.releaseRead();
  }
}

/** lru_add_drain_all(). Lock order: until 9852a7212324 cpu_hotplug_lock (read). */
function* lruAddDrainAll({ cpuHotplugLock, drainTakesCpuHotplugLock }: World): Step {
  if (!drainTakesCpuHotplugLock) return;
  yield* cpuHotplugLock.acquireRead();
  yield* cpuHotplugLock.releaseRead();
}

const ksmdDrainCycle: Scenario<World> = scenario({
  name: 'ksmd-drain-cycle',
  summary: 'ksmd drains pagevecs under its mutex; offlining takes that mutex below the CPU lock',
  source:
    'lockdep report of August 2017, cpu_hotplug_lock against ksm_thread_mutex; 9852a7212324 "mm: ' +
    'drop hotplug lock from lru_add_drain_all()" (v4.15)',
  setup: (arena, parameters): World => ({
    cpuHotplugLock: arena.percpuRwSemaphore('cpu_hotplug_lock'),
    memHotplugLock: arena.percpuRwSemaphore('mem_hotplug_lock'),
    chain: makeMemoryChain(arena),
    ksm: makeKsm(arena, true),
    drainTakesCpuHotplugLock: parameters['drainTakesCpuHotplugLock'] === true,
  }),
  agents: {
    'sysfs-writer': function* (world) {
      yield* offlinePages(world);
    },
    ksmd: function* (world) {
      yield* ksmScanThread(world.ksm, () => lruAddDrainAll(world));
    },
    'cpu-hotplug': function* ({ cpuHotplugLock }) {
      yield* cpuHotplugLock.acquireWrite();
      yield* cpuHotplugLock.releaseWrite();
    },
  },
  forms: {
    full: {
      summary: 'a block goes offline, ksmd scans, a CPU goes down',
      agents: ['sysfs-writer', 'ksmd', 'cpu-hotplug'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'lru_add_drain_all() under get_online_cpus()',
      parameters: { drainTakesCpuHotplugLock: true },
      shows: [
        { kind: 'deadlock', about: ['ksmd', 'sysfs-writer', 'cpu-hotplug', 'ksm_thread_mutex'] },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['cpu_hotplug_lock', 'ksm_thread_mutex'],
        },
      ],
    },
    fixed: {
      summary: '9852a7212324: lru_add_drain_all() takes no hotplug lock',
      parameters: { drainTakesCpuHotplugLock: false },
    },
  },
});

export default ksmdDrainCycle;
