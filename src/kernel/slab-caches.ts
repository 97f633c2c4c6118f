import {
  check,
  type Arena,
  type Mutex,
  type Region,
  type Step,
  type Word,
} from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import { cpusReadLock, cpusReadUnlock } from './cpu-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import { getOnlineMems, putOnlineMems } from './mem-hotplug-lock.ts';

/** struct kmem_cache_node: what a cache has for one node. */
interface CacheNode {
  /** cache->node[nid]: 0 for NULL. Atomic: followed without a lock. */
  readonly pointer: Word;
  readonly memory: Region;
  /** n->nr_partial. Atomic, as it is changed under n->list_lock, a leaf that is left out. */
  readonly partialSlabs: Word;
}

/** struct kmem_cache. */
export interface SlabCache {
  /** Whether slab_caches lists it; plain, under slab_mutex. */
  readonly listed: Word;
  /** By node. */
  readonly nodes: readonly CacheNode[];
}

/** mm/slab_common.c and mm/slub.c. */
export interface SlabCaches {
  /** Guards the list of caches. */
  readonly mutex: Mutex;
  /** slab_nodes: nodes that caches have structures for, as bits; plain, under slab_mutex. */
  readonly nodes: Word;
  readonly caches: readonly SlabCache[];
}

/** The caches are all unlisted at first: somebody has to create them. */
export function makeSlabCaches(
  arena: Arena,
  { slabCaches, nodes }: Configuration,
): SlabCaches | undefined {
  if (slabCaches === 0) return undefined;
  const makeNode = (name: string): CacheNode => {
    const { region, inside } = arena.region(
      `${name}.kmem_cache_node`,
      () => arena.word(`${name}.nr_partial`),
      { retired: true },
    );
    return { pointer: arena.word(`${name}.node`), memory: region, partialSlabs: inside };
  };
  return {
    mutex: arena.mutex('slab_caches.slab_mutex', { class: 'slab_mutex' }),
    nodes: arena.word('slab_caches.slab_nodes', 1),
    caches: Array.from({ length: slabCaches }, (_, index) => ({
      listed: arena.word(`cache${index}.listed`),
      nodes: Array.from({ length: nodes }, (_unused, nid) => makeNode(`cache${index}.node${nid}`)),
    })),
  };
}

/**
 * The hotplug locks around an operation on a cache.
 *
 * Lock order: cpu_hotplug_lock (read) until 59450bbc12be (v5.12), then mem_hotplug_lock (read) from
 * 03afc0e25f7f (v3.16) until 7e1fa93deff4 (v5.12); not without bfc8c90139eb, which made it.
 */
function* underHotplugLocks(kernel: Kernel, body: () => Step): Step {
  const { release } = kernel;
  const cpus = !release.has('59450bbc12be');
  const exists = release.has('bfc8c90139eb');
  const mems = exists && release.has('03afc0e25f7f') && !release.has('7e1fa93deff4');
  if (cpus) yield* cpusReadLock(kernel);
  if (mems) yield* getOnlineMems(kernel);
  try {
    yield* body();
  } finally {
    if (mems) yield* putOnlineMems(kernel);
    if (cpus) yield* cpusReadUnlock(kernel);
  }
}

function* underSlabMutex({ mutex }: SlabCaches, body: () => Step): Step {
  yield* mutex.acquire();
  try {
    yield* body();
  } finally {
    yield* mutex.release();
  }
}

/**
 * kmem_cache_create(): a structure for each node that has normal memory, by the node masks, or
 * since 7e1fa93deff4 by slab_nodes, which the notifier's callback keeps under slab_mutex.
 *
 * Lock order: as in `underHotplugLocks`, then slab_mutex.
 */
export function* kmemCacheCreate(kernel: Kernel, slab: SlabCaches, cache: SlabCache): Step {
  yield* underHotplugLocks(kernel, () =>
    underSlabMutex(slab, function* () {
      for (const [nid, node] of cache.nodes.entries()) {
        const has = kernel.release.has('7e1fa93deff4')
          ? ((yield* slab.nodes.read()) & (1 << nid)) !== 0
          : (yield* kernel.pgdats[nid]!.hasNormalMemory.load()) !== 0;
        if (has) yield* initCacheNode(node);
      }
      yield* cache.listed.write(1);
    }),
  );
}

/** kmem_cache_destroy(), with all of the cache's objects freed. Lock order: as to create it. */
export function* kmemCacheDestroy(kernel: Kernel, slab: SlabCaches, cache: SlabCache): Step {
  yield* underHotplugLocks(kernel, () =>
    underSlabMutex(slab, function* () {
      yield* cache.listed.write(0);
      for (const node of cache.nodes) yield* freeCacheNode(node);
    }),
  );
}

/**
 * kmem_cache_shrink(), also behind the cache's file `shrink`: all structures of the cache, without
 * slab_mutex.
 *
 * Lock order: as in `underHotplugLocks`.
 */
export function* kmemCacheShrink(kernel: Kernel, cache: SlabCache): Step {
  yield* underHotplugLocks(kernel, () => shrinkNodes(cache));
}

/** __kmem_cache_shrink(): for_each_kmem_cache_node. Lock order: none but the callers'. */
function* shrinkNodes({ nodes }: SlabCache): Step {
  for (const { pointer, partialSlabs } of nodes) {
    if ((yield* pointer.load()) !== 0) yield* partialSlabs.store(0);
  }
}

/**
 * kmem_cache_alloc_node() on a node that has normal memory: ___slab_alloc() takes the node's
 * partial slabs. All releases. Lock order: none of the model's.
 */
export function* kmemCacheAllocNode(kernel: Kernel, cache: SlabCache, nid: number): Step<boolean> {
  if ((yield* kernel.pgdats[nid]!.hasNormalMemory.load()) === 0) return false;
  const { pointer, partialSlabs } = cache.nodes[nid]!;
  check(
    (yield* pointer.load()) !== 0,
    'NULL pointer dereference: the cache has no kmem_cache_node for a node that has memory',
  );
  yield* partialSlabs.add(1);
  return true;
}

/**
 * memcg_deactivate_kmem_caches(), when a memory cgroup goes offline: the caches that it has of its
 * own are shrunk. v3.19, v4.18, v4.20; cgroups have no caches of their own since v5.9.
 *
 * Lock order: cgroup_mutex, cpu_hotplug_lock (read), mem_hotplug_lock (read), slab_mutex.
 */
export function* memcgDeactivateKmemCaches(kernel: Kernel, slab: SlabCaches): Step {
  yield* kernel.mm.cgroupMutex.acquire();
  try {
    if (!kernel.release.memcgHasOwnCaches) return;
    yield* underHotplugLocks(kernel, () =>
      underSlabMutex(slab, function* () {
        for (const cache of slab.caches) {
          if ((yield* cache.listed.read()) !== 0) yield* shrinkNodes(cache);
        }
      }),
    );
  } finally {
    yield* kernel.mm.cgroupMutex.release();
  }
}

/**
 * slab_mem_going_online_callback(): all caches get a structure for the node, unless it has been
 * online before and they have kept theirs (666716fd267d).
 *
 * Lock order: memory_chain.rwsem (read, the caller's), slab_mutex.
 */
export function* slabMemGoingOnline(slab: SlabCaches, nid: number): Step {
  yield* underSlabMutex(slab, function* () {
    for (const { listed, nodes } of slab.caches) {
      if ((yield* listed.read()) !== 0) yield* initCacheNode(nodes[nid]!);
    }
    yield* slab.nodes.write((yield* slab.nodes.read()) | (1 << nid));
  });
}

/** slab_mem_going_offline_callback(). Lock order: as in {@link slabMemGoingOnline}. */
export function* slabMemGoingOffline(slab: SlabCaches): Step {
  yield* underSlabMutex(slab, function* () {
    for (const cache of slab.caches) {
      if ((yield* cache.listed.read()) !== 0) yield* shrinkNodes(cache);
    }
  });
}

/**
 * slab_mem_offline_callback(), also for MEM_CANCEL_ONLINE: the node has no normal memory (any
 * more). Until 666716fd267d (v5.12) its structures are freed, since then kept for the next time.
 *
 * Lock order: as in {@link slabMemGoingOnline}.
 */
export function* slabMemOffline(kernel: Kernel, slab: SlabCaches, nid: number): Step {
  yield* underSlabMutex(slab, function* () {
    yield* slab.nodes.write((yield* slab.nodes.read()) & ~(1 << nid));
    if (kernel.release.has('666716fd267d')) return;
    for (const { listed, nodes } of slab.caches) {
      if ((yield* listed.read()) !== 0) yield* freeCacheNode(nodes[nid]!);
    }
  });
}

/** init_kmem_cache_node() of a new one. Lock order: slab_mutex, the caller's. */
function* initCacheNode({ pointer, memory, partialSlabs }: CacheNode): Step {
  if ((yield* pointer.load()) !== 0) return;
  yield* memory.revive();
  yield* partialSlabs.store(0);
  yield* pointer.store(1);
}

/** kmem_cache_free(kmem_cache_node, n). Lock order: slab_mutex, the caller's. */
function* freeCacheNode({ pointer, memory }: CacheNode): Step {
  if ((yield* pointer.load()) === 0) return;
  yield* pointer.store(0);
  yield* memory.retire();
}
