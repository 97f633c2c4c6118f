import type { Arena, Completion, SpinLock, Step, Word } from '../program/index.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** The two places that tell how much memory a pseries guest has. */
export interface Drmem {
  /** Whether the device tree is updated before user space hears of the new block. */
  readonly updatesFirst: boolean;
  /** Logical memory blocks that are there, as devices; under mem_hotplug_lock. */
  readonly blocks: Word;
  /** devtree_lock (a raw spin lock): properties of the device tree. */
  readonly devtreeLock: SpinLock;
  /** Assigned blocks by the property ibm,dynamic-memory-v2; under devtree_lock. */
  readonly property: Word;
  /** The uevent KOBJ_ADD of the new block. */
  readonly added: Completion;
  /** Blocks that the capture kernel was told of; kdump's own. */
  readonly kdumpBlocks: Word;
}

/** A guest with four blocks. */
export function makeDrmem(arena: Arena, updatesFirst: boolean): Drmem {
  return {
    updatesFirst,
    blocks: arena.word('drmem.blocks', 4),
    devtreeLock: arena.spinLock('devtree_lock'),
    property: arena.word('ibm,dynamic-memory-v2', 4),
    added: arena.completion('drmem.uevent'),
    kdumpBlocks: arena.word('kdump.blocks', 4),
  };
}

/**
 * dlpar_memory() for `memory add` (arch/powerpc/platforms/pseries/hotplug-memory.c), in the one
 * worker of the hotplug queue.
 *
 * Lock order: device_hotplug_lock, cpu_hotplug_lock (read), mem_hotplug_lock; devtree_lock as a
 * leaf.
 */
export function* dlparMemoryAdd(kernel: Kernel, drmem: Drmem): Step {
  yield* lockDeviceHotplug(kernel);
  try {
    if (drmem.updatesFirst) yield* drmemUpdateDt(drmem);
    yield* dlparAddLmb(kernel, drmem);
    if (!drmem.updatesFirst) yield* drmemUpdateDt(drmem);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/** dlpar_add_lmb(), __add_memory(): the block's device is there, and user space hears of it. */
function* dlparAddLmb(kernel: Kernel, drmem: Drmem): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* drmem.blocks.write((yield* drmem.blocks.read()) + 1);
    yield* drmem.added.complete();
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** drmem_update_dt(): the property counts one more. Lock order: devtree_lock. */
function* drmemUpdateDt(drmem: Drmem): Step {
  yield* drmem.devtreeLock.acquire();
  try {
    yield* drmem.property.write((yield* drmem.property.read()) + 1);
  } finally {
    yield* drmem.devtreeLock.release();
  }
}

/**
 * udev's rule for kdump: on the block's uevent the capture kernel is loaded again, with the memory
 * that the device tree in /proc lists.
 *
 * Lock order: devtree_lock.
 */
export function* kdumpReload(drmem: Drmem): Step {
  yield* drmem.added.wait();
  yield* drmem.devtreeLock.acquire();
  try {
    yield* drmem.kdumpBlocks.write(yield* drmem.property.read());
  } finally {
    yield* drmem.devtreeLock.release();
  }
}
