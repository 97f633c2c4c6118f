import type { Has } from './release.ts';

/** What differs between releases in mem_hotplug_lock itself, one behaviour a field. */
export interface MemHotplugLockRelease {
  /**
   * [PRE after v4.12, FIX, NEW] mem_hotplug_lock and cpu_hotplug_lock are percpu rwsems, not
   * counters that recurse.
   */
  readonly hotplugLocksArePercpu: boolean;
  /** [PRE after v4.12, FIX, NEW] mem_hotplug_begin() takes cpu_hotplug_lock for reading first. */
  readonly memHotplugBeginTakesCpuHotplugLock: boolean;
  /** [v3.19] mem_hotplug_lock is the one of bfc8c90139eb: see {@link HomeMadeHotplugLock}. */
  readonly memHotplugLockIsHomeMade: boolean;
  /** [none; v4.11 and v4.12] mem_hotplug_begin() takes memory_add_remove_lock first. */
  readonly memHotplugBeginTakesAddRemoveLock: boolean;
  /** [none; v4.11-rc1] memremap_pages() and memunmap_pages() take device_hotplug_lock. */
  readonly memremapTakesDeviceHotplugLock: boolean;
  /** [none; v4.11-rc1] mem_hotplug_begin() asserts that device_hotplug_lock is held. */
  readonly memHotplugBeginAssertsDeviceHotplugLock: boolean;
  /** [none; before v2.6.37] mem_hotplug_lock is a lock of hibernation, which is not configured. */
  readonly memHotplugLockIsMissing: boolean;
}

export function memHotplugLockReleaseOf(has: Has): MemHotplugLockRelease {
  const isPercpu = has('3f906ba23689');
  const isHomeMade = has('bfc8c90139eb') && !isPercpu;
  const hasAddRemoveLock = has('55adc1d05dca');
  return {
    hotplugLocksArePercpu: isPercpu,
    memHotplugBeginTakesCpuHotplugLock: isPercpu,
    memHotplugLockIsHomeMade: isHomeMade,
    memHotplugBeginTakesAddRemoveLock: isHomeMade && hasAddRemoveLock,
    memremapTakesDeviceHotplugLock: isHomeMade && has('b5d24fda9c3d') && !hasAddRemoveLock,
    memHotplugBeginAssertsDeviceHotplugLock: isHomeMade && has('3fc21924100b') && !hasAddRemoveLock,
    memHotplugLockIsMissing: !has('20d6c96b5f1c'),
  };
}
