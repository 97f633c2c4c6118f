import { UserError } from '../program/index.ts';

/** The releases that the model knows, oldest first. */
export const releaseNames = ['v3.19', 'v4.18', 'v4.20', 'v6.1'] as const;

export type ReleaseName = (typeof releaseNames)[number];

/**
 * Commits that change the locking, and the first release of the model that has each. A release can
 * be had without one of them, by its id. v6.1 stands for the 6.1 stable series, which carries
 * 001002e73712 (written for v6.7).
 */
const fixes: ReadonlyMap<string, ReleaseName> = new Map([
  // v4.0: the `state` store takes mem_hotplug_lock before device_lock.
  ['30467e0b3be8', 'v4.18'],
  // v4.13: mem_hotplug_lock is a percpu rwsem, and its writers take cpu_hotplug_lock for reading
  // first.
  ['3f906ba23689', 'v4.18'],
  // v4.20: add_memory() takes device_hotplug_lock.
  ['8df1d0e4a265', 'v4.20'],
  // v4.20: online_pages() and offline_pages() take mem_hotplug_lock, the store no longer does.
  ['381eab4a6ee8', 'v4.20'],
  // v5.14: zone and node spans rely on mem_hotplug_lock alone.
  ['27cacaad16c5', 'v6.1'],
  // memory_block_online() and _offline() take mem_hotplug_lock in place of online_pages() and
  // offline_pages().
  ['001002e73712', 'v6.1'],
]);

/**
 * What differs between releases, one behaviour a field. The eras PRE, FIX and NEW of the sources
 * are in brackets.
 */
export interface Release {
  readonly name: ReleaseName;
  /**
   * [PRE after v4.12, FIX, NEW] mem_hotplug_lock and cpu_hotplug_lock are percpu rwsems, not
   * counters that recurse.
   */
  readonly hotplugLocksArePercpu: boolean;
  /** [PRE after v4.12, FIX, NEW] mem_hotplug_begin() takes cpu_hotplug_lock for reading first. */
  readonly memHotplugBeginTakesCpuHotplugLock: boolean;
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
  /** [v3.19] try_online_node() looks whether the node is online before it takes any lock. */
  readonly tryOnlineNodeLooksFirst: boolean;
}

/**
 * The behaviours of a release.
 *
 * @param without - ids of commits that are left out, 12 digits each, separated by commas
 * @throws UserError for a release or a commit that the model does not know
 */
export function makeRelease(name: string, without = ''): Release {
  const release = releaseNames.find((one) => one === name);
  if (release === undefined) {
    throw new UserError(`\`release\` is one of ${releaseNames.join(', ')}, not "${name}"`);
  }
  const left = without === '' ? [] : without.split(',').map((id) => id.trim());
  for (const id of left) {
    if (fixes.has(id)) continue;
    const known = [...fixes.keys()].join(', ');
    throw new UserError(`\`without\` names commits among ${known}, not "${id}"`);
  }
  const since = (first: ReleaseName): boolean =>
    releaseNames.indexOf(release) >= releaseNames.indexOf(first);
  const has = (id: string): boolean => since(fixes.get(id)!) && !left.includes(id);

  const pagesTakeTheLock = has('381eab4a6ee8') || !has('30467e0b3be8');
  const blocksTakeTheLock = has('001002e73712') && pagesTakeTheLock;
  return {
    name: release,
    hotplugLocksArePercpu: has('3f906ba23689'),
    memHotplugBeginTakesCpuHotplugLock: has('3f906ba23689'),
    stateStoreTakesMemHotplugLock: !pagesTakeTheLock,
    onlinePagesTakesMemHotplugLock: pagesTakeTheLock && !blocksTakeTheLock,
    memoryBlockOnlineTakesMemHotplugLock: blocksTakeTheLock,
    addMemoryTakesDeviceHotplugLock: has('8df1d0e4a265'),
    deviceOnlineNeedsDeviceHotplugLock: since('v4.20'),
    autoOnline: autoOnlineOf(since('v4.18'), has('381eab4a6ee8')),
    zoneIsChosenBeforeMemHotplugLock: since('v6.1'),
    stateStoreParsesFirst: since('v6.1'),
    memSysfsMutexGuardsBlocks: !since('v6.1'),
    deviceAddTakesDeviceLock: since('v6.1'),
    rangeJoinsZoneOnAdd: !since('v4.18'),
    pgdatResizeLockGuardsSpans: !has('27cacaad16c5'),
    managedPagesIsAtomic: since('v6.1'),
    tryOnlineNodeLooksFirst: !since('v4.18'),
  };
}

function autoOnlineOf(exists: boolean, pagesTakeTheLock: boolean): Release['autoOnline'] {
  if (!exists) return 'never';
  return pagesTakeTheLock ? 'afterMemHotplugLock' : 'underMemHotplugLock';
}
