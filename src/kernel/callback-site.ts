import type { Arena } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import type { MemoryNotify } from './memory-notify.ts';
import type { NodeNotify } from './node-notify.ts';
import type { NotifierChain } from './notifier-chain.ts';

/** Where callbacks are laid out, in the set-up: a kernel that is still being made. */
export interface CallbackSite {
  readonly arena: Arena;
  readonly configuration: Configuration;
  readonly memoryChain: NotifierChain<MemoryNotify>;
  readonly nodeChain: NotifierChain<NodeNotify>;
  /** From memory0 up, where the boot's memory has blocks, and from memory32 up. */
  readonly blocks: readonly MemoryBlock[];
  /** The kernel, once it is made: for callbacks, which run later. */
  readonly kernelOf: () => Kernel;
}
