import { UserError } from '../program/index.ts';
import { chosenCommits } from './chosen-commits.ts';
import { cpuReleaseOf, type CpuRelease } from './cpu-release.ts';
import { memHotplugLockReleaseOf, type MemHotplugLockRelease } from './mem-hotplug-lock-release.ts';
import { pagesReleaseOf, type PagesRelease } from './pages-release.ts';
import { removalReleaseOf, type RemovalRelease } from './removal-release.ts';
import { sysfsReleaseOf, type SysfsRelease } from './sysfs-release.ts';

/** The releases that the model knows, oldest first. */
export const releaseNames = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;

export type ReleaseName = (typeof releaseNames)[number];

/**
 * Commits that change the locking, and the first release of the model that has each. A release can
 * be had without one of them, by its id. v6.1 and v6.8 stand for their stable series (as the
 * reference kernel is one of 6.1): what was backported there is in, such as 001002e73712 (written
 * for v6.7). `chosen-commits.ts` has what can be put into a release that came out without it.
 */
const fixes: ReadonlyMap<string, ReleaseName> = new Map([
  // v3.9: KSM gives its mutex back between the events of the memory notifier.
  ['ef4d43a80758', 'v3.19'],
  // v2.6.35: zonelists_mutex, from the first page of a zone to its place in the zone lists.
  ['4eaf3f64397c', 'v3.19'],
  // v3.8: a zone has its own pageset before it has pages.
  ['6dcd73d7011b', 'v3.19'],
  // v3.9: memory is removed only after another look at all of its blocks, under the lock.
  ['6677e3eaf4d7', 'v3.19'],
  // v3.11: device_hotplug_lock.
  ['4f3549d72d1b', 'v3.19'],
  // v3.5: kswapd_stop() clears the node's pointer to the thread.
  ['d8adde17e5f8', 'v3.19'],
  // v2.6.37: lock_memory_hotplug(), where lock_system_sleep() is no lock without hibernation.
  ['20d6c96b5f1c', 'v3.19'],
  // v3.12: the store of `state` goes by device_online() and device_offline(); no state_mutex.
  ['fa2be40fe7c0', 'v3.19'],
  // v3.12: a store only tries device_hotplug_lock, and the write starts again.
  ['5e33bc4165f3', 'v3.19'],
  // v3.16: slab caches are created, shrunk and destroyed under get_online_mems().
  ['03afc0e25f7f', 'v3.19'],
  // v3.16: get_online_mems(); before, who only reads takes mem_hotplug_lock as a writer does.
  ['bfc8c90139eb', 'v3.19'],
  // v4.0: the `state` store takes mem_hotplug_lock before device_lock.
  ['30467e0b3be8', 'v4.18'],
  // v4.4: test_pages_in_a_zone() passes over sections that are absent.
  ['5f0f2887f4de', 'v4.18'],
  // v4.4: a block of which sections are absent stays online.
  ['26bbe7ef6d5c', 'v4.18'],
  // v4.10: `valid_zones` looks at the first page that is there.
  ['a96dfddbcc04', 'v4.18'],
  // v4.11: memremap_pages() takes device_hotplug_lock, and mem_hotplug_begin() asserts it.
  ['b5d24fda9c3d', 'v4.18'],
  ['3fc21924100b', 'v4.18'],
  // v4.11, in place of the two: memory_add_remove_lock in mem_hotplug_begin().
  ['55adc1d05dca', 'v4.18'],
  // v4.13: mem_hotplug_lock is a percpu rwsem, and its writers take cpu_hotplug_lock for reading
  // first.
  ['3f906ba23689', 'v4.18'],
  // v4.14: the zone lists are rebuilt while all CPUs run.
  ['11cd8638c37f', 'v4.18'],
  // v4.15: offline_pages() does not give up after a few migrations that failed.
  ['72b39cfc4d75', 'v4.18'],
  // v4.15: nor after 120 seconds.
  ['ecde0f3e7f9e', 'v4.18'],
  // v4.20: add_memory() takes device_hotplug_lock.
  ['8df1d0e4a265', 'v4.20'],
  // v4.20: memtrace brings memory back online under device_hotplug_lock.
  ['cec1680591d6', 'v4.20'],
  // v4.20: memtrace checks, offlines and removes under one hold of device_hotplug_lock.
  ['5666848774ef', 'v4.20'],
  // v4.20: online_pages() and offline_pages() take mem_hotplug_lock, the store no longer does.
  ['381eab4a6ee8', 'v4.20'],
  // v5.14: zone and node spans rely on mem_hotplug_lock alone.
  ['27cacaad16c5', 'v6.1'],
  // memory_block_online() and _offline() take mem_hotplug_lock in place of online_pages() and
  // offline_pages().
  ['001002e73712', 'v6.1'],
  // v4.10: memremap_pages() takes mem_hotplug_lock.
  ['f931ab479dd2', 'v4.18'],
  // v4.20: remove_memory() takes device_hotplug_lock.
  ['d15e59260f62', 'v4.20'],
  // v5.0: online_pages() gives back its reference to the block's device.
  ['89c02e69fc52', 'v6.1'],
  // v5.1: the store of `probe` does not release a device_hotplug_lock that it did not get.
  ['37803841c92d', 'v6.1'],
  // v5.4: try_offline_node() asks the block devices, not the struct pages.
  ['2c91f8fc6c99', 'v6.1'],
  // v5.4: soft_offline_page asks pfn_to_online_page() before it reads a struct page.
  ['641fe2e9387a', 'v6.1'],
  // v5.5: zones shrink when memory goes offline, not when it is removed.
  ['feee6b298916', 'v6.1'],
  // v5.7: block devices are removed before mem_hotplug_lock is taken.
  ['f1037ec0cc8a', 'v6.1'],
  // v5.9: offline_pages() drains the pcplists in its loop, which v5.0 had stopped.
  ['968318261221', 'v6.1'],
  // v5.11: offline_pages() switches the pcplists off, under pcp_batch_high_lock.
  ['ec6e8c7e0314', 'v6.1'],
  // v5.11: memtrace allocates its memory, and no longer removes it.
  ['0bd4b96d9910', 'v6.1'],
  // v5.11: memtrace_mutex around a write to memtrace's `enable`.
  ['d6718941a276', 'v6.1'],
  // v5.11: the direct map of PowerPC changes under a mutex.
  ['e5b2af044f31', 'v6.1'],
  // v5.13: offline_pages() switches the pagevecs of LRU lists off, instead of draining them.
  ['d479960e44f2', 'v6.1'],
  // v4.9: a free huge page that is reserved is not dissolved.
  ['082d5b6b60e9', 'v4.18'],
  // v4.13: offline_pages() drains the pagevecs without cpu_hotplug_lock, which it has.
  ['a47fed5b5b01', 'v4.18'],
  // v4.15: nobody needs cpu_hotplug_lock for that.
  ['9852a7212324', 'v4.18'],
  // v5.7: a dump of the kernel's page tables reads them under get_online_mems() (arm64).
  ['bf2b59f60ee1', 'v6.1'],
  // v5.8: `removable` says always 1.
  ['53cdc1cb29e8', 'v6.1'],
  // v5.12: slab structures of a node stay when its memory goes.
  ['666716fd267d', 'v6.1'],
  // v5.12: slab caches do without mem_hotplug_lock, and then without cpu_hotplug_lock.
  ['7e1fa93deff4', 'v6.1'],
  ['59450bbc12be', 'v6.1'],
  // v5.18: a block remembers its zone, and `valid_zones` reads no struct pages.
  ['395f6081bad4', 'v6.1'],
  // v5.17: who waits for a page that is being moved takes no reference to it.
  ['ffa65753c431', 'v6.1'],
  // v5.18: who walks a zone list looks whether it was rebuilt meanwhile.
  ['3d36424b3b58', 'v6.1'],
  // v6.0: pgdat->kswapd changes under kswapd_lock, and kcompactd stops first.
  ['b4a0215e11dc', 'v6.1'],
  // v6.1: users of page_ext are RCU readers, whom freeing it waits for.
  ['b1d5488a252d', 'v6.1'],
  // v6.2: a block counts its poisoned pages, and does not come online with one.
  ['5033091de814', 'v6.8'],
  // A failed add_memory_resource() frees the struct pages as they were allocated; written for v6.7,
  // and in the 6.1 stable series.
  ['f42ce5f087eb', 'v6.1'],
  // A device check of what is there already is no failure; written for v6.9, and in the stable
  // series of 6.1 and 6.8.
  ['793551c96511', 'v6.1'],
  // v6.8, and in the 6.1 stable series: who reads the subsections of a section is an RCU reader.
  ['5ec8e8ea8b77', 'v6.1'],
  // v6.10, and in the 6.1 stable series, not in that of 6.8: and looks whether they are gone.
  ['82f0b6f041fa', 'v6.1'],
  // v6.8: block devices are removed under mem_hotplug_lock again.
  ['6b8f0798b85a', 'v6.8'],
]);

/**
 * What differs between releases, one behaviour a field. The eras PRE, FIX and NEW of the sources
 * are in brackets.
 */
export interface Release
  extends CpuRelease, SysfsRelease, PagesRelease, RemovalRelease, MemHotplugLockRelease {
  readonly name: ReleaseName;
  /** Whether the commit with this id is in; only ids that `without` or `with` knows. */
  readonly has: Has;
  /** [PRE after v4.0] The `state` store takes mem_hotplug_lock; nothing below it does. */
  readonly stateStoreTakesMemHotplugLock: boolean;
  /** [v3.19, FIX] online_pages() and offline_pages() take mem_hotplug_lock. */
  readonly onlinePagesTakesMemHotplugLock: boolean;
  /** [NEW] memory_block_online() and memory_block_offline() take mem_hotplug_lock. */
  readonly memoryBlockOnlineTakesMemHotplugLock: boolean;
  /**
   * [FIX, NEW] add_memory() takes device_hotplug_lock; before, its callers had to, and drivers did
   * not.
   */
  readonly addMemoryTakesDeviceHotplugLock: boolean;
  /**
   * [FIX, NEW] "device_online() only under device_hotplug_lock" is a rule that every caller keeps.
   */
  readonly deviceOnlineNeedsDeviceHotplugLock: boolean;
  /**
   * When added memory is brought online by policy: never (before v4.6), [PRE] under
   * mem_hotplug_lock, [FIX, NEW] after.
   */
  readonly autoOnline: 'never' | 'underMemHotplugLock' | 'afterMemHotplugLock';
  /**
   * [NEW] memory_block_online() chooses the zone, from the block's node, before it takes
   * mem_hotplug_lock.
   */
  readonly zoneIsChosenBeforeMemHotplugLock: boolean;
  /**
   * [NEW] The `state` store judges the word written before it takes a lock; before, under
   * device_hotplug_lock.
   */
  readonly stateStoreParsesFirst: boolean;
  /** [none, proposed] The `state` store forgets an online type that came to nothing. */
  readonly forgetsRefusedType: boolean;
  /**
   * [PRE, FIX] A block's device is made section by section under mem_sysfs_mutex; [NEW] for the
   * whole block, without.
   */
  readonly memSysfsMutexGuardsBlocks: boolean;
  /** [NEW] device_add() itself takes device_lock once, before bus_probe_device() does. */
  readonly deviceAddTakesDeviceLock: boolean;
  /**
   * [v3.19] The range joins its zone when it is added; from v4.13 on, when it is brought online.
   */
  readonly rangeJoinsZoneOnAdd: boolean;
  /** [PRE, FIX] Spans and the node's present pages change under pgdat_resize_lock. */
  readonly pgdatResizeLockGuardsSpans: boolean;
  /**
   * [NEW] zone.managed_pages is an atomic counter; before v5.0 a plain one under
   * managed_page_count_lock.
   */
  readonly managedPagesIsAtomic: boolean;
  /**
   * [FIX, PRE after v4.4] Blocks of which only a part is present cannot go offline (26bbe7ef6d5c);
   * in v5.5 c5e79ef561b0 refused holes of any size instead.
   */
  readonly refusesPartialBlocks: boolean;
  /** [v3.19] try_online_node() looks whether the node is online before it takes any lock. */
  readonly tryOnlineNodeLooksFirst: boolean;
  /** [v3.19] The zone lists are rebuilt with all CPUs stopped (until v4.14). */
  readonly zonelistsNeedStopMachine: boolean;
  /** [v3.19] A write to vm.numa_zonelist_order rebuilds the zone lists (until v4.14). */
  readonly zonelistOrderIsWritten: boolean;
  /** [v3.19] zonelists_mutex is around that (4eaf3f64397c, until v4.14). */
  readonly zonelistsMutexGuardsZonelists: boolean;
  /** [v3.19, v4.18] Without high memory, status_change_nid_high repeats the one for normal. */
  readonly highMemoryRepeatsNormal: boolean;
  /** [NEW] auto_online_blocks takes all four words; before, `online` and `offline`. */
  readonly autoOnlineKnowsZones: boolean;
  /** [NEW] The module parameters of memory_hotplug: memmap_on_memory, online_policy and its two. */
  readonly hasModuleParameters: boolean;
  /** [NEW] A word that is no uevent is refused; before v5.0 the error went to the log only. */
  readonly ueventStoreRefuses: boolean;
  /** [v6.8] The file crash_hotplug, from v6.6 on. */
  readonly hasCrashHotplug: boolean;
}

/**
 * The behaviours of a release.
 *
 * @param without - ids of commits that are left out, 12 digits or more, separated by commas
 * @param withCommits - ids of commits that are put in, likewise
 * @throws UserError for a release or a commit that the model does not know, or a commit that cannot
 *   be left out of the release or put into it
 */
export function makeRelease(name: string, without = '', withCommits = ''): Release {
  const release = releaseNames.find((one) => one === name);
  if (release === undefined) {
    throw new UserError(`\`release\` is one of ${releaseNames.join(', ')}, not "${name}"`);
  }
  const since: Since = (first) => releaseNames.indexOf(release) >= releaseNames.indexOf(first);
  const has = chosenCommits(release, fixes, since, without, withCommits);

  const pagesTakeTheLock = has('381eab4a6ee8') || !has('30467e0b3be8');
  const blocksTakeTheLock = has('001002e73712') && pagesTakeTheLock;
  return {
    name: release,
    has,
    stateStoreTakesMemHotplugLock: !pagesTakeTheLock,
    onlinePagesTakesMemHotplugLock: pagesTakeTheLock && !blocksTakeTheLock,
    memoryBlockOnlineTakesMemHotplugLock: blocksTakeTheLock,
    addMemoryTakesDeviceHotplugLock: has('8df1d0e4a265'),
    deviceOnlineNeedsDeviceHotplugLock: since('v4.20'),
    autoOnline: autoOnlineOf(since('v4.18'), has('381eab4a6ee8')),
    zoneIsChosenBeforeMemHotplugLock: since('v6.1'),
    stateStoreParsesFirst: since('v6.1'),
    forgetsRefusedType: false,
    memSysfsMutexGuardsBlocks: !since('v6.1'),
    deviceAddTakesDeviceLock: since('v6.1'),
    rangeJoinsZoneOnAdd: !since('v4.18'),
    pgdatResizeLockGuardsSpans: !has('27cacaad16c5'),
    managedPagesIsAtomic: since('v6.1'),
    refusesPartialBlocks: !since('v6.1') && has('26bbe7ef6d5c'),
    tryOnlineNodeLooksFirst: !since('v4.18'),
    zonelistsNeedStopMachine: !has('11cd8638c37f'),
    zonelistOrderIsWritten: !since('v4.18'),
    zonelistsMutexGuardsZonelists: !since('v4.18') && has('4eaf3f64397c'),
    highMemoryRepeatsNormal: !since('v4.20'),
    ...cpuReleaseOf(since),
    ...sysfsReleaseOf(since),
    ...pagesReleaseOf(since, has),
    ...removalReleaseOf(since, has),
    ...memHotplugLockReleaseOf(has),
    autoOnlineKnowsZones: since('v6.1'),
    hasModuleParameters: since('v6.1'),
    ueventStoreRefuses: since('v6.1'),
    hasCrashHotplug: since('v6.8'),
  };
}

/** Whether a release is this one or a later one. */
export type Since = (first: ReleaseName) => boolean;

/** Whether a release has the commit with this id. */
export type Has = (id: string) => boolean;

function autoOnlineOf(exists: boolean, pagesTakeTheLock: boolean): Release['autoOnline'] {
  if (!exists) return 'never';
  return pagesTakeTheLock ? 'afterMemHotplugLock' : 'underMemHotplugLock';
}
