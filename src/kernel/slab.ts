import { check, type Arena, type Mutex, type Step, type Word } from '../program/index.ts';

/** The slab allocator (mm/slub.c, mm/slab_common.c): one cache, created while node 1 comes. */
export interface Slab {
  /** Guards the list of caches. */
  readonly slabMutex: Mutex;
  /** Whether slab_caches lists the cache; plain, under slab_mutex. */
  readonly listed: Word;
  /** cache->node[1]: 0 for NULL; plain. */
  readonly cacheNode: Word;
  /** Bit 1 of node_states[N_NORMAL_MEMORY], set and tested by atomic bit operations. */
  readonly nodeHasMemory: Word;
}

export function makeSlab(arena: Arena): Slab {
  return {
    slabMutex: arena.mutex('slab_mutex'),
    listed: arena.word('cache.listed'),
    cacheNode: arena.word('cache.node1'),
    nodeHasMemory: arena.word('node_states.normal_memory.node1'),
  };
}

/**
 * The part of kmem_cache_create() under slab_mutex: init_kmem_cache_nodes() makes a
 * kmem_cache_node for each node that has memory, and the cache is listed. v3.15, v3.16.
 *
 * Lock order: (03afc0e25f7f: cpu_hotplug_lock (read), mem_hotplug_lock (read), the caller's),
 * slab_mutex.
 */
export function* kmemCacheCreate(slab: Slab): Step {
  yield* slab.slabMutex.acquire();
  try {
    if ((yield* slab.nodeHasMemory.load()) !== 0) yield* slab.cacheNode.write(1);
    yield* slab.listed.write(1);
  } finally {
    yield* slab.slabMutex.release();
  }
}

/**
 * slab_mem_going_online_callback(): makes a kmem_cache_node for the new node in each listed cache.
 * Until v5.11 (and, for the node, later). Lock order: memory_chain.rwsem (read), slab_mutex.
 */
export function* slabMemGoingOnlineCallback(slab: Slab): Step {
  yield* slab.slabMutex.acquire();
  try {
    if ((yield* slab.listed.read()) !== 0) yield* slab.cacheNode.write(1);
  } finally {
    yield* slab.slabMutex.release();
  }
}

/**
 * kmem_cache_alloc_node() on node 1, if that has memory: ___slab_alloc() takes the node's partial
 * slabs through cache->node[1]. All releases. Lock order: none of the model's.
 */
export function* kmemCacheAllocNode(slab: Slab): Step {
  if ((yield* slab.nodeHasMemory.load()) === 0) return;
  check(
    (yield* slab.cacheNode.read()) !== 0,
    'NULL pointer dereference: the cache has no kmem_cache_node for a node that has memory',
  );
}
