import { scenario, type RwLock, type Scenario, type Step } from '../src/program/index.ts';

interface World {
  readonly cpuHotplugLock: RwLock;
  readonly memHotplugLock: RwLock;
  /** 3f906ba23689, step 2: mem_hotplug_begin() takes cpu_hotplug_lock, stop_machine() does not. */
  readonly cpusReadFirst: boolean;
  /** 3f906ba23689, step 3: lru_add_drain_all_cpuslocked() in __offline_pages(). */
  readonly drainsCpuslocked: boolean;
}

/** get_online_cpus() around something short. Lock order: cpu_hotplug_lock (read). */
function* withOnlineCpus({ cpuHotplugLock }: World): Step {
  yield* cpuHotplugLock.acquireRead();
  yield* cpuHotplugLock.releaseRead();
}

/**
 * kmem_cache_create() (mm/slab_common.c). Lock order: cpu_hotplug_lock (read), mem_hotplug_lock
 * (read).
 */
function* kmemCacheCreate({ cpuHotplugLock, memHotplugLock }: World): Step {
  yield* cpuHotplugLock.acquireRead();
  try {
    yield* memHotplugLock.acquireRead();
    yield* memHotplugLock.releaseRead();
  } finally {
    yield* cpuHotplugLock.releaseRead();
  }
}

/**
 * __offline_pages(): lru_add_drain_all(), and stop_machine() in the rebuild of the zone lists.
 *
 * Lock order: before 3f906ba23689: mem_hotplug_lock, cpu_hotplug_lock (read), twice; after:
 * cpu_hotplug_lock (read), mem_hotplug_lock.
 */
function* offlinePages(world: World): Step {
  const { cpuHotplugLock, memHotplugLock, cpusReadFirst, drainsCpuslocked } = world;
  if (cpusReadFirst) yield* cpuHotplugLock.acquireRead();
  try {
    yield* memHotplugLock.acquireWrite();
    try {
      // lru_add_drain_all()
      if (!drainsCpuslocked) yield* withOnlineCpus(world);
      // stop_machine()
      if (!cpusReadFirst) yield* withOnlineCpus(world);
    } finally {
      yield* memHotplugLock.releaseWrite();
    }
  } finally {
    if (cpusReadFirst) yield* cpuHotplugLock.releaseRead();
  }
}

/** The wait of the slab allocator for the hotplugger, and the other way round. */
const deadlock = {
  kind: 'deadlock',
  about: ['slab', 'sysfs-writer', 'cpu-hotplug', 'mem_hotplug_lock', 'cpu_hotplug_lock'],
} as const;

const inversion = {
  kind: 'lock-inversion',
  level: 'possible',
  about: ['cpu_hotplug_lock', 'mem_hotplug_lock'],
} as const;

const cpuMemHotplugOrder: Scenario<World> = scenario({
  name: 'cpu-mem-hotplug-order',
  summary: 'memory hotplug stops the machine; slab takes the two hotplug locks the other way round',
  source: '3f906ba23689 "mm/memory-hotplug: switch locking to a percpu rwsem" (v4.13)',
  setup: (arena, parameters): World => {
    const lock = (name: string, percpu: boolean): RwLock =>
      percpu ? arena.percpuRwSemaphore(name) : arena.rwLock(name);
    return {
      cpuHotplugLock: lock('cpu_hotplug_lock', parameters['cpuLockIsPercpu'] === true),
      memHotplugLock: lock('mem_hotplug_lock', parameters['memLockIsPercpu'] === true),
      cpusReadFirst: parameters['cpusReadFirst'] === true,
      drainsCpuslocked: parameters['drainsCpuslocked'] === true,
    };
  },
  agents: {
    'sysfs-writer': function* (world) {
      yield* offlinePages(world);
    },
    slab: function* (world) {
      yield* kmemCacheCreate(world);
    },
    'cpu-hotplug': function* ({ cpuHotplugLock }) {
      yield* cpuHotplugLock.acquireWrite();
      yield* cpuHotplugLock.releaseWrite();
    },
  },
  forms: {
    full: {
      summary: 'a block goes offline, a slab cache is created, a CPU goes up',
      agents: ['sysfs-writer', 'slab', 'cpu-hotplug'],
      strategy: 'dpor',
    },
  },
  variants: {
    hidden: {
      summary: 'v4.12: both locks are home-made, and readers pass a waiting writer',
      parameters: {},
    },
    broken: {
      summary: 'fc8dffd379ca: the CPU lock is a percpu rwsem, the memory lock still home-made',
      parameters: { cpuLockIsPercpu: true },
      shows: [deadlock],
      allows: [inversion],
    },
    'percpu-only': {
      summary: 'step 1 of 3f906ba23689: both are percpu rwsems, and lockdep can see it',
      parameters: { cpuLockIsPercpu: true, memLockIsPercpu: true },
      shows: [deadlock, inversion],
    },
    'half-fixed': {
      summary: 'step 2 without step 3: the drain reads cpu_hotplug_lock a second time',
      parameters: { cpuLockIsPercpu: true, memLockIsPercpu: true, cpusReadFirst: true },
      shows: [
        { kind: 'deadlock', about: ['sysfs-writer', 'cpu-hotplug', 'cpu_hotplug_lock'] },
        { kind: 'recursive-locking', level: 'possible', about: ['cpu_hotplug_lock'] },
      ],
      allows: [inversion],
    },
    fixed: {
      summary: '3f906ba23689: cpu_hotplug_lock first, once',
      parameters: {
        cpuLockIsPercpu: true,
        memLockIsPercpu: true,
        cpusReadFirst: true,
        drainsCpuslocked: true,
      },
    },
  },
});

export default cpuMemHotplugOrder;
