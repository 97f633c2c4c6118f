import type { Step } from '../program/index.ts';
import { ENODEV } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { State } from './memory-state.ts';

/** What `state` says; no other value is ever stored. */
const words: ReadonlyMap<number, string> = new Map([
  [State.online, 'online'],
  [State.goingOffline, 'going-offline'],
  [State.offline, 'offline'],
]);

/**
 * read(2) of a block's `state`: state_show() (drivers/base/memory.c; show_mem_state() in v3.19),
 * without the newline at the end. All releases.
 *
 * Lock order: the file's active reference (by try). mem->state is read plainly, without any lock,
 * so that a reader races with whoever changes the state.
 *
 * @returns the word, or -ENODEV where the device is gone
 */
export function* readState(kernel: Kernel, block: MemoryBlock): Step<string | number> {
  const { active } = kernel.files.get(`${block.name}/state`)!;
  if (!(yield* active.tryAcquire())) return -ENODEV;
  try {
    const state = yield* block.state.read();
    return words.get(state) ?? `ERROR-UNKNOWN-${state}`;
  } finally {
    yield* active.release();
  }
}
