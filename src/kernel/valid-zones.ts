import type { Arena, Region, Step, Word } from '../program/index.ts';

/** A memory block of two sections, the first of which is a hole: it has no struct pages. */
export interface HoleyBlock {
  readonly sections: readonly Section[];
}

interface Section {
  /** present_section_nr(); set at boot. */
  readonly present: Word;
  readonly memmap: Region;
  /** page_zone() of its pages; set at boot. */
  readonly zone: Word;
}

const zoneNormal = 1;

export function makeHoleyBlock(arena: Arena): HoleyBlock {
  return {
    sections: [false, true].map((present, number) => {
      const name = `section${number}`;
      const { region, inside } = arena.region(
        `${name}.memmap`,
        () => arena.word(`${name}.page_zone`, present ? zoneNormal : 0),
        { retired: !present },
      );
      return {
        present: arena.word(`${name}.present`, present ? 1 : 0),
        memmap: region,
        zone: inside,
      };
    }),
  };
}

/**
 * show_valid_zones() (drivers/base/memory.c) for an online block.
 *
 * Lock order: none; only the active reference of the file, left out.
 *
 * @param usesValidStart - a96dfddbcc04 (v4.10): looks at the first page that test_pages_in_a_zone()
 *   has seen, not at the first page of the block
 * @returns the zone
 */
export function* showValidZones(block: HoleyBlock, usesValidStart: boolean): Step<number> {
  const valid = yield* testPagesInAZone(block);
  const first = usesValidStart ? valid : block.sections[0];
  return first === undefined ? -1 : yield* first.zone.read();
}

/**
 * test_pages_in_a_zone(): skips what is not present. All releases until v5.17. Lock order: none.
 *
 * @returns the first section that is there; undefined where the pages are of several zones
 */
function* testPagesInAZone(block: HoleyBlock): Step<Section | undefined> {
  let first: Section | undefined;
  let zone = 0;
  for (const section of block.sections) {
    if ((yield* section.present.read()) === 0) continue;
    const here = yield* section.zone.read();
    if (first !== undefined && here !== zone) return undefined;
    first ??= section;
    zone = here;
  }
  return first;
}
