import { UserError, type Parameters } from '../program/index.ts';
import { isMistyped } from '../program/nearest.ts';
import { ruleNames } from './rule-names.ts';

/** What the kernel is and how it is used: a variant's parameters, checked, with defaults. */
export interface Configuration {
  /** Default v6.1. */
  readonly release: string;
  /** Ids of commits left out of the release, separated by commas; default none. */
  readonly without: string;
  /** Ids of later commits put into the release, separated by commas; default none. */
  readonly with: string;
  /**
   * Who adds memory: a `driver` calls add_memory(), `acpi` comes in by acpi_device_hotplug().
   * Default driver.
   */
  readonly addPath: 'driver' | 'acpi';
  /** Blocks of an ACPI memory device, from memory32 up, 1 to 31; default 1. */
  readonly dimmBlocks: number;
  /** Number of the block whose device cannot be made, such as 33; default none. */
  readonly failingBlock: number;
  /** What else fails when memory or a CPU comes: see {@link failingAdds}. Default none. */
  readonly failingAdd: (typeof failingAdds)[number];
  /** The policy auto_online_blocks; default off. Releases before v4.6 have none. */
  readonly autoOnline: boolean;
  /** The attribute that udev's rule brings a new block online by: `state` (default) or `online`. */
  readonly udevAttribute: 'state' | 'online';
  /**
   * Memory blocks from memory32 up that were added, and left offline, before the execution begins;
   * default 1.
   */
  readonly blocksPresent: number;
  /** Memory blocks that there is room for, present ones included, 1 to 64; default 2. */
  readonly blocksMax: number;
  /**
   * How many of the present blocks, from memory32 up, are online when the execution begins; in zone
   * Normal. Default 0.
   */
  readonly blocksOnline: number;
  /** Sections of a block, 1 to 16; default 1. */
  readonly sectionsPerBlock: number;
  /** Pages of a block that stand for all of its pages, 1 to 16; default 1. */
  readonly framesPerBlock: number;
  /**
   * Pages of user space that are mapped at a time, each by an agent of its own, 0 to 16; default 0.
   * Pages of blocks then have references, locks and contents, and one that is mapped can move.
   */
  readonly pageMappings: number;
  /**
   * Pages of the boot memory without a block, 0 to 16: what is left to allocate where all blocks
   * are offline. Default as many as `pageMappings`.
   */
  readonly bootFrames: number;
  /** Slab caches that can be created, 0 to 4; their callback is registered with them. Default 0. */
  readonly slabCaches: number;
  /**
   * Whether a block's struct pages lie in the block itself (memmap_on_memory); default no. v6.1 on.
   */
  readonly memmapOnMemory: boolean;
  /** Whether the memory of the boot has blocks, memory0 to memory3, with holes in the outer two. */
  readonly bootBlocks: boolean;
  /**
   * Sections at the beginning of memory2, a block of the boot, that are absent: there is no memory,
   * and there are no struct pages. 0 to `sectionsPerBlock` - 1, default 0; with `bootBlocks`. As in
   * the blocks of 2 GiB of large x86 machines. v4.18 on.
   */
  readonly holeSections: number;
  /** The zone that the memory of the boot lies in; default Normal. */
  readonly bootZone: 'Normal' | 'DMA32';
  /** Nodes of the machine, 1 to 4; all but node 0 have no memory and are offline. Default 1. */
  readonly nodes: number;
  /** The node that blocks from memory32 up belong to; default 0. */
  readonly hotplugNode: number;
  /** CPUs that can go on- and offline, from cpu1 up, 1 to 16; default 1. */
  readonly cpus: number;
  /** How many of them are there, and online, when the execution begins; default all. */
  readonly cpusPresent: number;
  /**
   * The node of each CPU from cpu1 up, separated by commas; default 0, as for those not named. A
   * node with a CPU that is there, and no memory, is online.
   */
  readonly cpuNodes: readonly number[];
  /** CPUs that SMT keeps offline, by number, separated by commas; default none. v4.20 on. */
  readonly smtOff: readonly number[];
  /**
   * Whether ACPI leaves device_hotplug_lock out when a CPU comes or goes, which no release does: to
   * see what the lock is good for. Default no.
   */
  readonly cpuAddUnguarded: boolean;
  /** Ranges of device memory, from pmem0 up, 0 to 4; default 0. */
  readonly deviceRanges: number;
  /** How zones are chosen for a plain `online`; default contig-zones. v6.1 on. */
  readonly onlinePolicy: 'contig-zones' | 'auto-movable';
  /** memory_hotplug.auto_movable_ratio, in percent, 0 to 10000; default 301. */
  readonly autoMovableRatio: number;
  /** memory_hotplug.auto_movable_numa_aware: the ratio holds on each node too; default yes. */
  readonly autoMovableNumaAware: boolean;
  /**
   * The boot parameter movable_node: memory that touches no zone, or two, goes to Movable. Default
   * no. v4.18 on.
   */
  readonly movableNode: boolean;
  /**
   * Whether files are opened once, and shared: then a write takes sb_writers and the open file's
   * of->mutex. Default: each write has an open file of its own, and neither lock can be waited for.
   */
  readonly vfsLocks: boolean;
  /**
   * Callbacks of the memory notifier (or of the node notifier) that are registered when the
   * execution begins, in this order: some of {@link notifierNames}, separated by commas, or `all`.
   * Default none.
   */
  readonly notifiers: readonly string[];
  /**
   * How many blocks, the last of those there is room for, are the region of the virtio-mem device;
   * 0 to blocksMax, default 0: the device is elsewhere. Of `balloon` and a device with a region
   * only one can be there, since one driver has the callback for pages that come online.
   */
  readonly virtioMemBlocks: number;
  /** What the virtio-mem driver does with its locks that it should not, or should; see there. */
  readonly virtioMemLocking: (typeof virtioMemLockings)[number];
  /**
   * Whether changes of a node's memory go to a notifier chain of their own, and events are numbered
   * from 0, as in the kernels of 2025. Default no.
   */
  readonly nodeNotifier: boolean;
  /**
   * Mechanisms that are modelled in full, separated by commas, or `all`; each adds steps. Default
   * none. {@link detailNames} says what each is.
   */
  readonly details: readonly string[];
  /** Rules of the document that are checked (see rules.ts), separated by commas, or `all`. */
  readonly rules: readonly string[];
  /**
   * Whether accesses are checked against the guards that are declared beside the data, and
   * acquisitions against the rules of lock classes (see lock-rules.ts). Default: they are not.
   */
  readonly guards: boolean;
}

/**
 * Callbacks that the configuration can have registered, in the order in which a kernel that has all
 * of them comes to it, error injection last.
 */
export const notifierNames = [
  'slab',
  'page-ext',
  'kasan',
  'ksm',
  'memory-tier',
  'cpuset',
  'compute-batch',
  'balloon',
  'virtio-mem',
  'error-inject',
] as const;

/**
 * - as-is: as v5.16 to v6.8 have it
 * - adds-under-mutex: hotplug_mutex is kept around adding and removing memory, which the driver's
 *   own comments forbid
 * - closes-unasked: a cancelling event gives hotplug_mutex back, whether or not it was taken
 * - removes-unlocked: the driver goes away without taking hotplug_mutex for it
 * - unregisters-first: as that, and its notifier goes before its callback for pages
 * - counts-under-mutex: hotplug_mutex also guards the tables of blocks that are being plugged
 */
export const virtioMemLockings = [
  'as-is',
  'adds-under-mutex',
  'closes-unasked',
  'removes-unlocked',
  'unregisters-first',
  'counts-under-mutex',
] as const;

/**
 * - pgdat: a new node's data cannot be allocated
 * - node-device: the device of a new node cannot be registered
 * - node-link: a block cannot be linked to its node
 */
export const failingAdds = ['none', 'pgdat', 'node-device', 'node-link'] as const;

/**
 * - zone-span: zone->span_seqlock, and page_outside_zone_boundaries() on each page that is
 *   allocated or freed
 * - lru-pagevecs: pages that are mapped go through pagevecs, and offlining drains them
 * - huge-pages: offlining looks for free huge pages and dissolves them
 * - section-usage: the map of present subsections, which is freed with the memory
 * - watermarks: setup_per_zone_wmarks() sets them
 */
export const detailNames = [
  'zone-span',
  'lru-pagevecs',
  'huge-pages',
  'section-usage',
  'watermarks',
] as const;

/** @throws UserError for a parameter of a wrong type or value, or a name that is mistyped */
export function makeConfiguration(parameters: Parameters): Configuration {
  const blocksMax = integer(parameters, 'blocksMax', 2, 1, 64);
  const blocksPresent = integer(parameters, 'blocksPresent', 1, 0, blocksMax);
  const nodes = integer(parameters, 'nodes', 1, 1, 4);
  const cpus = integer(parameters, 'cpus', 1, 1, 16);
  const pageMappings = integer(parameters, 'pageMappings', 0, 0, 16);
  const configuration: Configuration = {
    release: text(parameters, 'release', 'v6.1'),
    without: text(parameters, 'without', ''),
    with: text(parameters, 'with', ''),
    addPath: word(parameters, 'addPath', ['driver', 'acpi']),
    dimmBlocks: integer(parameters, 'dimmBlocks', 1, 1, 31),
    failingBlock: integer(parameters, 'failingBlock', 0, 0, 95),
    failingAdd: word(parameters, 'failingAdd', failingAdds),
    autoOnline: flag(parameters, 'autoOnline'),
    udevAttribute: word(parameters, 'udevAttribute', ['state', 'online']),
    blocksPresent,
    blocksMax,
    blocksOnline: integer(parameters, 'blocksOnline', 0, 0, blocksPresent),
    sectionsPerBlock: integer(parameters, 'sectionsPerBlock', 1, 1, 16),
    framesPerBlock: integer(parameters, 'framesPerBlock', 1, 1, 16),
    pageMappings,
    bootFrames: integer(parameters, 'bootFrames', pageMappings, 0, 16),
    slabCaches: integer(parameters, 'slabCaches', 0, 0, 4),
    memmapOnMemory: flag(parameters, 'memmapOnMemory'),
    bootBlocks: flag(parameters, 'bootBlocks'),
    holeSections: holeSectionsOf(parameters),
    bootZone: word(parameters, 'bootZone', ['Normal', 'DMA32']),
    nodes,
    hotplugNode: integer(parameters, 'hotplugNode', 0, 0, nodes - 1),
    cpus,
    cpusPresent: integer(parameters, 'cpusPresent', cpus, 0, cpus),
    cpuNodes: integers(parameters, 'cpuNodes', 0, nodes - 1),
    smtOff: integers(parameters, 'smtOff', 1, cpus),
    cpuAddUnguarded: flag(parameters, 'cpuAddUnguarded'),
    deviceRanges: integer(parameters, 'deviceRanges', 0, 0, 4),
    onlinePolicy: word(parameters, 'onlinePolicy', ['contig-zones', 'auto-movable']),
    autoMovableRatio: integer(parameters, 'autoMovableRatio', 301, 0, 10_000),
    autoMovableNumaAware: flag(parameters, 'autoMovableNumaAware', true),
    movableNode: flag(parameters, 'movableNode'),
    vfsLocks: flag(parameters, 'vfsLocks'),
    ...driversOf(parameters, blocksMax),
    nodeNotifier: flag(parameters, 'nodeNotifier'),
    details: words(parameters, 'details', detailNames),
    rules: words(parameters, 'rules', ruleNames),
    guards: flag(parameters, 'guards'),
  };
  refuseMistyped(Object.keys(parameters), Object.keys(configuration));
  return configuration;
}

/** A scenario has parameters of its own, so that only what looks like another one is an error. */
function refuseMistyped(given: readonly string[], known: readonly string[]): void {
  for (const name of given) {
    if (known.includes(name)) continue;
    const meant = known.find((one) => isMistyped(name, one));
    if (meant === undefined) continue;
    throw new UserError(`\`${meant}\` is a parameter of the kernel, and \`${name}\` is none`);
  }
}

function holeSectionsOf(parameters: Parameters): number {
  const sections = integer(parameters, 'sectionsPerBlock', 1, 1, 16);
  const absent = integer(parameters, 'holeSections', 0, 0, sections - 1);
  if (absent === 0 || flag(parameters, 'bootBlocks')) return absent;
  throw new UserError(`\`holeSections\` is 0 where \`bootBlocks\` is false, not ${absent}`);
}

function driversOf(parameters: Parameters, blocksMax: number) {
  const notifiers = words(parameters, 'notifiers', notifierNames);
  const virtioMemBlocks = integer(parameters, 'virtioMemBlocks', 0, 0, blocksMax);
  if (virtioMemBlocks > 0 && notifiers.includes('balloon')) {
    throw new UserError(
      '`virtioMemBlocks` is 0 where `notifiers` has "balloon": one driver brings pages online, ' +
        `not ${virtioMemBlocks}`,
    );
  }
  const virtioMemLocking = word(parameters, 'virtioMemLocking', virtioMemLockings);
  return { notifiers, virtioMemBlocks, virtioMemLocking };
}

function text(parameters: Parameters, name: string, otherwise: string): string {
  const given = parameters[name] ?? otherwise;
  if (typeof given !== 'string') throw new UserError(`\`${name}\` is a text, not ${given}`);
  return given;
}

function word<T extends string>(parameters: Parameters, name: string, known: readonly T[]): T {
  const given = parameters[name] ?? known[0];
  const found = known.find((one) => one === given);
  if (found === undefined) {
    throw new UserError(`\`${name}\` is one of ${known.join(', ')}, not "${given}"`);
  }
  return found;
}

/** A list of words, separated by commas; `all` stands for every one that is known. */
function words(parameters: Parameters, name: string, known: readonly string[]): readonly string[] {
  const given = text(parameters, name, '');
  if (given === '') return [];
  if (given === 'all') return known;
  return given.split(',').map((one) => {
    const trimmed = one.trim();
    if (known.includes(trimmed)) return trimmed;
    throw new UserError(`\`${name}\` names some of ${known.join(', ')}, not "${trimmed}"`);
  });
}

/** Whole numbers, separated by commas. */
function integers(
  parameters: Parameters,
  name: string,
  min: number,
  max: number,
): readonly number[] {
  const given = text(parameters, name, '');
  if (given === '') return [];
  return given.split(',').map((one) => {
    const number = Number(one);
    if (/^ *\d+ *$/.test(one) && number >= min && number <= max) return number;
    throw new UserError(`\`${name}\` names whole numbers from ${min} to ${max}, not "${one}"`);
  });
}

function flag(parameters: Parameters, name: string, otherwise = false): boolean {
  const given = parameters[name] ?? otherwise;
  if (typeof given !== 'boolean') throw new UserError(`\`${name}\` is true or false, not ${given}`);
  return given;
}

function integer(
  parameters: Parameters,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const given = parameters[name] ?? otherwise;
  if (typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max) {
    return given;
  }
  throw new UserError(`\`${name}\` is a whole number from ${min} to ${max}, not ${given}`);
}
