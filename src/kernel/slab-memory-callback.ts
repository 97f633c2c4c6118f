import type { Step, Word } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import type { Kernel } from './kernel.ts';
import { memoryEventName } from './memory-notify.ts';
import { NodeEvent } from './node-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';

/**
 * slab_memory_callback() (mm/slub.c): a node gets its slab structures before its first normal
 * memory, and caches are shrunk before memory goes. All releases; that structures are freed on
 * MEM_OFFLINE, which ended in v5.12 (666716fd267d), and flush_lock are not in the model.
 *
 * With a node notifier it is called for nodes alone: caches are shrunk only before a node's last
 * memory goes, and structures come with its first memory, normal or not.
 *
 * Lock order: memory_chain.rwsem or node_chain.rwsem (read, the caller's), slab_mutex.
 */
export function makeSlabCallback(site: CallbackSite): void {
  const { arena, memoryChain, nodeChain, kernelOf } = site;
  const slab = { kernelOf, nodes: arena.word('slab_nodes', 1) };
  const common = { name: 'slab', priority: CallbackPriority.slab, registered: true };
  if (site.configuration.nodeNotifier) {
    makeNotifierBlock(arena, nodeChain, {
      ...common,
      *call(_self, action, { nid }) {
        if (action === NodeEvent.addingFirstMemory) yield* slabMemGoingOnline(slab, nid);
        else if (action === NodeEvent.removingLastMemory) yield* slabMemGoingOffline(slab);
        return Notify.ok;
      },
    });
    return;
  }
  makeNotifierBlock(arena, memoryChain, {
    ...common,
    *call(_self, action, { statusChangeNidNormal }) {
      const event = memoryEventName(kernelOf(), action);
      if (event === 'goingOnline') yield* slabMemGoingOnline(slab, statusChangeNidNormal);
      else if (event === 'goingOffline') yield* slabMemGoingOffline(slab);
      return Notify.ok;
    },
  });
}

interface Slab {
  readonly kernelOf: () => Kernel;
  /** Nodes that have slab structures, as bits; under slab_mutex. */
  readonly nodes: Word;
}

/** slab_mem_going_online_callback(). Lock order: slab_mutex, if the node gets its first memory. */
function* slabMemGoingOnline({ kernelOf, nodes }: Slab, nid: number): Step {
  if (nid < 0) return;
  const { slabMutex } = kernelOf();
  yield* slabMutex.acquire();
  try {
    yield* nodes.write((yield* nodes.read()) | (1 << nid));
  } finally {
    yield* slabMutex.release();
  }
}

/** slab_mem_going_offline_callback(), kmem_cache_shrink() of all caches. Lock order: slab_mutex. */
function* slabMemGoingOffline({ kernelOf }: Slab): Step {
  const { slabMutex } = kernelOf();
  yield* slabMutex.acquire();
  yield* slabMutex.release();
}
