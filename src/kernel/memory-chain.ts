import type { Arena, RwSemaphore, Step } from '../program/index.ts';

/** The lock of the memory notifier chain (drivers/base/memory.c), for worlds of a few locks. */
export interface MemoryChain {
  /** Read during the whole walk; written by who registers a callback. */
  readonly rwsem: RwSemaphore;
}

export function makeMemoryChain(arena: Arena): MemoryChain {
  return { rwsem: arena.rwSemaphore('memory_chain.rwsem') };
}

/**
 * memory_notify(), blocking_notifier_call_chain(): calls what is registered. All releases.
 *
 * Lock order: memory_chain.rwsem (read), then what the callbacks take.
 */
export function* memoryNotify(chain: MemoryChain, callbacks: () => Step): Step {
  yield* chain.rwsem.acquireRead();
  try {
    yield* callbacks();
  } finally {
    yield* chain.rwsem.releaseRead();
  }
}

/**
 * register_memory_notifier(), as a driver calls it that is just being loaded. All releases. Lock
 * order: memory_chain.rwsem (write), a leaf.
 */
export function* registerMemoryNotifier(chain: MemoryChain): Step {
  yield* chain.rwsem.acquireWrite();
  yield* chain.rwsem.releaseWrite();
}
