import type { Arena } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import type { Kernel } from './kernel.ts';
import { makeKsmCallback } from './ksm-memory-callback.ts';
import type { MemoryNotify } from './memory-notify.ts';
import { makeMemoryTierCallback } from './memory-tier-callback.ts';
import type { NotifierChain } from './notifier-chain.ts';
import { makeNotifierErrorInject } from './notifier-error-inject.ts';
import { makeSlabCallback } from './slab-memory-callback.ts';
import type { SysfsFile } from './sysfs.ts';

/** What the configured callbacks bring with them. */
export interface MemoryCallbacks {
  readonly files: readonly SysfsFile[];
}

/**
 * Lays out the callbacks that the configuration names, registered in the order in which it names
 * them.
 */
export function makeMemoryCallbacks(
  arena: Arena,
  configuration: Configuration,
  chain: NotifierChain<MemoryNotify>,
  kernelOf: () => Kernel,
): MemoryCallbacks {
  const files: SysfsFile[] = [];
  for (const name of new Set(configuration.notifiers)) {
    switch (name) {
      case 'ksm':
        makeKsmCallback(arena, chain, kernelOf);
        break;
      case 'slab':
        makeSlabCallback(arena, chain, kernelOf);
        break;
      case 'memory-tier':
        makeMemoryTierCallback(arena, chain, kernelOf);
        break;
      default:
        files.push(...makeNotifierErrorInject(arena, chain, true, kernelOf).files);
    }
  }
  return { files };
}
