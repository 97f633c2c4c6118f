import { check, type Arena, type Mutex, type SpinLock, type Step } from '../program/index.ts';
import type { Word } from '../program/index.ts';
import {
  lockDeviceHotplug,
  lockDeviceHotplugSysfs,
  unlockDeviceHotplug,
} from './device-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { SysfsFile } from './sysfs.ts';

/** A memory block device, and whether the memory subsystem's list of devices has it. */
export interface ListedBlock {
  readonly lock: Mutex;
  /** klist->k_lock of the subsystem's devices. */
  readonly listLock: SpinLock;
  /** Whether the device is on the list; under k_lock. */
  readonly listed: Word;
  readonly file: SysfsFile;
}

/** memory50, not there yet. */
export function makeListedBlock(arena: Arena): ListedBlock {
  const active = arena.activeRef('memory50/online.active', { class: 'kn->active(online)' });
  const block: ListedBlock = {
    lock: arena.mutex('memory50.device_lock', { class: 'memory device_lock' }),
    listLock: arena.spinLock('klist->k_lock'),
    listed: arena.word('memory50.listed'),
    file: {
      path: 'memory50/online',
      active,
      store: (kernel, input) => storeOnline(kernel, block, input),
    },
  };
  return block;
}

/**
 * add_memory() of a driver, as far as device_add() of the block: first its files can be written,
 * then bus_add_device() puts it on the list, then user space is told.
 *
 * Lock order: device_hotplug_lock since 8df1d0e4a265 (v4.20), cpu_hotplug_lock (read),
 * mem_hotplug_lock, then k_lock, device_lock.
 */
export function* addListedBlock(kernel: Kernel, block: ListedBlock): Step {
  const locks = kernel.release.addMemoryTakesDeviceHotplugLock;
  if (locks) yield* lockDeviceHotplug(kernel);
  try {
    yield* memHotplugBegin(kernel);
    try {
      yield* deviceAddListed(block);
    } finally {
      yield* memHotplugDone(kernel);
    }
  } finally {
    if (locks) yield* unlockDeviceHotplug(kernel);
  }
}

function* deviceAddListed(block: ListedBlock): Step {
  yield* block.file.active.activate();
  yield* block.listLock.acquire();
  yield* block.listed.write(1);
  yield* block.listLock.release();
  // The uevent, for which the writer here does not wait.
  yield* block.lock.acquire();
  yield* block.lock.release();
}

/**
 * online_store(), device_online(), online_pages() as of v4.18, which looks its own block up.
 *
 * Lock order: device_hotplug_lock (by try), device_lock, k_lock; no mem_hotplug_lock on this path.
 */
function* storeOnline(kernel: Kernel, block: ListedBlock, input: string): Step<number> {
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    yield* block.lock.acquire();
    try {
      const found = yield* findMemoryBlock(block);
      check(found, 'NULL pointer dereference: find_memory_block() does not know the block');
      return input.length;
    } finally {
      yield* block.lock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/** find_memory_block(): subsys_find_device_by_id(). Lock order: k_lock. */
function* findMemoryBlock(block: ListedBlock): Step<boolean> {
  yield* block.listLock.acquire();
  try {
    return (yield* block.listed.read()) !== 0;
  } finally {
    yield* block.listLock.release();
  }
}
