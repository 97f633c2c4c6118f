import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { registerMemoryNotifier, unregisterMemoryNotifier } from './memory-notify.ts';
import type { NotifierErrorInject } from './notifier-error-inject.ts';

/**
 * `modprobe memory-notifier-error-inject priority=N`: err_inject_init() makes the files in debugfs,
 * then registers the callback. All releases. Lock order: memory_chain.rwsem (write).
 *
 * @returns 0, or -EEXIST if it is loaded already
 */
export function* loadErrorInject(
  kernel: Kernel,
  module: NotifierErrorInject,
  priority: number,
): Step<number> {
  for (const { active } of module.files) yield* active.activate();
  yield* module.notifier.priority.write(priority);
  return yield* registerMemoryNotifier(kernel, module.notifier);
}

/**
 * `modprobe -r memory-notifier-error-inject`: err_inject_exit() takes the callback off the chain,
 * then the files away. All releases. Lock order: memory_chain.rwsem (write); then the files' active
 * references, drained.
 *
 * @returns 0, or -ENOENT if it is not loaded
 */
export function* unloadErrorInject(kernel: Kernel, module: NotifierErrorInject): Step<number> {
  const result = yield* unregisterMemoryNotifier(kernel, module.notifier);
  if (result === 0) for (const { active } of module.files) yield* active.drain();
  return result;
}
