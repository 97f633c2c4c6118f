import type { Arena, Mutex, Region, Step, Word } from '../program/index.ts';
import { cpusReadLock, cpusReadUnlock } from './cpu-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import {
  getOnlineMems,
  memHotplugBegin,
  memHotplugDone,
  putOnlineMems,
} from './mem-hotplug-lock.ts';

/** What of the series of February 2021 is in. */
export interface SlabLocking {
  /** kmem_cache_shrink() holds cpu_hotplug_lock and mem_hotplug_lock, for reading. */
  readonly takesHotplugLocks: boolean;
  /** The node's structure is freed when the node's memory goes offline. */
  readonly freesNodeOnOffline: boolean;
}

/** One slab cache's structure for one node (struct kmem_cache_node). */
export interface KmemCacheNode {
  readonly locking: SlabLocking;
  /** mm/slab_common.c: the list of caches. */
  readonly slabMutex: Mutex;
  /** cache->node[nid]: 0 for NULL. Atomic: a pointer, followed without a lock. */
  readonly pointer: Word;
  readonly memory: Region;
  /** n->nr_partial. Atomic, as it is changed under n->list_lock, which is left out. */
  readonly partialSlabs: Word;
}

export function makeKmemCacheNode(arena: Arena, locking: SlabLocking): KmemCacheNode {
  const { region, inside } = arena.region('kmem_cache_node', () =>
    arena.word('kmem_cache_node.nr_partial', 1),
  );
  return {
    locking,
    slabMutex: arena.mutex('kmem_cache.slab_mutex', { class: 'slab_mutex' }),
    pointer: arena.word('kmem_cache.node', 1),
    memory: region,
    partialSlabs: inside,
  };
}

/**
 * kmem_cache_shrink() (mm/slab_common.c).
 *
 * Lock order: from 03afc0e25f7f (v3.16) to v5.11: cpu_hotplug_lock (read), mem_hotplug_lock (read),
 * and not slab_mutex; v5.12 on (7e1fa93deff4, 59450bbc12be): none.
 */
export function* kmemCacheShrink(kernel: Kernel, node: KmemCacheNode): Step {
  if (!node.locking.takesHotplugLocks) {
    yield* shrinkNode(node);
    return;
  }
  yield* cpusReadLock(kernel);
  try {
    yield* getOnlineMems(kernel);
    try {
      yield* shrinkNode(node);
    } finally {
      yield* putOnlineMems(kernel);
    }
  } finally {
    yield* cpusReadUnlock(kernel);
  }
}

/** __kmem_cache_shrink(): for_each_kmem_cache_node. Lock order: as in {@link kmemCacheShrink}. */
function* shrinkNode(node: KmemCacheNode): Step {
  if ((yield* node.pointer.load()) === 0) return;
  yield* node.partialSlabs.store(0);
}

/**
 * offline_pages() of a node's last memory, and what slub's callback does in MEM_OFFLINE
 * (slab_mem_offline_callback()).
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock, slab_mutex. The chain's rwsem, of which
 * there is only this one walk, is left out.
 */
export function* offlineLastMemoryOfNode(kernel: Kernel, node: KmemCacheNode): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* slabMemOfflineCallback(node);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

function* slabMemOfflineCallback(node: KmemCacheNode): Step {
  yield* node.slabMutex.acquire();
  try {
    // 666716fd267d: only a node mask is cleared; the structure is used again when memory is back.
    if (!node.locking.freesNodeOnOffline) return;
    yield* node.pointer.store(0);
    yield* node.memory.retire();
  } finally {
    yield* node.slabMutex.release();
  }
}
