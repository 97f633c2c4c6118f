import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { State } from './memory-state.ts';
import { sysfsRead } from './sysfs.ts';

/** What `state` says; no other value is ever stored. */
const words: ReadonlyMap<number, string> = new Map([
  [State.online, 'online'],
  [State.goingOffline, 'going-offline'],
  [State.offline, 'offline'],
]);

/**
 * state_show() (drivers/base/memory.c; show_mem_state() in v3.19). All releases.
 *
 * Lock order: the active reference (the caller's), and nothing else: mem->state is read plainly, so
 * that a reader races with whoever changes the state, and never waits for it.
 */
export function* stateShow(block: MemoryBlock): Step<string> {
  const state = yield* block.state.read();
  return `${words.get(state) ?? `ERROR-UNKNOWN-${state}`}\n`;
}

/**
 * read(2) of a block's `state`, without the newline at the end. Lock order: as in `sysfsRead`.
 *
 * @returns the word, or -ENODEV where the device is gone
 */
export function* readState(kernel: Kernel, block: MemoryBlock): Step<string | number> {
  const text = yield* sysfsRead(kernel, `${block.name}/state`);
  return typeof text === 'string' ? text.trimEnd() : text;
}
