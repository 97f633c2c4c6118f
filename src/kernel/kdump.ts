import type { Arena, Completion, Step, Word } from '../program/index.ts';
import { readDynamicMemory, type Drmem } from './drmem.ts';

/** What the capture kernel was told of the memory that there is. */
export interface Kdump {
  /** A word a LMB; user space's own. */
  readonly known: readonly Word[];
}

/** @param present - how many LMBs, lowest first, are there at first */
export function makeKdump(arena: Arena, drmem: Drmem, present: number): Kdump {
  const known = drmem.lmbs.map(({ block }, at) =>
    arena.word(`kdump.${block.name}`, at < present ? 1 : 0),
  );
  return { known };
}

/**
 * udev's rule for kdump: on a block's uevent the capture kernel is loaded again, with the memory
 * that the device tree in /proc lists.
 *
 * Lock order: devtree_lock.
 *
 * @param heard - the block's uevent, that it was added or removed
 */
export function* kdumpReload(kdump: Kdump, drmem: Drmem, heard: Completion): Step {
  yield* heard.wait();
  const listed = yield* readDynamicMemory(drmem);
  for (const [at, { block }] of drmem.lmbs.entries()) {
    yield* kdump.known[at]!.write(listed.includes(block.number) ? 1 : 0);
  }
}
