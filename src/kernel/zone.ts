import type { Arena, Guards, SpinLock, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import { makeSequenceLock, type SequenceLock } from './sequence-lock.ts';

/** Pages of a block: 128 MiB of 4 KiB pages. */
export const pagesPerBlock = 32768;

/** Blocks of memory that the machine boots with, from pfn 0 on. */
export const bootBlockCount = 4;

/** Pages that the zone of the boot spans at first. */
export const bootPages: number = bootBlockCount * pagesPerBlock;

/** The number of the block of the boot that `holeSections` are absent from. */
export const holeBlock = 2;

/** Pages of that block that are no memory. */
export function holePages(configuration: Configuration): number {
  return Math.floor((pagesPerBlock * configuration.holeSections) / configuration.sectionsPerBlock);
}

/** enum zone_type, as far as a machine of 64 bits needs it, in the kernel's order. */
export const zoneNames = ['DMA32', 'Normal', 'Movable', 'Device'] as const;

export type ZoneName = (typeof zoneNames)[number];

/** The index of a zone in {@link zoneNames}; what the flags of a struct page say of its zone. */
export const ZoneIndex = { none: -1, dma32: 0, normal: 1, movable: 2, device: 3 } as const;

/** enum zone_watermarks, without promotion. */
export const watermarkNames = ['min', 'low', 'high'] as const;

/** struct zone (include/linux/mmzone.h). */
export interface Zone {
  readonly nid: number;
  /** One of {@link ZoneIndex}. */
  readonly index: number;
  readonly name: ZoneName;
  /** Whether it has pages when an execution begins. */
  readonly populatedAtFirst: boolean;
  /** Written under mem_hotplug_lock, plainly; read under get_online_mems(). */
  readonly presentPages: Word;
  /** Those of them that were there at boot, from v5.15 on; as `presentPages`. */
  readonly presentEarlyPages: Word;
  /** Pages that the buddy allocator has. */
  readonly managedPages: Word;
  /** mm/page_alloc.c, before v5.0: serialises managedPages; one for all zones. */
  readonly managedPageCountLock: SpinLock;
  /**
   * The span. Atomic here although the kernel's accesses are plain, since readers without any lock
   * exist in all releases; a reader can still find a start and a length that do not belong
   * together.
   */
  readonly startPfn: Word;
  readonly spannedPages: Word;
  /** zone->span_seqlock; there with `zone-span` among the configuration's details. */
  readonly spanSeqlock: SequenceLock | undefined;
  /** zone->_watermark, in pages: plain under zone->lock, and read without (atomic therefore). */
  readonly watermarks: readonly Word[];
  /** zone->lock: free lists, migrate types of pageblocks, `isolatedPageblocks`. */
  readonly lock: SpinLock;
  /** nr_isolate_pageblock. */
  readonly isolatedPageblocks: Word;
  /**
   * Whether the zone has pcplists of its own; before it has pages it uses those of the boot. Plain.
   */
  readonly ownPageset: Word;
  /** pcp->high of all CPUs, as a truth value: 0 while zone_pcp_disable() holds; atomic. */
  readonly pcplistsOn: Word;
  /** pcp->lock, of the pcplists of all CPUs, which are one in the model. */
  readonly pcpLock: SpinLock;
}

/** Pages that a zone has when an execution begins. */
export interface ZoneContents {
  readonly present: number;
  readonly early: number;
  readonly start: number;
  readonly spanned: number;
}

export function makeZone(
  arena: Arena,
  nid: number,
  index: number,
  contents: ZoneContents,
  managedPageCountLock: SpinLock,
  details: readonly string[],
): Zone {
  const name = zoneNames[index]!;
  const node = nid === 0 ? '' : `node${nid}.`;
  const prefix = `${node}${index === ZoneIndex.normal ? 'zone' : `zone_${name.toLowerCase()}`}`;
  const counted: Guards = { writesNeed: 'mem_hotplug_lock' };
  return {
    nid,
    index,
    name,
    populatedAtFirst: contents.present > 0,
    presentPages: arena.word(`${prefix}.present_pages`, contents.present, counted),
    presentEarlyPages: arena.word(`${prefix}.present_early_pages`, contents.early, counted),
    managedPages: arena.word(`${prefix}.managed_pages`, contents.present),
    managedPageCountLock,
    startPfn: arena.word(`${prefix}.zone_start_pfn`, contents.start, counted),
    spannedPages: arena.word(`${prefix}.spanned_pages`, contents.spanned, counted),
    spanSeqlock: details.includes('zone-span')
      ? makeSequenceLock(arena, `${prefix}.span_seqlock`)
      : undefined,
    watermarks: details.includes('watermarks')
      ? watermarkNames.map((mark) => arena.word(`${prefix}.watermark_${mark}`))
      : [],
    lock: arena.spinLock(`${prefix}.lock`, { class: 'zone->lock' }),
    isolatedPageblocks: arena.word(`${prefix}.nr_isolate_pageblock`, 0, {
      guardedBy: `${prefix}.lock`,
    }),
    ownPageset: arena.word(`${prefix}.per_cpu_pageset`, contents.present === 0 ? 0 : 1),
    pcplistsOn: arena.word(`${prefix}.pcp_high`, 1, { writesNeed: 'pcp_batch_high_lock' }),
    pcpLock: arena.spinLock(`${prefix}.pcp_lock`, { class: 'pcp->lock' }),
  };
}
