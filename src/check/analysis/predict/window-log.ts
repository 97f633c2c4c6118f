import { Mode } from '../../../trace/format/operation.ts';
import { wholeWord, type TraceEvent } from '../../../trace/format/trace-event.ts';
import { Names } from '../../../trace/format/trace-names.ts';
import { PairNumbers } from '../pair-numbers.ts';
import { recentMax } from './agent-events.ts';
import { ChunkedRows } from './chunked-rows.ts';
import type { EventSetting, HeldLock } from './event-setting.ts';

/** Numbers of a row of the log, and where they stand in it. */
const Logged = {
  code: 0,
  agent: 1,
  object: 2,
  line: 3,
  place: 4,
  spot: 5,
  local: 6,
  lineBefore: 7,
} as const;
const logWidth = 8;

/** Bits of `code`, above the operation's six and the mode's two. */
const Bit = { tried: 1 << 8, marked: 1 << 9, carried: 1 << 10, counted: 1 << 11 } as const;

/** An agent as the log needs it; its fields are those of `AgentEvents`. */
export interface LoggedAgent {
  /** How many events it has had, how many of them before the window, and the line of the last. */
  ticks: number;
  base: number;
  line: number;
  /** Rows from here on are of accesses with nothing but accesses between them and now. */
  calm: number;
  /** Rows of recent accesses, by word and by whether they write. */
  readonly recent: Int32Array;
  /** Acquires that it has not given back yet: lock and row in turn. */
  readonly open: number[];
  /** What it held where the window began. */
  held: readonly HeldLock[];
  /** The function that it was in last, and the spot that this is with a whole word. */
  call: string;
  spot: number;
}

/** An event of the log, as whoever replays it gets it. */
export interface LoggedEvent {
  readonly event: TraceEvent;
  /** The function it happened in; empty if unknown. */
  inside: string;
  /** Its position in its agent, and the line of its agent's event before it. */
  local: number;
  lineBefore: number;
  /** Whether it was acquired in an earlier window and is held since. */
  carried: boolean;
}

/**
 * The events of a window in short, so that what a `TraceStore` makes of them can be made later, or
 * not at all where a {@link WindowScreen} shows that it would be for nothing. What the store merges
 * into one row is merged here, too, as far as no clock is needed to tell that it may be.
 */
export class WindowLog {
  readonly agents: LoggedAgent[] = [];
  private readonly table = new ChunkedRows(logWidth);
  private readonly functions = new Names();
  /** Bytes of a word; and these with a function. */
  private readonly ranges = new PairNumbers();
  private readonly spots = new PairNumbers();
  /** Completions and notifications before the window. */
  readonly signalledBefore: Set<number> = new Set<number>();
  private readonly signals = new Set<number>();
  /** Rows that are no events of a store. */
  private uncounted = 0;

  constructor() {
    this.functions.number('');
    this.spots.number(0, 0);
  }

  /** How many rows there are of events that a store keeps. */
  get length(): number {
    return this.table.length - this.uncounted;
  }

  /** The number that the next row will have. */
  get next(): number {
    return this.table.length;
  }

  of(agent: number): LoggedAgent {
    const known = this.agents[agent];
    if (known !== undefined) return known;
    while (this.agents.length <= agent) this.agents.push(makeLoggedAgent());
    return this.agents[agent]!;
  }

  /** Adds an event as a row of its own; its number. */
  add(event: TraceEvent, setting: EventSetting, own: LoggedAgent): number {
    const row = this.put(codeOf(event) | Bit.counted, event, this.spot(event, setting, own), own);
    this.table.numbers(row)[this.table.at(row) + Logged.local] = own.ticks++;
    own.line = event.line;
    return row;
  }

  /** Notes a completion or a notification. */
  signal(object: number): void {
    this.signals.add(object);
  }

  /** Adds what is no event of a store, but changes what its agent holds. */
  addUncounted(event: TraceEvent, own: LoggedAgent): void {
    this.put(codeOf(event), event, 0, own);
    this.uncounted++;
  }

  /** Whether a row differs from an access in nothing but the line. Both are of one agent. */
  isAlike(row: number, event: TraceEvent, setting: EventSetting, own: LoggedAgent): boolean {
    const numbers = this.table.numbers(row);
    const at = this.table.at(row);
    return (
      numbers[at + Logged.object] === event.object &&
      numbers[at + Logged.place] === event.place &&
      numbers[at + Logged.code] === (codeOf(event) | Bit.counted) &&
      numbers[at + Logged.spot] === this.spot(event, setting, own)
    );
  }

  /** Lets a row stand for a later access that differs in nothing but the line. */
  merge(row: number, event: TraceEvent, own: LoggedAgent): void {
    const numbers = this.table.numbers(row);
    const at = this.table.at(row);
    numbers[at + Logged.local] = own.ticks++;
    numbers[at + Logged.line] = event.line;
    numbers[at + Logged.lineBefore] = own.line;
    own.line = event.line;
  }

  /** Begins a window: what is held stays held. */
  restart(held: readonly (readonly HeldLock[])[]): void {
    const { table } = this;
    const kept = this.agents.map(({ open }) =>
      open.filter((_, at) => at % 2 === 1).map((row) => table.slice(row)),
    );
    table.clear();
    this.uncounted = 0;
    for (const object of this.signals) this.signalledBefore.add(object);
    for (const [agent, own] of this.agents.entries()) {
      own.base = own.ticks;
      own.recent.fill(-1);
      own.open.length = 0;
      own.held = (held[agent] ?? []).map(({ lock, mode, class: of }) => ({
        lock,
        mode,
        class: of,
      }));
      for (const numbers of kept[agent]!) {
        numbers[Logged.code] = numbers[Logged.code]! | Bit.carried;
        const row = table.add();
        table.numbers(row).set(numbers, table.at(row));
        own.open.push(numbers[Logged.object]!, row);
      }
      own.calm = table.length;
    }
  }

  /** Hands the rows on, in order, in one object over and over. */
  replay(logged: LoggedEvent, visit: () => void): void {
    const { table } = this;
    const { event } = logged;
    for (let row = 0; row < table.length; row++) {
      const numbers = table.numbers(row);
      const at = table.at(row);
      const code = numbers[at + Logged.code]!;
      const spot = numbers[at + Logged.spot]!;
      const range = this.spots.second(spot) - 1;
      event.op = code & 63;
      event.mode = (code >> 6) & 3;
      event.tried = (code & Bit.tried) !== 0;
      event.marked = (code & Bit.marked) !== 0;
      event.agent = numbers[at + Logged.agent]!;
      event.object = numbers[at + Logged.object]!;
      event.line = numbers[at + Logged.line]!;
      event.place = numbers[at + Logged.place]!;
      event.start = range < 0 ? 0 : this.ranges.first(range);
      event.end = range < 0 ? wholeWord : this.ranges.second(range);
      logged.inside = this.functions.texts[this.spots.first(spot)]!;
      logged.local = numbers[at + Logged.local]!;
      logged.lineBefore = numbers[at + Logged.lineBefore]!;
      logged.carried = (code & Bit.carried) !== 0;
      visit();
    }
  }

  /** Gives all memory back; nothing is to be added any more. */
  drop(): void {
    this.table.drop();
  }

  private put(code: number, event: TraceEvent, spot: number, own: LoggedAgent): number {
    const { table } = this;
    const row = table.add();
    const numbers = table.numbers(row);
    const at = table.at(row);
    numbers[at + Logged.code] = code;
    numbers[at + Logged.agent] = event.agent;
    numbers[at + Logged.object] = event.object;
    numbers[at + Logged.line] = event.line;
    numbers[at + Logged.place] = event.place;
    numbers[at + Logged.spot] = spot;
    numbers[at + Logged.lineBefore] = own.line;
    return row;
  }

  /** The number of the function and of the bytes. */
  private spot({ start, end }: TraceEvent, { calls }: EventSetting, own: LoggedAgent): number {
    const call = calls.length === 0 ? '' : calls[calls.length - 1]!;
    if (call !== own.call) {
      own.call = call;
      own.spot = this.spots.number(this.functions.number(call), 0);
    }
    if (start === 0 && end === wholeWord) return own.spot;
    return this.spots.number(this.spots.first(own.spot), this.ranges.number(start, end) + 1);
  }
}

function makeLoggedAgent(): LoggedAgent {
  return {
    ticks: 0,
    base: 0,
    line: 0,
    calm: 0,
    recent: new Int32Array(recentMax).fill(-1),
    open: [],
    held: [],
    call: '',
    spot: 0,
  };
}

function codeOf({ op, mode, tried, marked }: TraceEvent): number {
  return op | ((mode & Mode.any) << 6) | (tried ? Bit.tried : 0) | (marked ? Bit.marked : 0);
}
