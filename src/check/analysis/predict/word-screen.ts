import { Mode, Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import { joined, makeClock, roomFor, type VectorClock } from '../races/vector-clock.ts';
import type { HeldLock } from './event-setting.ts';
import { keepsOthersOut } from './held-sets.ts';

/** Where each number of a word stands. Agents are stored as agent + 1, so that 0 is none. */
const Word = {
  /** Who accessed it last; from which row of the log on nobody else has. */
  last: 0,
  since: 1,
  flags: 2,
  /** The last write: its agent, its position there; rows before `writeRow` are older. */
  writer: 3,
  writeLocal: 4,
  writeRow: 5,
  reader: 6,
  readLocal: 7,
  /** Some locks that were held at every access, exclusively at every write; lock + 1 each. */
  guards: 8,
} as const;

const width = 12;
/** A word's guards beyond so many are not kept: the word is a suspect where it need not be one. */
const guardsMax = 4;

const Flag = {
  /** Several agents accessed it. */
  shared: 1,
  written: 2,
  /** Of two accesses, one a write, neither is known to come before the other. */
  unordered: 4,
  /** Several have read it since the last write, in no order that is known. */
  readers: 8,
  suspect: 7,
} as const;

/**
 * The words of a window and what comes before what for certain, more coarsely than a `TraceStore`
 * and `WordHistories` know it: who reads what another wrote knows of that write, and not of what
 * the writer knew. So no copy of a clock is kept, and each word that may race is a suspect here, if
 * not only those.
 */
export class WordScreen {
  /** Whether some word may race. */
  suspects = false;
  private numbers = new Int32Array(width * 64);
  private words = 0;
  /** By agent: how many events of each come before its next one. */
  private readonly known: VectorClock[] = [];
  /** What who awaits a completion knows. */
  private readonly completed = new Map<number, VectorClock>();

  /** Where a word's numbers begin. */
  at(word: number): number {
    if (word >= this.words) this.growWords(word + 1);
    return word * width;
  }

  /** Makes room for an agent. */
  meet(agent: number): void {
    while (this.known.length <= agent) this.known.push(makeClock());
  }

  /** Whether a reader may learn something from the write that it sees. */
  isNews(at: number, agent: number): boolean {
    const { numbers } = this;
    const writer = numbers[at + Word.writer]! - 1;
    return (
      writer >= 0 && writer !== agent && !this.knows(agent, writer, numbers[at + Word.writeLocal]!)
    );
  }

  /** Whether nobody but an agent has accessed a word since a row of the log. */
  isOwnSince(at: number, agent: number, row: number): boolean {
    const { numbers } = this;
    return numbers[at + Word.last] === agent + 1 && numbers[at + Word.since]! <= row;
  }

  /** Whether nobody has written a word since a row of the log. */
  isUnwrittenSince(at: number, row: number): boolean {
    return this.numbers[at + Word.writeRow]! < row;
  }

  /**
   * Takes an access over.
   *
   * @param row - the row that was added for it; the row that comes next, if an earlier one stands
   *   for it
   */
  access(at: number, { op, agent }: TraceEvent, local: number, row: number): void {
    const writes = op === Op.write || op === Op.readModifyWrite;
    this.note(at, agent, writes);
    const { numbers } = this;
    if (numbers[at + Word.last] !== agent + 1) {
      numbers[at + Word.last] = agent + 1;
      numbers[at + Word.since] = row;
    }
    if (op !== Op.write) this.read(at, agent, local);
    if (!writes) return;
    numbers[at + Word.writer] = agent + 1;
    numbers[at + Word.writeLocal] = local;
    numbers[at + Word.writeRow] = row;
    numbers[at + Word.reader] = 0;
    numbers[at + Word.flags] = numbers[at + Word.flags]! & ~Flag.readers;
  }

  /** An agent learns all that another knows, and of the other's first events. */
  learn(agent: number, other: number, count: number): void {
    this.known[agent] = joined(this.known[agent]!, this.known[other]!);
    this.raise(agent, other, count);
  }

  complete(completion: number, agent: number, count: number): void {
    const before = this.completed.get(completion) ?? makeClock();
    const clock = roomFor(joined(before, this.known[agent]!), agent);
    clock[agent] = count;
    this.completed.set(completion, clock);
  }

  await(completion: number, agent: number): void {
    const clock = this.completed.get(completion);
    if (clock !== undefined) this.known[agent] = joined(this.known[agent]!, clock);
  }

  /** Forgets all words; what is known of the order stays known. */
  clear(): void {
    this.numbers.fill(0, 0, this.words * width);
    this.words = 0;
    this.completed.clear();
  }

  private raise(agent: number, other: number, count: number): void {
    const clock = roomFor(this.known[agent]!, other);
    this.known[agent] = clock;
    if (clock[other]! < count) clock[other] = count;
  }

  private knows(agent: number, other: number, local: number): boolean {
    const clock = this.known[agent]!;
    return other < clock.length && clock[other]! > local;
  }

  private growWords(words: number): void {
    this.words = words;
    if (words * width <= this.numbers.length) return;
    const larger = new Int32Array(Math.max(words * width, this.numbers.length * 2));
    larger.set(this.numbers);
    this.numbers = larger;
  }

  /** As `WordHistories.note`. */
  private note(at: number, agent: number, writes: boolean): void {
    const { numbers } = this;
    const last = numbers[at + Word.last]!;
    let flags = numbers[at + Word.flags]!;
    if (last !== 0 && last !== agent + 1) flags |= Flag.shared;
    const writer = numbers[at + Word.writer]! - 1;
    if (writer >= 0 && writer !== agent) {
      if (!this.knows(agent, writer, numbers[at + Word.writeLocal]!)) flags |= Flag.unordered;
    }
    if (writes) {
      flags |= Flag.written;
      const reader = numbers[at + Word.reader]! - 1;
      if ((flags & Flag.readers) !== 0) flags |= Flag.unordered;
      else if (reader >= 0 && reader !== agent) {
        if (!this.knows(agent, reader, numbers[at + Word.readLocal]!)) flags |= Flag.unordered;
      }
    }
    numbers[at + Word.flags] = flags;
    if ((flags & Flag.suspect) === Flag.suspect && numbers[at + Word.guards] === 0) {
      this.suspects = true;
    }
  }

  /** The reader sees the write, and comes after it from here on. */
  private read(at: number, agent: number, local: number): void {
    const { numbers } = this;
    const writer = numbers[at + Word.writer]! - 1;
    if (writer >= 0 && writer !== agent) {
      this.raise(agent, writer, numbers[at + Word.writeLocal]! + 1);
    }
    const reader = numbers[at + Word.reader]! - 1;
    if (reader >= 0 && reader !== agent) {
      if (!this.knows(agent, reader, numbers[at + Word.readLocal]!)) {
        numbers[at + Word.flags] = numbers[at + Word.flags]! | Flag.readers;
      }
    }
    numbers[at + Word.reader] = agent + 1;
    numbers[at + Word.readLocal] = local;
  }

  /**
   * Leaves of a word's guards what is held now, too, before an access is taken over. The first one
   * is 0 only where all are.
   */
  guard(at: number, held: readonly HeldLock[], writes: boolean): void {
    const { numbers } = this;
    const first = at + Word.guards;
    if (numbers[at + Word.last] !== 0) {
      if (numbers[first] !== 0) this.leaveGuards(first, held, writes);
      return;
    }
    let kept = 0;
    for (let depth = held.length - 1; depth >= 0 && kept < guardsMax; depth--) {
      if (guards(held[depth]!, writes)) numbers[first + kept++] = held[depth]!.lock + 1;
    }
  }

  private leaveGuards(first: number, held: readonly HeldLock[], writes: boolean): void {
    const { numbers } = this;
    let kept = 0;
    for (let index = 0; index < guardsMax; index++) {
      const guard = numbers[first + index]!;
      if (guard === 0) break;
      for (let depth = held.length - 1; depth >= 0; depth--) {
        const entry = held[depth]!;
        if (entry.lock !== guard - 1 || !guards(entry, writes)) continue;
        numbers[first + kept++] = guard;
        break;
      }
    }
    for (; kept < guardsMax; kept++) numbers[first + kept] = 0;
  }
}

/** Whether a held lock keeps others from an access of this sort. */
function guards({ class: { kind }, mode }: HeldLock, writes: boolean): boolean {
  return keepsOthersOut(kind, mode) && (!writes || mode === Mode.write);
}
