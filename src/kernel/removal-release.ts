import type { Has, Since } from './release.ts';

/** What differs between releases in removing memory and its devices, and in adding it by hand. */
export interface RemovalRelease {
  /** [NEW] Memory of one device is a group of its own (v5.15). */
  readonly hasMemoryGroups: boolean;
  /** [FIX, NEW] remove_memory() takes device_hotplug_lock. */
  readonly removeMemoryTakesDeviceHotplugLock: boolean;
  /** [PRE, FIX, v6.8] Block devices are removed under mem_hotplug_lock. */
  readonly removesBlocksUnderMemHotplugLock: boolean;
  /** [NEW] Removing memory that is not offline fails; before, the kernel stops there. */
  readonly removeMemoryCanFail: boolean;
  /** [NEW] device_del() marks the device dead, under device_lock. */
  readonly deviceDelTakesDeviceLock: boolean;
  /** [all] Stores only try device_hotplug_lock: see lock_device_hotplug_sysfs(). */
  readonly storesTryDeviceHotplugLock: boolean;
  /** [FIX, NEW] The store of `probe` takes device_hotplug_lock. */
  readonly probeTakesDeviceHotplugLock: boolean;
  /** [FIX] The store of `probe` releases device_hotplug_lock even if it did not get it. */
  readonly probeAlwaysUnlocks: boolean;
  /** [NEW] A failed add_memory() takes the struct pages and devices back that it made. */
  readonly failedAddUndoesMemory: boolean;
  /** [v3.19] It releases the resource under mem_hotplug_lock; later (62cedb9f1357, v4.4), after. */
  readonly failedAddReleasesResourceFirst: boolean;
  /**
   * What comes of a block that cannot be linked to its node: [v3.19] an error, [PRE, FIX] a BUG,
   * [NEW] nothing.
   */
  readonly failedNodeLink: 'error' | 'bug' | 'ignored';
}

export function removalReleaseOf(since: Since, has: Has): RemovalRelease {
  return {
    hasMemoryGroups: since('v6.1'),
    removeMemoryTakesDeviceHotplugLock: has('d15e59260f62'),
    removesBlocksUnderMemHotplugLock: !has('f1037ec0cc8a') || has('6b8f0798b85a'),
    removeMemoryCanFail: since('v6.1'),
    deviceDelTakesDeviceLock: since('v6.1'),
    storesTryDeviceHotplugLock: has('5e33bc4165f3'),
    probeTakesDeviceHotplugLock: has('8df1d0e4a265'),
    probeAlwaysUnlocks: has('8df1d0e4a265') && !has('37803841c92d'),
    failedAddUndoesMemory: since('v6.1'),
    failedAddReleasesResourceFirst: !since('v4.18'),
    failedNodeLink: since('v6.1') ? 'ignored' : since('v4.18') ? 'bug' : 'error',
  };
}
