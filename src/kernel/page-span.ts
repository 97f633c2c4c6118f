import type { Arena, Mutex, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import { memoryBlock, type Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { MigrateType, PageUse } from './memory-state.ts';
import { bootBlockCount, zoneNames } from './zone.ts';

/**
 * struct page, as far as references and migration need it. The word of `frames` that belongs to it
 * says what the page is used for.
 */
export interface StructPage {
  /** Of all pages of the machine, from 1 up: what a page table entry holds. */
  readonly number: number;
  /** PG_locked. Class: all pages are locked in one order, one at a time in the model. */
  readonly lock: Mutex;
  /** page->_refcount: 0 while the page is free; atomic. */
  readonly references: Word;
  /** Who maps the page, a number of a mapping plus 1, or 0; changed under that one's lock. */
  readonly mapping: Word;
  /** What the page holds. Plain: whoever has the page may touch it. */
  readonly contents: Word;
}

/** Pages that the allocator hands out together: a block's, or those of the boot without a block. */
export type PageSpan = Pick<
  MemoryBlock,
  | 'physicalNid'
  | 'sectionOnline'
  | 'freeLists'
  | 'pageZone'
  | 'migrateType'
  | 'frames'
  | 'structPages'
> & {
  /** Its first page; the reserve of the boot lies anywhere. */
  readonly startPfn?: number;
};

/** The most pages that a block has. */
const framesMax = 16;

/** Stands for a block's number: no block has it, since those of the boot end below. */
const reserveNumber = bootBlockCount;

/** A page that somebody has. */
export interface AllocatedPage {
  readonly block: PageSpan;
  readonly frame: Word;
}

/**
 * The struct pages of a span.
 *
 * @param block - the number of their block; of the reserve of the boot, {@link reserveNumber}
 */
export function makeStructPages(
  arena: Arena,
  name: string,
  count: number,
  block: number,
): readonly StructPage[] {
  return Array.from({ length: count }, (_, index) => {
    const prefix = `${name}.page${index}`;
    return {
      number: 1 + block * framesMax + index,
      lock: arena.mutex(`${prefix}.lock`, { class: 'page lock' }),
      references: arena.word(`${prefix}.refcount`),
      mapping: arena.word(`${prefix}.mapping`),
      contents: arena.word(`${prefix}.contents`),
    };
  });
}

/** Memory of the boot that no block stands for: always online, in the zone of the boot. */
export function makeBootReserve(arena: Arena, configuration: Configuration): readonly PageSpan[] {
  const { bootFrames, pageMappings, bootZone } = configuration;
  if (bootFrames === 0) return [];
  const name = 'boot_reserve';
  const zone = zoneNames.indexOf(bootZone);
  const pages = pageMappings === 0 ? 0 : bootFrames;
  return [
    {
      physicalNid: 0,
      sectionOnline: arena.word(`${name}.section_online`, 1),
      freeLists: arena.word(`${name}.free_lists`, zone),
      pageZone: arena.word(`${name}.page_zone`, zone),
      migrateType: arena.word(`${name}.migrate_type`, MigrateType.movable),
      frames: Array.from({ length: bootFrames }, (_, index) =>
        arena.word(`${name}.page${index}.use`, PageUse.free),
      ),
      structPages: makeStructPages(arena, name, pages, reserveNumber),
    },
  ];
}

/** All that the allocator hands out, in the order in which it looks. */
export function spansOf(kernel: Kernel): readonly PageSpan[] {
  return [...kernel.bootBlocks, ...kernel.memoryBlocks, ...kernel.mm.bootReserve];
}

/** The struct page of a page; none where the configuration has no mappings. */
export function structPageOf({ block, frame }: AllocatedPage): StructPage | undefined {
  return block.structPages[block.frames.indexOf(frame)];
}

/** pfn_to_page(): the page with this number. */
export function pageOfNumber(kernel: Kernel, number: number): AllocatedPage {
  const blockNumber = Math.floor((number - 1) / framesMax);
  const block =
    blockNumber === reserveNumber ? kernel.mm.bootReserve[0]! : memoryBlock(kernel, blockNumber);
  return { block, frame: block.frames[(number - 1) % framesMax]! };
}
