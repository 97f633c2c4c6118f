import type { VectorClock } from '../races/vector-clock.ts';
import type { HeldSets } from './held-sets.ts';

/** Where each number of a word stands. Agents are stored as agent + 1, so that 0 is none. */
export const Word = {
  first: 0,
  flags: 1,
  writer: 2,
  /** The position, in its agent, of the last write; its clock; its row. */
  writeLocal: 3,
  writeVersion: 4,
  writeRow: 5,
  reader: 6,
  readLocal: 7,
  /** What was held at the last access and the last write that were looked at, + 1. */
  held: 8,
  heldAtWrite: 9,
  /** Locks held at every access, and held exclusively at every write (as Eraser has it). */
  guards: 10,
} as const;

const width = 11;

const Flag = {
  /** Several agents accessed it. */
  shared: 1,
  written: 2,
  /** Of two accesses, one a write, neither must come before the other. */
  unordered: 4,
  /** Several have read it since the last write, in no order. */
  readers: 8,
} as const;

/** What is kept of the words of a trace while it is read: enough to tell which can race at all. */
export class WordHistories {
  numbers: Int32Array = new Int32Array(width * 64);
  private words = 0;
  private readonly heldSets: HeldSets;

  constructor(heldSets: HeldSets) {
    this.heldSets = heldSets;
  }

  /** Where a word's numbers begin. */
  at(word: number): number {
    if (word >= this.words) {
      this.words = word + 1;
      if (this.words * width > this.numbers.length) {
        const larger = new Int32Array(Math.max(this.words * width, this.numbers.length * 2));
        larger.set(this.numbers);
        this.numbers = larger;
      }
    }
    return word * width;
  }

  /** Notes who accessed a word and holding what, before the access itself is taken over. */
  note(at: number, agent: number, clock: VectorClock, writes: boolean): void {
    const { numbers } = this;
    const first = numbers[at + Word.first]!;
    let flags = numbers[at + Word.flags]!;
    if (first === 0) numbers[at + Word.first] = agent + 1;
    else if (first !== agent + 1) flags |= Flag.shared;
    const writer = numbers[at + Word.writer]! - 1;
    if (writer >= 0 && writer !== agent) {
      if (!ordered(clock, writer, numbers[at + Word.writeLocal]!)) flags |= Flag.unordered;
    }
    if (writes) {
      flags |= Flag.written;
      const reader = numbers[at + Word.reader]! - 1;
      if ((flags & Flag.readers) !== 0) flags |= Flag.unordered;
      else if (reader >= 0 && reader !== agent) {
        if (!ordered(clock, reader, numbers[at + Word.readLocal]!)) flags |= Flag.unordered;
      }
    }
    numbers[at + Word.flags] = flags;
  }

  read(at: number, agent: number, local: number, clock: VectorClock): void {
    const { numbers } = this;
    const reader = numbers[at + Word.reader]! - 1;
    if (reader >= 0 && reader !== agent) {
      if (!ordered(clock, reader, numbers[at + Word.readLocal]!)) {
        numbers[at + Word.flags] = numbers[at + Word.flags]! | Flag.readers;
      }
    }
    numbers[at + Word.reader] = agent + 1;
    numbers[at + Word.readLocal] = local;
  }

  wrote(at: number, agent: number, local: number, version: number, row: number): void {
    const { numbers } = this;
    numbers[at + Word.writer] = agent + 1;
    numbers[at + Word.writeLocal] = local;
    numbers[at + Word.writeVersion] = version;
    numbers[at + Word.writeRow] = row;
    // A read of the writer's that comes after the write may stand for one before it (`WindowLog`).
    if (numbers[at + Word.reader] !== agent + 1 || numbers[at + Word.readLocal]! < local) {
      numbers[at + Word.reader] = 0;
    }
    numbers[at + Word.flags] = numbers[at + Word.flags]! & ~Flag.readers;
  }

  /** Leaves of the guards what is held now, too. */
  guard(at: number, held: number, writes: boolean): void {
    const { numbers } = this;
    const field = at + (writes ? Word.heldAtWrite : Word.held);
    if (numbers[field] === held + 1) return;
    const isFirst = numbers[at + Word.held] === 0 && numbers[at + Word.heldAtWrite] === 0;
    numbers[field] = held + 1;
    const guards = isFirst ? held : numbers[at + Word.guards]!;
    numbers[at + Word.guards] = this.heldSets.common(guards, held, writes);
  }

  /** Whether two accesses of a word may be side by side in another order of the events. */
  isSuspect(word: number): boolean {
    const suspect = Flag.shared | Flag.written | Flag.unordered;
    const at = word * width;
    if ((this.numbers[at + Word.flags]! & suspect) !== suspect) return false;
    return this.numbers[at + Word.guards] === 0;
  }

  suspects(): number[] {
    const suspects: number[] = [];
    for (let word = 0; word < this.words; word++) if (this.isSuspect(word)) suspects.push(word);
    return suspects;
  }

  clear(): void {
    this.numbers.fill(0, 0, this.words * width);
    this.words = 0;
  }
}

function ordered(clock: VectorClock, agent: number, local: number): boolean {
  return agent < clock.length && clock[agent]! > local;
}
