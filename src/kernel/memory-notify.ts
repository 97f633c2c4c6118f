import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import {
  notifierCallChain,
  notifierChainRegister,
  notifierChainUnregister,
  notifierToErrno,
  type NotifierBlock,
} from './notifier-chain.ts';

/** The events of the memory notifier as all releases up to v6.8 number them. */
export const MemoryEvent = {
  online: 1,
  goingOffline: 2,
  offline: 4,
  goingOnline: 8,
  cancelOnline: 16,
  cancelOffline: 32,
} as const;

/** The events as the kernels with a node notifier number them. */
export const NumberedMemoryEvent = {
  online: 0,
  goingOffline: 1,
  offline: 2,
  goingOnline: 3,
  cancelOnline: 4,
  cancelOffline: 5,
} as const;

export type MemoryEventName = keyof typeof MemoryEvent;

/**
 * struct memory_notify: what the callbacks are told. Kernels with a node notifier have only the
 * first two fields: of the others the model tells -1 there, whatever the node.
 */
export interface MemoryNotify {
  readonly startPfn: number;
  readonly nrPages: number;
  /** The node whose bit in N_NORMAL_MEMORY the operation changes, or -1. */
  readonly statusChangeNidNormal: number;
  /** Likewise in N_HIGH_MEMORY, which a machine of 64 bits does not have. */
  readonly statusChangeNidHigh: number;
  /** Likewise in N_MEMORY. */
  readonly statusChangeNid: number;
}

/** The number of an event in this kernel. */
export function memoryEvent(kernel: Kernel, name: MemoryEventName): number {
  return (kernel.configuration.nodeNotifier ? NumberedMemoryEvent : MemoryEvent)[name];
}

/** Which event a callback is called for; undefined for a number that this kernel does not use. */
export function memoryEventName(kernel: Kernel, action: number): MemoryEventName | undefined {
  return eventNames.find((name) => memoryEvent(kernel, name) === action);
}

const eventNames = Object.keys(MemoryEvent) as MemoryEventName[];

/**
 * register_memory_notifier(). All releases. Lock order: memory_chain.rwsem (write).
 *
 * @returns 0, or -EEXIST if the block is registered already
 */
export function* registerMemoryNotifier(
  kernel: Kernel,
  block: NotifierBlock<MemoryNotify>,
): Step<number> {
  return yield* notifierChainRegister(kernel.memoryChain, block);
}

/** unregister_memory_notifier(). All releases. Lock order: memory_chain.rwsem (write). */
export function* unregisterMemoryNotifier(
  kernel: Kernel,
  block: NotifierBlock<MemoryNotify>,
): Step<number> {
  return yield* notifierChainUnregister(kernel.memoryChain, block);
}

const noStatusChange = {
  statusChangeNidNormal: -1,
  statusChangeNidHigh: -1,
  statusChangeNid: -1,
} as const;

/**
 * memory_notify(), with the result as an errno. All releases. Only the results of `goingOnline` and
 * `goingOffline` are looked at by the callers. The cancelling events go to the whole chain, also to
 * callbacks that never saw the event that they cancel.
 *
 * Lock order: mem_hotplug_lock (the caller's), memory_chain.rwsem (read), then what callbacks take.
 *
 * @returns 0, or the error of the callback that refused
 */
export function* memoryNotify(
  kernel: Kernel,
  event: MemoryEventName,
  arg: MemoryNotify,
): Step<number> {
  const told = kernel.configuration.nodeNotifier ? { ...arg, ...noStatusChange } : arg;
  return notifierToErrno(
    yield* notifierCallChain(kernel.memoryChain, memoryEvent(kernel, event), told),
  );
}
