/** Whole numbers of events, one row an event, in one flat array that grows. */
export class EventTable {
  numbers: Int32Array;
  length = 0;
  readonly width: number;

  constructor(width: number) {
    this.width = width;
    this.numbers = new Int32Array(width * 1024);
  }

  /** Makes room for one more row; where it begins. */
  grow(): number {
    const at = this.length * this.width;
    if (at === this.numbers.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.length++;
    return at;
  }

  /** Forgets all rows, and keeps the room. */
  clear(): void {
    this.length = 0;
  }
}

/** One column of a table. */
export class Column {
  private readonly table: EventTable;
  private readonly offset: number;

  constructor(table: EventTable, offset: number) {
    this.table = table;
    this.offset = offset;
  }

  at(row: number): number {
    return this.table.numbers[row * this.table.width + this.offset]!;
  }

  set(row: number, number: number): void {
    this.table.numbers[row * this.table.width + this.offset] = number;
  }
}
