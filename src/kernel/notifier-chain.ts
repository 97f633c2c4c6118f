import type { Arena, RwSemaphore, Step, Word } from '../program/index.ts';
import { EEXIST, ENOENT } from './errno.ts';

/**
 * What a callback returns (include/linux/notifier.h). `bad` and `stop` end the walk; the walk's
 * result is what the last callback returned.
 */
export const Notify = { done: 0, ok: 1, stopMask: 0x8000, bad: 0x8002, stop: 0x8001 } as const;

/** notifier_from_errno(): what a callback returns for a result such as -ENOMEM. */
export function notifierFromErrno(result: number): number {
  return result === 0 ? Notify.ok : Notify.stopMask | (Notify.ok - result);
}

/** notifier_to_errno(): 0, or the error that a callback returned; NOTIFY_BAD is -EPERM. */
export function notifierToErrno(returned: number): number {
  const value = returned & ~Notify.stopMask;
  return value > Notify.ok ? Notify.ok - value : 0;
}

/** A callback: told of an action on `arg`, it answers with a {@link Notify} or an errno in one. */
export type NotifierCall<Arg> = (
  self: NotifierBlock<Arg>,
  action: number,
  arg: Arg,
) => Step<number>;

/** struct notifier_block. */
export interface NotifierBlock<Arg> {
  readonly name: string;
  readonly call: NotifierCall<Arg>;
  /** The higher, the earlier it is called. */
  readonly priority: Word;
  /**
   * When it was registered, as a running number; 0 while it is not. Stands for the links of the
   * kernel's list; atomic, since an empty list is recognised without a lock.
   */
  readonly order: Word;
}

/**
 * A blocking notifier chain (struct blocking_notifier_head). Its blocks are laid out in the set-up,
 * registered or not.
 */
export interface NotifierChain<Arg> {
  readonly rwsem: RwSemaphore;
  /** Grows in the set-up only. */
  readonly blocks: NotifierBlock<Arg>[];
  /** The last running number; changed under rwsem. */
  readonly registrations: Word;
}

/** Running numbers up to here belong to blocks that are registered when an execution begins. */
const registrationsAtBoot = 1000;

export function makeNotifierChain<Arg>(arena: Arena, name: string): NotifierChain<Arg> {
  return {
    rwsem: arena.rwSemaphore(`${name}.rwsem`, { class: `(${name}).rwsem` }),
    blocks: [],
    registrations: arena.word(`${name}.registrations`, registrationsAtBoot),
  };
}

/** Lays out a notifier block, in the set-up of a scenario. */
export function makeNotifierBlock<Arg>(
  arena: Arena,
  chain: NotifierChain<Arg>,
  options: {
    readonly name: string;
    /** Default 0. */
    readonly priority?: number;
    /** Whether it is registered when the execution begins, after those laid out before it. */
    readonly registered?: boolean;
    readonly call: NotifierCall<Arg>;
  },
): NotifierBlock<Arg> {
  const { name, call } = options;
  const block: NotifierBlock<Arg> = {
    name,
    call,
    priority: arena.word(`${name}.notifier.priority`, options.priority ?? 0),
    order: arena.word(
      `${name}.notifier.registered`,
      options.registered === true ? chain.blocks.length + 1 : 0,
    ),
  };
  chain.blocks.push(block);
  return block;
}

/**
 * blocking_notifier_chain_register(). All releases (before v5.x a second registration was not
 * noticed, which is not in the model).
 *
 * Lock order: the chain's rwsem (write): from inside a callback that is a deadlock.
 *
 * @returns 0, or -EEXIST
 */
export function* notifierChainRegister<Arg>(
  chain: NotifierChain<Arg>,
  block: NotifierBlock<Arg>,
): Step<number> {
  yield* chain.rwsem.acquireWrite();
  try {
    if ((yield* block.order.load()) !== 0) return -EEXIST;
    const order = (yield* chain.registrations.read()) + 1;
    yield* chain.registrations.write(order);
    yield* block.order.store(order);
    return 0;
  } finally {
    yield* chain.rwsem.releaseWrite();
  }
}

/**
 * blocking_notifier_chain_unregister(). All releases. Lock order: as in {@link
 * notifierChainRegister}.
 *
 * @returns 0, or -ENOENT
 */
export function* notifierChainUnregister<Arg>(
  chain: NotifierChain<Arg>,
  block: NotifierBlock<Arg>,
): Step<number> {
  yield* chain.rwsem.acquireWrite();
  try {
    if ((yield* block.order.load()) === 0) return -ENOENT;
    yield* block.order.store(0);
    return 0;
  } finally {
    yield* chain.rwsem.releaseWrite();
  }
}

/**
 * blocking_notifier_call_chain(). All releases.
 *
 * Lock order: the chain's rwsem (read) for the whole walk, then what the callbacks take. A list
 * that looks empty is not walked, and nothing is taken.
 *
 * @returns what the last callback returned
 */
export function* notifierCallChain<Arg>(
  chain: NotifierChain<Arg>,
  action: number,
  arg: Arg,
): Step<number> {
  if (!(yield* hasBlocks(chain))) return Notify.done;
  yield* chain.rwsem.acquireRead();
  try {
    let returned: number = Notify.done;
    for (const block of yield* inOrder(chain)) {
      returned = yield* block.call(block, action, arg);
      if ((returned & Notify.stopMask) !== 0) break;
    }
    return returned;
  } finally {
    yield* chain.rwsem.releaseRead();
  }
}

function* hasBlocks<Arg>(chain: NotifierChain<Arg>): Step<boolean> {
  for (const block of chain.blocks) if ((yield* block.order.load()) !== 0) return true;
  return false;
}

/** The registered blocks: descending priority, then in the order of their registration. */
function* inOrder<Arg>(chain: NotifierChain<Arg>): Step<NotifierBlock<Arg>[]> {
  const registered: { block: NotifierBlock<Arg>; priority: number; order: number }[] = [];
  for (const block of chain.blocks) {
    const order = yield* block.order.load();
    if (order === 0) continue;
    registered.push({ block, order, priority: yield* block.priority.read() });
  }
  registered.sort((a, b) => b.priority - a.priority || a.order - b.order);
  return registered.map(({ block }) => block);
}
