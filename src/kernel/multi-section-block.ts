import type { Arena, Completion, Mutex, Step, Word } from '../program/index.ts';
import {
  lockDeviceHotplug,
  lockDeviceHotplugSysfs,
  unlockDeviceHotplug,
} from './device-hotplug-lock.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import type { SysfsFile } from './sysfs.ts';

const sectionsPerBlock = 2;

/** A memory block of two sections, which v4.18 and v4.20 add one by one. */
export interface MultiSectionBlock {
  readonly lock: Mutex;
  /** dev->offline; under device_lock. */
  readonly offline: Word;
  /** Which sections are present; atomic, as pfn_valid() tests it without a lock. */
  readonly present: readonly Word[];
  /** The uevent KOBJ_ADD. */
  readonly added: Completion;
  readonly file: SysfsFile;
}

/** memory52, not there yet. */
export function makeMultiSectionBlock(arena: Arena): MultiSectionBlock {
  const active = arena.activeRef('memory52/online.active', { class: 'kn->active(online)' });
  const sections = Array.from({ length: sectionsPerBlock }, (_, index) => index);
  const block: MultiSectionBlock = {
    lock: arena.mutex('memory52.device_lock', { class: 'memory device_lock' }),
    offline: arena.word('memory52.offline', 1),
    present: sections.map((section) => arena.word(`memory52.section${section}`)),
    added: arena.completion('memory52.uevent'),
    file: {
      path: 'memory52/online',
      active,
      store: (kernel, input) => storeOnline(kernel, block, input),
    },
  };
  return block;
}

/**
 * add_memory() of a driver, __add_pages(): the device is registered with the first section
 * (hotplug_memory_register()), the others follow.
 *
 * Lock order: device_hotplug_lock since 8df1d0e4a265 (v4.20), cpu_hotplug_lock (read),
 * mem_hotplug_lock, device_lock. mem_sysfs_mutex, which only adders and removers take, is left out.
 */
export function* addMultiSectionBlock(kernel: Kernel, block: MultiSectionBlock): Step {
  const locks = kernel.release.addMemoryTakesDeviceHotplugLock;
  if (locks) yield* lockDeviceHotplug(kernel);
  try {
    yield* memHotplugBegin(kernel);
    try {
      for (const [section, present] of block.present.entries()) {
        yield* present.store(1);
        if (section === 0) yield* registerBlock(block);
      }
    } finally {
      yield* memHotplugDone(kernel);
    }
  } finally {
    if (locks) yield* unlockDeviceHotplug(kernel);
  }
}

/** register_memory(), device_add(). Lock order: device_lock, taken and released. */
function* registerBlock(block: MultiSectionBlock): Step {
  yield* block.file.active.activate();
  yield* block.added.complete();
  yield* block.lock.acquire();
  yield* block.lock.release();
}

/**
 * online_store(), device_online(), memory_block_action() of v4.18: a block of which a section is
 * missing is busy.
 *
 * Lock order: device_hotplug_lock (by try), device_lock.
 */
function* storeOnline(kernel: Kernel, block: MultiSectionBlock, input: string): Step<number> {
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    yield* block.lock.acquire();
    try {
      if (!(yield* pagesCorrectlyReserved(block))) return -EBUSY;
      yield* block.offline.write(0);
      return input.length;
    } finally {
      yield* block.lock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/** pages_correctly_reserved() (pages_correctly_probed() later): is every section there? */
function* pagesCorrectlyReserved(block: MultiSectionBlock): Step<boolean> {
  for (const present of block.present) if ((yield* present.load()) === 0) return false;
  return true;
}
