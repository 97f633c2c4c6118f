import type { Arena, Completion, Region, Word } from '../program/index.ts';
import { pagesPerBlock } from './zone.ts';

/** A range of device memory (ZONE_DEVICE), such as persistent memory: no blocks, no notifiers. */
export interface DeviceMemory {
  readonly name: string;
  readonly startPfn: number;
  /** The struct pages: gone until memremap_pages(). */
  readonly memmap: Region;
  /** One word for all of them; plain. */
  readonly page: Word;
  /** pgmap->ref: references to its pages, the mapping's own included; 0 while there is none. */
  readonly references: Word;
  /** pgmap->done: the last reference is gone. */
  readonly done: Completion;
}

/** Number of the block that the first range would begin at: far above all memory. */
const firstDeviceBlock = 1024;

export function makeDeviceMemory(arena: Arena, index: number): DeviceMemory {
  const name = `pmem${index}`;
  const { region, inside } = arena.region(`${name}.memmap`, () => arena.word(`${name}.page`), {
    retired: true,
  });
  return {
    name,
    startPfn: (firstDeviceBlock + index) * pagesPerBlock,
    memmap: region,
    page: inside,
    references: arena.word(`${name}.references`),
    done: arena.completion(`${name}.done`),
  };
}
