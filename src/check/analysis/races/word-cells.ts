import { LastAccesses } from './last-accesses.ts';
import type { VectorClock } from './vector-clock.ts';

/** Bytes of a word that have always been accessed together, and what is known of their accesses. */
export class Cell {
  start: number;
  end: number;
  /** The cell of the word that comes after it; undefined: none, as for nearly all words. */
  next: Cell | undefined = undefined;
  writes: LastAccesses = new LastAccesses();
  reads: LastAccesses = new LastAccesses();
  /** Of marked accesses; nearly all words have none. */
  markedWrites: LastAccesses | undefined = undefined;
  markedReads: LastAccesses | undefined = undefined;
  /** What the last marked write published; undefined: nothing. Not shared. */
  published: VectorClock | undefined = undefined;
  /** Who wrote last; -1: nobody. */
  writer = -1;
  writerTick = 0;
  /** What the last writer knew: the number of a copy of its clock. */
  writerKnew = -1;

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

/** The cells of a word after some were cut to fit an access. */
export interface FittedCells {
  readonly first: Cell;
  /** Those of the access. */
  readonly inside: readonly Cell[];
}

/** Cuts the cells of a word so that some are exactly the bytes from `start` up to `end`. */
export function fitted(first: Cell | undefined, start: number, end: number): FittedCells {
  const all: Cell[] = [];
  const inside: Cell[] = [];
  let at = start;
  for (const cell of cellsFrom(first)) {
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
  for (let index = 0; index < all.length; index++) all[index]!.next = all[index + 1];
  return { first: all[0]!, inside };
}

/** All cells of a word that share a byte with these. */
export function overlapping(first: Cell | undefined, start: number, end: number): Cell[] {
  return cellsFrom(first).filter((cell) => cell.start < end && start < cell.end);
}

function cellsFrom(first: Cell | undefined): Cell[] {
  const cells: Cell[] = [];
  for (let cell = first; cell !== undefined; cell = cell.next) cells.push(cell);
  return cells;
}

function fill(all: Cell[], inside: Cell[], start: number, end: number): number {
  const cell = new Cell(start, end);
  all.push(cell);
  inside.push(cell);
  return end;
}
