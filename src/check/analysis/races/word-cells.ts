import { LastAccesses } from './last-accesses.ts';
import type { VectorClock } from './vector-clock.ts';

/** Bytes of a word that have always been accessed together, and what is known of their accesses. */
export class Cell {
  start: number;
  end: number;
  writes: LastAccesses = new LastAccesses();
  reads: LastAccesses = new LastAccesses();
  /** Of marked accesses; nearly all words have none. */
  markedWrites: LastAccesses | undefined;
  markedReads: LastAccesses | undefined;
  /** What the last marked write published; undefined: nothing. Not shared. */
  published: VectorClock | undefined;
  /** Who wrote last; -1: nobody. */
  writer = -1;
  writerTick = 0;
  /** What the last writer knew. Shared, never changed. */
  writerKnew: VectorClock | undefined;

  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }

  /** Cuts off what lies from `at` on; the rest, with the same past. */
  split(at: number): Cell {
    const rest = new Cell(at, this.end);
    rest.writes = this.writes.clone();
    rest.reads = this.reads.clone();
    rest.markedWrites = this.markedWrites?.clone();
    rest.markedReads = this.markedReads?.clone();
    rest.published = this.published?.slice();
    rest.writer = this.writer;
    rest.writerTick = this.writerTick;
    rest.writerKnew = this.writerKnew;
    this.end = at;
    return rest;
  }
}

/** The cells of a word, in order; nearly always one. */
export class WordCells {
  private cells: Cell[] = [];

  /** Exactly the bytes from `start` up to, and without, `end`; the array is not to be kept. */
  covering(start: number, end: number): readonly Cell[] {
    const { cells } = this;
    const [first] = cells;
    if (cells.length === 1 && first!.start === start && first!.end === end) return cells;
    if (start >= end) return [];
    const all: Cell[] = [];
    const inside: Cell[] = [];
    let at = start;
    for (const cell of cells) {
      if (cell.end <= start || cell.start >= end) {
        if (cell.start >= end && at < end) at = fill(all, inside, at, end);
        all.push(cell);
        continue;
      }
      let middle = cell;
      if (cell.start < start) {
        all.push(cell);
        middle = cell.split(start);
      }
      if (at < middle.start) at = fill(all, inside, at, middle.start);
      const rest = middle.end > end ? middle.split(end) : undefined;
      all.push(middle);
      inside.push(middle);
      at = middle.end;
      if (rest !== undefined) all.push(rest);
    }
    if (at < end) fill(all, inside, at, end);
    this.cells = all;
    return inside;
  }

  /** All cells that share a byte with these. */
  overlapping(start: number, end: number): Cell[] {
    return this.cells.filter((cell) => cell.start < end && start < cell.end);
  }
}

function fill(all: Cell[], inside: Cell[], start: number, end: number): number {
  const cell = new Cell(start, end);
  all.push(cell);
  inside.push(cell);
  return end;
}
