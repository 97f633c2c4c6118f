/** Rows of a chunk, as a power of two. */
const chunkBits = 12;
const chunkRows = 1 << chunkBits;

/**
 * Rows of whole numbers in chunks, so that nothing is copied where they get more, and a table that
 * is begun anew needs no new memory.
 */
export class ChunkedRows {
  length = 0;
  private readonly width: number;
  private readonly chunks: Int32Array[] = [];

  constructor(width: number) {
    this.width = width;
  }

  /** Adds a row, with whatever stands there; its number. */
  add(): number {
    const row = this.length++;
    if (row >> chunkBits === this.chunks.length) {
      this.chunks.push(new Int32Array(chunkRows * this.width));
    }
    return row;
  }

  /** The chunk of a row. */
  numbers(row: number): Int32Array {
    return this.chunks[row >> chunkBits]!;
  }

  /** Where a row begins in its chunk. */
  at(row: number): number {
    return (row & (chunkRows - 1)) * this.width;
  }

  /** A copy of a row. */
  slice(row: number): Int32Array {
    const at = this.at(row);
    return this.numbers(row).slice(at, at + this.width);
  }

  /** Forgets all rows, and keeps the room. */
  clear(): void {
    this.length = 0;
  }

  /** Forgets all rows, and gives the room back. */
  drop(): void {
    this.length = 0;
    this.chunks.length = 0;
  }
}

/** One column of a table. */
export class Column {
  private readonly table: ChunkedRows;
  private readonly offset: number;

  constructor(table: ChunkedRows, offset: number) {
    this.table = table;
    this.offset = offset;
  }

  at(row: number): number {
    return this.table.numbers(row)[this.table.at(row) + this.offset]!;
  }

  set(row: number, number: number): void {
    this.table.numbers(row)[this.table.at(row) + this.offset] = number;
  }
}
