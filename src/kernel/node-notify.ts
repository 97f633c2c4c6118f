import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import {
  notifierCallChain,
  notifierChainRegister,
  notifierChainUnregister,
  notifierToErrno,
  type NotifierBlock,
} from './notifier-chain.ts';

/** The events of the node notifier of the newest kernels (include/linux/node.h). */
export const NodeEvent = {
  addingFirstMemory: 1,
  addedFirstMemory: 2,
  cancelAddingFirstMemory: 4,
  removingLastMemory: 8,
  removedLastMemory: 16,
  cancelRemovingLastMemory: 32,
} as const;

/** struct node_notify. */
export interface NodeNotify {
  readonly nid: number;
}

/** register_node_notifier(). Lock order: node_chain.rwsem (write). */
export function* registerNodeNotifier(
  kernel: Kernel,
  block: NotifierBlock<NodeNotify>,
): Step<number> {
  return yield* notifierChainRegister(kernel.nodeChain, block);
}

/** unregister_node_notifier(). Lock order: node_chain.rwsem (write). */
export function* unregisterNodeNotifier(
  kernel: Kernel,
  block: NotifierBlock<NodeNotify>,
): Step<number> {
  return yield* notifierChainUnregister(kernel.nodeChain, block);
}

/**
 * node_notify(), where the configuration has a node notifier and the node's memory changes (`nid`
 * is not -1). Lock order: mem_hotplug_lock (the caller's), node_chain.rwsem (read).
 *
 * @returns 0, or the error of the callback that refused
 */
export function* nodeNotify(
  kernel: Kernel,
  event: keyof typeof NodeEvent,
  nid: number,
): Step<number> {
  if (!kernel.configuration.nodeNotifier || nid < 0) return 0;
  return notifierToErrno(yield* notifierCallChain(kernel.nodeChain, NodeEvent[event], { nid }));
}
