import type { Arena, Region, Step, Word } from '../program/index.ts';

/** The reference count of a memory block's device (struct kref), and the device that it keeps. */
export interface BlockReference {
  /** Atomic: get_device() and put_device() take no lock. */
  readonly count: Word;
  /** Whether memory_block_release() has run. */
  readonly released: Word;
  /** struct memory_block; gone with the last reference. */
  readonly memory: Region;
  /** A field of it: mem->nid. */
  readonly nid: Word;
}

/** A block that is registered: the driver core holds one reference. */
export function makeBlockReference(arena: Arena, name: string): BlockReference {
  const { region, inside } = arena.region(`${name}.device`, () => arena.word(`${name}.nid`));
  return {
    count: arena.word(`${name}.references`, 1),
    released: arena.word(`${name}.released`),
    memory: region,
    nid: inside,
  };
}

/**
 * find_memory_block(): looks the block up and takes a reference, which the caller gives back with
 * {@link putDevice}. All releases. Lock order: none of the model's.
 */
export function* findMemoryBlock(reference: BlockReference): Step {
  yield* reference.count.add(1);
}

/** put_device(): the last one releases the block. All releases. Lock order: none. */
export function* putDevice(reference: BlockReference): Step {
  if ((yield* reference.count.add(-1)) !== 1) return;
  yield* reference.memory.retire();
  yield* reference.released.store(1);
}
