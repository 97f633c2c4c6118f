import type { Arena, RwSemaphore, Step, Word } from '../program/index.ts';

/** struct notifier_block: a callback, and whether it is on its chain. */
export interface Callback {
  /** 1 while it is on the chain; under the chain's rwsem. */
  readonly registered: Word;
  /** What the walk calls; under the chain's rwsem, for reading. */
  readonly call: () => Step<unknown>;
}

/** @param name - unique in the arena */
export function makeCallback(
  arena: Arena,
  name: string,
  call: Callback['call'],
  registered = false,
): Callback {
  return { registered: arena.word(`${name}.registered`, registered ? 1 : 0), call };
}

/**
 * A blocking notifier chain (kernel/notifier.c) for scenarios that need no more than its lock: one
 * event, fixed places for callbacks, results not looked at.
 */
export interface CallbackChain {
  readonly rwsem: RwSemaphore;
  /** In the order in which they are called. */
  readonly callbacks: readonly Callback[];
}

/**
 * The chain of memory_notify().
 *
 * @param owner - whose copy of it this is: a kernel's own chain may be in the same arena
 */
export function makeCallbackChain(
  arena: Arena,
  owner: string,
  callbacks: readonly Callback[],
): CallbackChain {
  const name = `${owner}.memory_chain.rwsem`;
  return { rwsem: arena.rwSemaphore(name, { class: 'memory_chain.rwsem' }), callbacks };
}

/**
 * blocking_notifier_call_chain(). All releases. Lock order: the chain's rwsem (read), held during
 * the whole walk; then what the callbacks take.
 */
export function* blockingNotifierCallChain(chain: CallbackChain): Step {
  yield* chain.rwsem.acquireRead();
  try {
    for (const callback of chain.callbacks) {
      if ((yield* callback.registered.read()) !== 0) yield* callback.call();
    }
  } finally {
    yield* chain.rwsem.releaseRead();
  }
}

/** blocking_notifier_chain_register(). All releases. Lock order: the chain's rwsem (write). */
export function* blockingNotifierChainRegister(chain: CallbackChain, callback: Callback): Step {
  yield* setRegistered(chain, callback, 1);
}

/** blocking_notifier_chain_unregister(). All releases. Lock order: the chain's rwsem (write). */
export function* blockingNotifierChainUnregister(chain: CallbackChain, callback: Callback): Step {
  yield* setRegistered(chain, callback, 0);
}

function* setRegistered(chain: CallbackChain, callback: Callback, registered: number): Step {
  yield* chain.rwsem.acquireWrite();
  try {
    yield* callback.registered.write(registered);
  } finally {
    yield* chain.rwsem.releaseWrite();
  }
}
