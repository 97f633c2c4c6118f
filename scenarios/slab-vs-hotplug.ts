import {
  scenario,
  type Mutex,
  type RwLock,
  type Scenario,
  type Step,
} from '../src/program/index.ts';
import { makeMemoryChain, memoryNotify, type MemoryChain } from '../src/kernel/memory-chain.ts';
import {
  kmemCacheAllocNode,
  kmemCacheCreate,
  makeSlab,
  slabMemGoingOnlineCallback,
  type Slab,
} from '../src/kernel/slab.ts';

interface World {
  readonly slab: Slab;
  readonly chain: MemoryChain;
  /** Home-made in v3.16; readers recurse. Before bfc8c90139eb, mem_hotplug_mutex. */
  readonly memHotplugLock: RwLock;
  readonly cpuHotplugLock: RwLock;
  readonly cpuAddRemoveLock: Mutex;
  /** 03afc0e25f7f is in. */
  readonly fixed: boolean;
}

/**
 * kmem_cache_create(). Lock order: 03afc0e25f7f: cpu_hotplug_lock (read), mem_hotplug_lock (read);
 * then slab_mutex.
 */
function* createCache({ slab, memHotplugLock, cpuHotplugLock, fixed }: World): Step {
  yield* cpuHotplugLock.acquireRead();
  try {
    if (fixed) yield* memHotplugLock.acquireRead();
    try {
      yield* kmemCacheCreate(slab);
    } finally {
      if (fixed) yield* memHotplugLock.releaseRead();
    }
  } finally {
    yield* cpuHotplugLock.releaseRead();
  }
}

/** online_pages(). Lock order: mem_hotplug_lock, memory_chain.rwsem (read), slab_mutex. */
function* onlineFirstMemory({ slab, chain, memHotplugLock }: World): Step {
  yield* memHotplugLock.acquireWrite();
  try {
    yield* memoryNotify(chain, () => slabMemGoingOnlineCallback(slab));
    // node_states_set_node()
    yield* slab.nodeHasMemory.store(1);
  } finally {
    yield* memHotplugLock.releaseWrite();
  }
}

const slabVsHotplug: Scenario<World> = scenario({
  name: 'slab-vs-hotplug',
  summary: 'a slab cache is created while a node gets its first memory, and misses the node',
  source:
    'bfc8c90139eb "mem-hotplug: implement get/put_online_mems", 03afc0e25f7f "slab: ' +
    'get_online_mems for kmem_cache_{create,destroy,shrink}" (v3.16)',
  setup: (arena, parameters): World => ({
    slab: makeSlab(arena),
    chain: makeMemoryChain(arena),
    memHotplugLock: arena.rwLock('mem_hotplug_lock'),
    cpuHotplugLock: arena.rwLock('cpu_hotplug_lock'),
    cpuAddRemoveLock: arena.mutex('cpu_add_remove_lock'),
    fixed: parameters['getOnlineMems'] === true,
  }),
  agents: {
    'sysfs-writer': function* (world) {
      yield* onlineFirstMemory(world);
    },
    creator: function* (world) {
      yield* createCache(world);
      yield* kmemCacheAllocNode(world.slab);
    },
    'cpu-hotplug': function* ({ cpuAddRemoveLock, cpuHotplugLock }) {
      yield* cpuAddRemoveLock.acquire();
      try {
        yield* cpuHotplugLock.acquireWrite();
        yield* cpuHotplugLock.releaseWrite();
      } finally {
        yield* cpuAddRemoveLock.release();
      }
    },
  },
  forms: {
    full: {
      summary: 'memory comes online, a cache is created and used, a CPU goes up',
      agents: ['sysfs-writer', 'creator', 'cpu-hotplug'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'slab_mutex alone: a cache made after the callback and before the node has memory',
      parameters: { getOnlineMems: false },
      shows: [{ kind: 'assertion-failed', about: ['kmem_cache_node', 'creator'] }],
    },
    fixed: {
      summary: '03afc0e25f7f: kmem_cache_create() runs inside get_online_mems()',
      parameters: { getOnlineMems: true },
    },
  },
});

export default slabVsHotplug;
