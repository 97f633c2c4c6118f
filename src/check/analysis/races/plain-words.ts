import { Names } from '../../../trace/format/trace-names.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AgentState } from '../trace-state.ts';
import { HeldSnapshots } from './held-snapshots.ts';
import type { Access } from './last-accesses.ts';
import { knows, type VectorClock } from './vector-clock.ts';
import { Cell } from './word-cells.ts';

/** Where the numbers of an access stand. Its agent is stored as agent + 1, so that 0 is none. */
const Last = { agent: 0, tick: 1, line: 2, place: 3, inside: 4, held: 5 } as const;
const lastWidth = 6;

/** Where the numbers of a word stand: 64 bytes, of which an access seldom needs another line. */
const Word = {
  /** The bytes that all accesses were to; no `end`: there was none; -1: the word has cells. */
  start: 0,
  end: 1,
  /** What the last writer knew: the number of a copy of its clock. */
  writerKnew: 2,
  /** The last write; the last read, or instead of its agent the number of `readers`, negative. */
  write: 3,
  read: 9,
} as const;
const width = 16;
const cellsEnd = -1;

/** What an agent held when somebody asked last, and where it was. */
interface Setting {
  heldVersion: number;
  held: number;
  call: string;
  inside: number;
}

/**
 * Words of which nothing is known but their last write, and their last read or the last read of
 * each agent since (FastTrack's epochs and vectors), in flat numbers. Of nearly all words that is
 * all that there is to know: their accesses are plain, to the same bytes, and do not race. Any
 * other word has cells instead, with the same past.
 */
export class PlainWords {
  private numbers = new Int32Array(width * 64);
  private words = 0;
  private readonly functions = new Names();
  private held = new HeldSnapshots();
  private readonly heldMin: number;
  private heldMax: number;
  /** By agent. */
  private readonly settings: Setting[] = [];
  /** Reads of several agents, by agent; and which of these arrays are free. */
  private readonly readers: Int32Array[] = [];
  private readonly free: number[] = [];

  /** @param room - numbers that snapshots of held locks may take before some are forgotten */
  constructor(room: number) {
    this.heldMin = room;
    this.heldMax = room;
    this.functions.number('');
  }

  /** Whether an access to these bytes of a word may be asked for here. */
  isPlain(word: number, start: number, end: number): boolean {
    if (word >= this.words) this.growWords(word + 1);
    const { numbers } = this;
    const at = word * width;
    const known = numbers[at + Word.end]!;
    if (known === end) return numbers[at + Word.start] === start;
    if (known !== 0) return false;
    numbers[at + Word.start] = start;
    numbers[at + Word.end] = end;
    return true;
  }

  /** Whether the last read, or write, of a word was this agent's, at a tick or after it. */
  isLast(word: number, agent: number, tick: number, writes: boolean): boolean {
    const at = word * width + (writes ? Word.write : Word.read);
    return this.numbers[at] === agent + 1 && this.numbers[at + Last.tick]! >= tick;
  }

  /** Takes a read over, unless it races. */
  read(event: TraceEvent, state: AgentState, tick: number, clock: VectorClock): boolean {
    const { object, agent } = event;
    const { numbers } = this;
    const at = object * width;
    if (!isKnown(numbers, at + Word.write, agent, clock)) return false;
    const reader = numbers[at + Word.read]!;
    if (reader < 0 || !isKnown(numbers, at + Word.read, agent, clock)) {
      this.readAsOneOf(at, event, state, tick);
    } else {
      this.note(numbers, at + Word.read, event, state, tick);
    }
    return true;
  }

  /** Takes a write over, unless it races. */
  write(event: TraceEvent, state: AgentState, tick: number, clock: VectorClock): boolean {
    const { object, agent } = event;
    const { numbers } = this;
    const at = object * width;
    if (!isKnown(numbers, at + Word.write, agent, clock)) return false;
    const reader = numbers[at + Word.read]!;
    if (reader < 0) {
      if (!this.knowsReaders(-reader - 1, agent, clock)) return false;
      this.free.push(-reader - 1);
    } else if (!isKnown(numbers, at + Word.read, agent, clock)) return false;
    this.note(numbers, at + Word.write, event, state, tick);
    // What is ordered before this write can race only with what this write races with.
    numbers[at + Word.read] = 0;
    return true;
  }

  /** Notes what the last writer of a word knew. */
  knew(word: number, version: number): void {
    this.numbers[word * width + Word.writerKnew] = version;
  }

  /** Gives a word a cell, if it was accessed; it is not asked for here any more. */
  cellOf(word: number): Cell | undefined {
    if (word >= this.words) this.growWords(word + 1);
    const { numbers } = this;
    const at = word * width;
    const end = numbers[at + Word.end]!;
    numbers[at + Word.end] = cellsEnd;
    if (end === 0 || end === cellsEnd) return undefined;
    const cell = new Cell(numbers[at + Word.start]!, end);
    const write = this.access(numbers, at + Word.write, numbers[at + Word.write]! - 1);
    if (write !== undefined) {
      cell.writes.replace(write);
      cell.writer = write.agent;
      cell.writerTick = write.tick;
      cell.writerKnew = numbers[at + Word.writerKnew]!;
    }
    const reader = numbers[at + Word.read]!;
    if (reader >= 0) {
      const read = this.access(numbers, at + Word.read, reader - 1);
      if (read !== undefined) cell.reads.replace(read);
      return cell;
    }
    const readers = this.readers[-reader - 1]!;
    this.free.push(-reader - 1);
    for (let agent = 0; agent * lastWidth < readers.length; agent++) {
      const isOne = readers[agent * lastWidth] !== 0;
      if (isOne) cell.reads.addOneOf(this.access(readers, agent * lastWidth, agent)!);
    }
    return cell;
  }

  /** Forgets what was done to a word. */
  revive(word: number): void {
    if (word >= this.words) return;
    const { numbers } = this;
    const at = word * width;
    if (numbers[at + Word.end] === cellsEnd) return;
    if (numbers[at + Word.read]! < 0) this.free.push(-numbers[at + Word.read]! - 1);
    numbers.fill(0, at, at + width);
  }

  /** Gives the copies of clocks that writers are known by new numbers. */
  renumberCopies(renumbered: (version: number) => number): void {
    const { numbers } = this;
    for (let at = 0; at < this.words * width; at += width) {
      if (numbers[at + Word.end]! <= 0 || numbers[at + Word.write] === 0) continue;
      numbers[at + Word.writerKnew] = renumbered(numbers[at + Word.writerKnew]!);
    }
  }

  private note(
    numbers: Int32Array,
    at: number,
    event: TraceEvent,
    state: AgentState,
    tick: number,
  ): void {
    const setting = this.setting(state);
    numbers[at + Last.agent] = event.agent + 1;
    numbers[at + Last.tick] = tick;
    numbers[at + Last.line] = event.line;
    numbers[at + Last.place] = event.place;
    numbers[at + Last.inside] = setting.inside;
    numbers[at + Last.held] = setting.held;
  }

  /** Notes a read beside others that it is in no order with. */
  private readAsOneOf(at: number, event: TraceEvent, state: AgentState, tick: number): void {
    const { numbers } = this;
    const { agent } = event;
    const reader = numbers[at + Word.read]!;
    let index = -reader - 1;
    if (reader > 0) {
      index = this.makeReaders();
      const readers = this.readersFor(index, reader - 1);
      const last = at + Word.read;
      readers.set(numbers.subarray(last, last + lastWidth), (reader - 1) * lastWidth);
      numbers[last] = -index - 1;
    }
    this.note(this.readersFor(index, agent), agent * lastWidth, event, state, tick);
  }

  private makeReaders(): number {
    const free = this.free.pop();
    if (free === undefined) return this.readers.push(new Int32Array(lastWidth * 8)) - 1;
    this.readers[free]!.fill(0);
    return free;
  }

  /** Reads of several agents, with room for one of this agent. */
  private readersFor(index: number, agent: number): Int32Array {
    const readers = this.readers[index]!;
    if (agent * lastWidth < readers.length) return readers;
    const larger = new Int32Array(Math.max((agent + 1) * lastWidth, readers.length * 2));
    larger.set(readers);
    return (this.readers[index] = larger);
  }

  private knowsReaders(index: number, agent: number, clock: VectorClock): boolean {
    const readers = this.readers[index]!;
    for (let at = 0; at < readers.length; at += lastWidth) {
      if (!isKnown(readers, at, agent, clock)) return false;
    }
    return true;
  }

  private setting(state: AgentState): Setting {
    const { agent, calls, heldVersion } = state;
    const setting = (this.settings[agent] ??= { heldVersion: -1, held: 0, call: '', inside: 0 });
    if (setting.heldVersion !== heldVersion) {
      if (this.held.size > this.heldMax) this.forgetHeld();
      setting.heldVersion = heldVersion;
      setting.held = this.held.add(state.held);
    }
    const call = calls.length === 0 ? '' : calls[calls.length - 1]!;
    if (call !== setting.call) {
      setting.call = call;
      setting.inside = this.functions.number(call);
    }
    return setting;
  }

  /** Keeps the snapshots that words know. */
  private forgetHeld(): void {
    const before = this.held;
    const after = new HeldSnapshots();
    const renumbered = new Int32Array(before.size);
    const renumber = (numbers: Int32Array, at: number): void => {
      const old = numbers[at + Last.held]!;
      if (renumbered[old] === 0) renumbered[old] = after.copyOf(before, old);
      numbers[at + Last.held] = renumbered[old]!;
    };
    const { numbers } = this;
    for (let at = 0; at < this.words * width; at += width) {
      if (numbers[at + Word.end]! <= 0) continue;
      if (numbers[at + Word.write]! > 0) renumber(numbers, at + Word.write);
      if (numbers[at + Word.read]! > 0) renumber(numbers, at + Word.read);
    }
    const free = new Set(this.free);
    for (const [index, readers] of this.readers.entries()) {
      if (free.has(index)) continue;
      for (let at = 0; at < readers.length; at += lastWidth) {
        if (readers[at] !== 0) renumber(readers, at);
      }
    }
    for (const setting of this.settings) if (setting !== undefined) setting.heldVersion = -1;
    this.held = after;
    this.heldMax = Math.max(this.heldMin, after.size * 2);
  }

  private access(numbers: Int32Array, at: number, agent: number): Access | undefined {
    if (agent < 0) return undefined;
    return {
      agent,
      tick: numbers[at + Last.tick]!,
      line: numbers[at + Last.line]!,
      place: numbers[at + Last.place]!,
      in: this.functions.texts[numbers[at + Last.inside]!]!,
      held: this.held.locks(numbers[at + Last.held]!),
    };
  }

  private growWords(words: number): void {
    this.words = words;
    if (words * width <= this.numbers.length) return;
    const larger = new Int32Array(Math.max(words * width, this.numbers.length * 2));
    larger.set(this.numbers);
    this.numbers = larger;
  }
}

/** Whether there was no last access, or it is the agent's own or known to it. */
function isKnown(numbers: Int32Array, at: number, agent: number, clock: VectorClock): boolean {
  const last = numbers[at]! - 1;
  return last < 0 || last === agent || knows(clock, last, numbers[at + Last.tick]!);
}
