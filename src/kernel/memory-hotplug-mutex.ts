import type { Arena, Mutex, Step } from '../program/index.ts';

/** What kept two memory hotplug operations apart before v3.16. */
export interface MemoryHotplugMutex {
  /** mm/memory_hotplug.c, v2.6.37 to v3.15; before, pm_mutex of the hibernation code. */
  readonly memHotplugMutex: Mutex;
  /** False before v2.6.37 in a kernel without hibernation: lock_system_sleep() is empty there. */
  readonly exists: boolean;
}

/** @param exists - whether the kernel has such a lock at all */
export function makeMemoryHotplugMutex(arena: Arena, exists = true): MemoryHotplugMutex {
  return { memHotplugMutex: arena.mutex('mem_hotplug_mutex'), exists };
}

/** lock_memory_hotplug() (20d6c96b5f1c); lock_system_sleep() before. Lock order: outermost. */
export function* lockMemoryHotplug(hotplug: MemoryHotplugMutex): Step {
  if (hotplug.exists) yield* hotplug.memHotplugMutex.acquire();
}

/** unlock_memory_hotplug(). */
export function* unlockMemoryHotplug(hotplug: MemoryHotplugMutex): Step {
  if (hotplug.exists) yield* hotplug.memHotplugMutex.release();
}
