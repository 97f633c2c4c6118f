import type { Arena, SpinLock, Step, Word } from '../program/index.ts';
import type { MemoryBlock } from './memory-block.ts';

/** Whose a dynamic reconfiguration connector is; `refused`: the hypervisor's, and it stays so. */
export const Connector = { unusable: 0, usable: 1, refused: 2 } as const;

/** A logical memory block of a pseries guest: struct drmem_lmb. One memory block in the model. */
export interface DrmemLmb {
  readonly block: MemoryBlock;
  /** By which user space and the hypervisor name it. */
  readonly drcIndex: number;
  /** DRCONF_MEM_ASSIGNED: the guest has it; under device_hotplug_lock. */
  readonly assigned: Word;
  /** DRCONF_MEM_RESERVED: the request at hand has done it; under device_hotplug_lock. */
  readonly reserved: Word;
  /** The connector ({@link Connector}); the hypervisor's, atomic. */
  readonly connector: Word;
  /** Whether ibm,dynamic-memory-v2 in the device tree lists it as assigned; under devtree_lock. */
  readonly listed: Word;
}

/** All LMBs, and the device tree's property that lists them. */
export interface Drmem {
  readonly lmbs: readonly DrmemLmb[];
  /** A raw spin lock. of_mutex, around changes of the tree, is not in the model. */
  readonly devtreeLock: SpinLock;
  /**
   * Whether the property changes before user space hears of the block: as proposed in 2020. What
   * was merged is not known to us, and releases change it last.
   */
  readonly updatesTreeFirst: boolean;
}

/** @param present - how many of the blocks, lowest first, the guest has at first */
export function makeDrmem(
  arena: Arena,
  blocks: readonly MemoryBlock[],
  options: { readonly present: number; readonly updatesTreeFirst: boolean },
): Drmem {
  return {
    lmbs: blocks.map((block, index): DrmemLmb => {
      const first = index < options.present ? 1 : 0;
      const word = (what: string, initial: number) => arena.word(`lmb${index}.${what}`, initial);
      return {
        block,
        drcIndex: 0x8000_0000 + block.number,
        assigned: word('assigned', first),
        reserved: word('reserved', 0),
        connector: word('connector', first),
        listed: word('listed', first),
      };
    }),
    devtreeLock: arena.spinLock('devtree_lock'),
    updatesTreeFirst: options.updatesTreeFirst,
  };
}

/**
 * drmem_update_dt(), of_update_property(): the property lists what is assigned now. All releases.
 * Lock order: devtree_lock, a leaf.
 */
export function* drmemUpdateDt(drmem: Drmem): Step {
  yield* drmem.devtreeLock.acquire();
  try {
    for (const { assigned, listed } of drmem.lmbs) yield* listed.write(yield* assigned.read());
  } finally {
    yield* drmem.devtreeLock.release();
  }
}

/**
 * What a reader of /proc/device-tree finds: the numbers of the blocks that the property lists. All
 * releases. Lock order: devtree_lock.
 */
export function* readDynamicMemory(drmem: Drmem): Step<readonly number[]> {
  const numbers: number[] = [];
  yield* drmem.devtreeLock.acquire();
  try {
    for (const { block, listed } of drmem.lmbs) {
      if ((yield* listed.read()) !== 0) numbers.push(block.number);
    }
  } finally {
    yield* drmem.devtreeLock.release();
  }
  return numbers;
}

/**
 * dlpar_acquire_drc(): asks the hypervisor for the connector. All releases. Lock order: none.
 *
 * @returns 0, or -1, which user space reads as EPERM
 */
export function* dlparAcquireDrc({ connector }: DrmemLmb): Step<number> {
  const { unusable, usable } = Connector;
  return (yield* connector.compareExchange(unusable, usable)) === unusable ? 0 : -1;
}

/** dlpar_release_drc(). All releases. Lock order: none. */
export function* dlparReleaseDrc({ connector }: DrmemLmb): Step {
  yield* connector.store(Connector.unusable);
}
