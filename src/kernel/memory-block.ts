import type { Arena, Completion, Region, Word } from '../program/index.ts';
import { makeAcpiCompanion, type AcpiCompanion } from './acpi-companion.ts';
import { makeBlockFiles } from './block-attributes.ts';
import type { Configuration } from './configuration.ts';
import type { Device } from './device.ts';
import { makeMemoryBlockStruct, type MemoryBlockStruct } from './memory-block-struct.ts';
import { noGroup } from './memory-group.ts';
import { memorySubsysOffline, memorySubsysOnline } from './memory-subsys.ts';
import { MigrateType, Page, PageUse } from './memory-state.ts';
import { makeStructPages, type StructPage } from './page-span.ts';
import type { Release } from './release.ts';
import {
  bootBlockCount,
  holeBlock,
  holePages,
  pagesPerBlock,
  ZoneIndex,
  zoneNames,
} from './zone.ts';

export { firstBlock } from './pgdat.ts';

/** struct memory_block (include/linux/memory.h) and the memory that it stands for. */
export interface MemoryBlock extends Device, MemoryBlockStruct {
  readonly number: number;
  /** Its first page. */
  readonly startPfn: number;
  /** The node that the firmware says the memory belongs to. */
  readonly physicalNid: number;
  /** How it is found when an execution begins. */
  readonly presence: Presence;
  /** Whether a part of the range is no memory: the outer blocks of the boot, and `hole`. */
  readonly hasHoles: boolean;
  /** What lies before the first section that is there, if that is not the block's first. */
  readonly hole: BlockHole | undefined;
  /**
   * mem->nid: the block's node once it has been registered under one; before that -1 in v6.1 and
   * later, and 0, whatever its node, in older releases. Plain.
   */
  readonly nid: Word;
  /** Sections of the block that are present; before v6.1, written under mem_sysfs_mutex. */
  readonly sectionCount: Word;
  /** Sections that are marked present, which lockless readers test; atomic. */
  readonly presentSections: Word;
  /** Whether the block is in `memory_blocks`, from v5.9 on; atomic. */
  readonly indexed: Word;
  /** Whether add_memory_resource() is at work on it; kept for the rule `reachable-when-added`. */
  readonly adding: Word;
  /** References to the device, the registration's own included; atomic. */
  readonly references: Word;
  /** Whether /proc/iomem lists the range; under resource_lock. */
  readonly resource: Word;
  /**
   * SECTION_IS_ONLINE, set when the pages go to the buddy allocator (v4.13 on; in v3.19 the cleared
   * PG_reserved bit of the pages says it). Atomic here: pfn_to_online_page() tests it without any
   * lock, and what it then reads of the struct pages must have been written before the flag.
   */
  readonly sectionOnline: Word;
  /**
   * The zone, an index, whose free lists hold the block's free pages, or none: changed under that
   * zone's lock, atomic since who holds another's looks as well. Where the kernel's allocator goes
   * by lists, the model goes by blocks, and must not touch struct pages of another zone for that.
   */
  readonly freeLists: Word;
  /** The struct pages: gone until the memory is added. */
  readonly memmap: Region;
  /** One word for all struct pages of the block; see {@link Page}. */
  readonly page: Word;
  /** page_zone() of them, an index. */
  readonly pageZone: Word;
  /**
   * Migrate type of the block's pageblocks: changed under zone->lock, but for memmap_init_zone(),
   * which takes none, so that no guard is declared; atomic since who frees a page looks without a
   * lock.
   */
  readonly migrateType: Word;
  /** Of the pages that hold struct pages, where they lie in the block; as `page`. */
  readonly vmemmapPage: Word;
  /** SECTION_IS_ONLINE of those. */
  readonly vmemmapOnline: Word;
  /** What each page is used for ({@link PageUse}); atomic, as the flags of a page are. */
  readonly frames: readonly Word[];
  /** What else a struct page holds; of each page, or of none where nobody maps pages. */
  readonly structPages: readonly StructPage[];
  /**
   * signal_pending() of the task that takes the block offline: there is one at a time, since it
   * holds device_lock. Whoever sends the signal stores 1; the task's return to user space clears
   * it.
   */
  readonly signal: Word;
  /**
   * Whether the 120 seconds of offline_pages() are over; v3.19 only (ecde0f3e7f9e, v4.15). Time is
   * what one makes of it: whoever plays the clock stores 1, and offlining begins with 0.
   */
  readonly timedOut: Word | undefined;
  /** Sent with the uevent KOBJ_REMOVE. */
  readonly removed: Completion;
  /** mem->group: the id of its memory group, or -1; v6.1 and later, under device_hotplug_lock. */
  readonly group: Word;
  /** The ACPI device that the block belongs to. */
  readonly acpi: AcpiCompanion;
}

/** Sections at the beginning of a block that are absent, since the boot and for good. */
export interface BlockHole {
  /** How many. */
  readonly sections: number;
  /** Pages of these sections. */
  readonly pages: number;
  /** page_zone() of struct pages that are not there, and never come. */
  readonly pageZone: Word;
}

/**
 * How a block is found when an execution begins: not there, added and left offline, or online in
 * zone Normal or, for the memory of the boot, in the configuration's `bootZone`.
 */
export type Presence = 'absent' | 'offline' | 'online';

/** What differs between the words of blocks when an execution begins. */
interface FirstContents {
  readonly present: boolean;
  readonly online: boolean;
  readonly zone: number;
  readonly nid: number;
}

export function makeMemoryBlock(
  arena: Arena,
  configuration: Configuration,
  release: Release,
  number: number,
  presence: Presence,
): MemoryBlock {
  const name = `memory${number}`;
  const isBoot = number < bootBlockCount;
  const physicalNid = isBoot ? 0 : configuration.hotplugNode;
  const first = firstContents(configuration, release, number, presence, physicalNid);
  const { present, online } = first;
  const hole = makeHole(arena, configuration, number);
  const sections = present ? configuration.sectionsPerBlock - (hole?.sections ?? 0) : 0;
  const block: MemoryBlock = {
    name,
    ...makeMemoryBlockStruct(arena, name, {
      present,
      online,
      zone: online ? first.zone : ZoneIndex.none,
      hasStateMutex: !release.has('fa2be40fe7c0'),
    }),
    number,
    startPfn: number * pagesPerBlock,
    physicalNid,
    presence,
    hasHoles: number === 0 || number === bootBlockCount - 1 || hole !== undefined,
    hole,
    onBus: arena.word(`${name}.on_bus`, present ? 1 : 0),
    added: arena.completion(`${name}.uevent`),
    nid: arena.word(`${name}.nid`, first.nid),
    sectionCount: arena.word(`${name}.section_count`, sections),
    presentSections: arena.word(`${name}.present_sections`, sections),
    indexed: arena.word(`${name}.indexed`, present ? 1 : 0),
    adding: arena.word(`${name}.adding`),
    references: arena.word(`${name}.references`, present ? 1 : 0),
    resource: arena.word(`${name}.resource`, present ? 1 : 0, {
      guardedBy: 'resource_lock',
    }),
    sectionOnline: arena.word(`${name}.section_online`, online ? 1 : 0),
    freeLists: arena.word(`${name}.free_lists`, online ? first.zone : ZoneIndex.none, {
      writesNeed: 'zone->lock',
    }),
    vmemmapOnline: arena.word(`${name}.vmemmap_online`),
    signal: arena.word(`${name}.signal_pending`),
    timedOut: release.has('ecde0f3e7f9e') ? undefined : arena.word(`${name}.offline_timeout`),
    removed: arena.completion(`${name}.remove_uevent`),
    group: arena.word(`${name}.group`, noGroup, { guardedBy: 'device_hotplug_lock' }),
    acpi: makeAcpiCompanion(arena, name, present && configuration.addPath === 'acpi' && !isBoot),
    ...makeMemmap(arena, configuration, number, first),
    files: makeBlockFiles(arena, name, number, () => block, present),
    bus: {
      online: (kernel) => memorySubsysOnline(kernel, block),
      offline: (kernel) => memorySubsysOffline(kernel, block),
    },
  };
  return block;
}

function makeHole(
  arena: Arena,
  configuration: Configuration,
  number: number,
): BlockHole | undefined {
  const { holeSections } = configuration;
  if (number !== holeBlock || holeSections === 0) return undefined;
  const { inside } = arena.region(
    `memory${number}.hole`,
    () => arena.word(`memory${number}.hole.page_zone`),
    { retired: true },
  );
  return { sections: holeSections, pages: holePages(configuration), pageZone: inside };
}

function firstContents(
  configuration: Configuration,
  release: Release,
  number: number,
  presence: Presence,
  physicalNid: number,
): FirstContents {
  const online = presence === 'online';
  const present = presence !== 'absent';
  const zoneName = number < bootBlockCount ? configuration.bootZone : 'Normal';
  const inZone = online || (present && release.rangeJoinsZoneOnAdd);
  return {
    present,
    online,
    zone: inZone ? zoneNames.indexOf(zoneName) : ZoneIndex.none,
    nid: present ? physicalNid : nidOfNewBlock(release),
  };
}

/** What mem->nid holds before the block has been registered under its node. */
export function nidOfNewBlock(release: Release): number {
  return release.memoryBlocksAreIndexed ? -1 : 0;
}

/** The words that lie in the struct pages of a block. */
function makeMemmap(
  arena: Arena,
  configuration: Configuration,
  number: number,
  first: FirstContents,
): Pick<
  MemoryBlock,
  'memmap' | 'page' | 'pageZone' | 'migrateType' | 'vmemmapPage' | 'frames' | 'structPages'
> {
  const name = `memory${number}`;
  const initialised = first.zone !== ZoneIndex.none;
  const pages = configuration.pageMappings === 0 ? 0 : configuration.framesPerBlock;
  const { region, inside } = arena.region(
    `${name}.memmap`,
    () => ({
      page: arena.word(`${name}.page`, initialised ? Page.initialised : Page.uninitialised),
      pageZone: arena.word(`${name}.page_zone`, first.zone),
      migrateType: arena.word(`${name}.migrate_type`, MigrateType.movable),
      vmemmapPage: arena.word(`${name}.vmemmap_page`, Page.uninitialised),
      frames: Array.from({ length: configuration.framesPerBlock }, (_, index) =>
        arena.word(`${name}.page${index}.use`, first.online ? PageUse.free : PageUse.none),
      ),
      structPages: makeStructPages(arena, name, pages, number),
    }),
    { retired: !first.present },
  );
  return { memmap: region, ...inside };
}
