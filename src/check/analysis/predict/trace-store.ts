import { Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import { Names } from '../../../trace/format/trace-names.ts';
import { joined, makeClock, roomFor, type VectorClock } from '../races/vector-clock.ts';
import { ClockVersions } from '../clock-versions.ts';
import type { EventSetting } from './event-setting.ts';
import { makeAgentEvents, recentMax, takeOpen, type AgentEvents } from './agent-events.ts';
import { Field, rowWidth } from './event-row.ts';
import { ChunkedRows, Column } from './chunked-rows.ts';
import { HeldSets } from './held-sets.ts';
import { Word, WordHistories } from './word-histories.ts';

/** Bits of `access`. */
const marked = 1;
/** Somebody learned from this very write: no later one may take its row. */
const sealed = 2;

/** Of an agent that holds nothing. */
const noSetting: EventSetting = { calls: [], held: [], heldVersion: 0 };

/** Up to this many events each has a row of its own. */
export const fullEventsMax = 4096;

/**
 * The events of a trace, or of a part of it, as predictions need them. A *must* order is kept with
 * each: what comes before it in every correct reordering, whatever the locks do (program order, the
 * write that a read saw, fork and join, completions).
 *
 * Accesses that differ in nothing but their lines, with no other event of their agent between them
 * that could order anything, race with the same: of these the last one is kept. Behind
 * `restart` everything that was there is a beginning that all reorderings share.
 */
export class TraceStore {
  private readonly table = new ChunkedRows(rowWidth);
  readonly op: Column = new Column(this.table, Field.op);
  readonly agent: Column = new Column(this.table, Field.agent);
  readonly object: Column = new Column(this.table, Field.object);
  readonly mode: Column = new Column(this.table, Field.mode);
  readonly line: Column = new Column(this.table, Field.line);
  readonly place: Column = new Column(this.table, Field.place);
  readonly start: Column = new Column(this.table, Field.start);
  readonly end: Column = new Column(this.table, Field.end);
  private readonly access = new Column(this.table, Field.access);
  /** The function it happened in; see `functionOf`. */
  private readonly inside = new Column(this.table, Field.inside);
  /** Its position in its agent. */
  readonly local: Column = new Column(this.table, Field.local);
  /** What its agent held before it. */
  readonly held: Column = new Column(this.table, Field.held);
  /** Of an acquire: the row of its release; -1 if there is none. */
  readonly partner: Column = new Column(this.table, Field.partner);
  private readonly version = new Column(this.table, Field.version);
  /** The line of its agent's event before it. */
  readonly lineBefore: Column = new Column(this.table, Field.lineBefore);
  readonly heldSets: HeldSets = new HeldSets();
  readonly words: WordHistories = new WordHistories(this.heldSets);
  /** What must come before an event, by its version. */
  readonly clocks: ClockVersions = new ClockVersions();
  readonly agents: AgentEvents[] = [];
  private readonly fullMax: number;
  private readonly functions = new Names();
  private readonly completed = new Map<number, VectorClock>();
  /** Completions and notifications before the rows that are kept. */
  readonly signalledBefore: Set<number> = new Set<number>();
  private readonly signals = new Set<number>();

  get length(): number {
    return this.table.length;
  }

  /** @param fullMax - up to so many events each has a row of its own */
  constructor(fullMax: number = fullEventsMax) {
    this.fullMax = fullMax;
    this.functions.number('');
  }

  /** Takes an access over, which may take the row of an earlier one. */
  addAccess(event: TraceEvent, state: EventSetting): void {
    const { op, object, agent } = event;
    const own = this.of(agent);
    const { words, table } = this;
    const writes = op === Op.write || op === Op.readModifyWrite;
    const at = words.at(object);
    words.note(at, agent, own.clock, writes);
    const held = this.heldSet(state, own);
    words.guard(at, held, writes);
    const atomic = event.marked || op === Op.waitOn || op === Op.readModifyWrite ? marked : 0;
    const slot = ((object << 1) & (recentMax - 1)) | (writes ? 1 : 0);
    let row = own.recent[slot]!;
    const local = own.ticks;
    if (row >= own.calm && this.isAlike(row, event, atomic, this.call(state, own), held)) {
      const numbers = table.numbers(row);
      const first = table.at(row);
      numbers[first + Field.local] = local;
      numbers[first + Field.line] = event.line;
      numbers[first + Field.lineBefore] = own.line;
      own.ticks++;
      own.line = event.line;
    } else {
      row = this.addRow(event, state, own);
      this.access.set(row, atomic);
      if (table.length > this.fullMax) own.recent[slot] = row;
    }
    const { numbers } = words;
    if (op !== Op.write) {
      const writer = numbers[at + Word.writer]! - 1;
      if (writer >= 0 && writer !== agent) this.learnOfWrite(own, at, writer);
      words.read(at, agent, local, own.clock);
    }
    if (!writes) return;
    if (own.version === -1) own.version = this.clocks.add(own.clock);
    words.wrote(at, agent, local, own.version, row);
  }

  /** Takes any other event over; its row. */
  add(event: TraceEvent, state: EventSetting): number {
    const own = this.of(event.agent);
    const row = this.addRow(event, state, own);
    own.calm = row + 1;
    const { op, object } = event;
    if (op === Op.join) {
      const other = this.of(object);
      this.learnOf(own, object, other.ticks, other.clock);
    } else if (op === Op.await) {
      const clock = this.completed.get(object);
      if (clock !== undefined) this.learnOf(own, 0, 0, clock);
    } else {
      this.publish(event, row, own);
    }
    return row;
  }

  /**
   * Forgets all rows. Orders of what comes now begin with all that was: what is held stays held.
   */
  restart(): void {
    const kept = this.agents.map(({ open }) => open.filter((_, at) => at % 2 === 1));
    const rows = kept.map((list) => list.map((row) => this.table.slice(row)));
    this.table.clear();
    this.words.clear();
    this.heldSets.clear();
    this.clocks.clear();
    this.completed.clear();
    for (const object of this.signals) this.signalledBefore.add(object);
    for (const [agent, own] of this.agents.entries()) {
      own.events.length = 0;
      own.acquires.length = 0;
      own.base = own.ticks;
      own.version = -1;
      own.heldVersion = -1;
      own.open.length = 0;
      own.recent.fill(-1);
      for (const numbers of rows[agent]!) {
        const row = this.table.add();
        this.table.numbers(row).set(numbers, this.table.at(row));
        this.held.set(row, 0);
        own.open.push(numbers[Field.object]!, row);
        own.acquires.push(row);
      }
      own.calm = this.table.length;
    }
  }

  /** Begins with an agent some of whose events are before the rows that are kept. */
  begin(agent: number, ticks: number): void {
    Object.assign(this.of(agent), { ticks, base: ticks });
  }

  /** Takes over an acquire from before the rows that are kept, of what is held where they begin. */
  carry(event: TraceEvent, local: number, lineBefore: number): void {
    const own = this.of(event.agent);
    const { ticks, line } = own;
    this.stand(event.agent, local, lineBefore);
    const row = this.addRow(event, noSetting, own);
    own.events.length = 0;
    own.open.push(event.object, row);
    own.acquires.push(row);
    own.calm = this.table.length;
    this.stand(event.agent, ticks, line);
  }

  /** Says at which of its events an agent stands, and on which line the one before it is. */
  stand(agent: number, local: number, lineBefore: number): void {
    const own = this.of(agent);
    own.ticks = local;
    own.line = lineBefore;
    own.heldVersion = -1;
  }

  /** The function an event happened in; empty if unknown. */
  functionOf(row: number): string {
    return this.functions.texts[this.inside.at(row)]!;
  }

  of(agent: number): AgentEvents {
    const known = this.agents[agent];
    if (known !== undefined) return known;
    while (this.agents.length <= agent) this.agents.push(makeAgentEvents());
    return this.agents[agent]!;
  }

  /** Whether an acquire was a try. */
  tried(row: number): boolean {
    return this.mode.at(row) >= 4;
  }

  lockMode(row: number): number {
    return this.mode.at(row) & 3;
  }

  isMarked(row: number): boolean {
    return (this.access.at(row) & marked) !== 0;
  }

  isWrite(row: number): boolean {
    const op = this.op.at(row);
    return op === Op.write || op === Op.readModifyWrite;
  }

  /**
   * What must come before an event may be next, without the agent itself and without what the event
   * itself asks for: a number of `clocks`.
   */
  mustBefore(row: number): number {
    return this.version.at(row);
  }

  /** The row of the same agent before this one; -1 if there is none. */
  rowBefore(row: number): number {
    const { events } = this.agents[this.agent.at(row)]!;
    const at = events.firstAtLeast(row) - 1;
    return at === -1 ? -1 : events.at(at);
  }

  private addRow(event: TraceEvent, state: EventSetting, own: AgentEvents): number {
    const { table } = this;
    const row = table.add();
    const numbers = table.numbers(row);
    const at = table.at(row);
    own.events.push(row);
    if (own.version === -1) own.version = this.clocks.add(own.clock);
    numbers[at + Field.op] = event.op;
    numbers[at + Field.agent] = event.agent;
    numbers[at + Field.object] = event.object;
    numbers[at + Field.mode] = event.tried ? event.mode + 4 : event.mode;
    numbers[at + Field.line] = event.line;
    numbers[at + Field.place] = event.place;
    numbers[at + Field.start] = event.start;
    numbers[at + Field.end] = event.end;
    numbers[at + Field.access] = 0;
    numbers[at + Field.inside] = this.call(state, own);
    numbers[at + Field.local] = own.ticks++;
    numbers[at + Field.held] = this.heldSet(state, own);
    numbers[at + Field.partner] = -1;
    numbers[at + Field.version] = own.version;
    numbers[at + Field.lineBefore] = own.line;
    own.line = event.line;
    return row;
  }

  /** Whether a row differs from an access in nothing but the line. */
  private isAlike(
    row: number,
    event: TraceEvent,
    atomic: number,
    inside: number,
    held: number,
  ): boolean {
    const numbers = this.table.numbers(row);
    const at = this.table.at(row);
    return (
      numbers[at + Field.object] === event.object &&
      numbers[at + Field.access] === atomic &&
      numbers[at + Field.place] === event.place &&
      numbers[at + Field.op] === event.op &&
      numbers[at + Field.inside] === inside &&
      numbers[at + Field.held] === held &&
      numbers[at + Field.start] === event.start &&
      numbers[at + Field.end] === event.end
    );
  }

  private call({ calls }: EventSetting, own: AgentEvents): number {
    const call = calls.length === 0 ? '' : calls[calls.length - 1]!;
    if (call !== own.call) {
      own.call = call;
      own.callNumber = this.functions.number(call);
    }
    return own.callNumber;
  }

  private heldSet(state: EventSetting, own: AgentEvents): number {
    if (own.heldVersion !== state.heldVersion) {
      own.heldVersion = state.heldVersion;
      own.heldSet = this.heldSets.of(state.held);
    }
    return own.heldSet;
  }

  private learnOfWrite(own: AgentEvents, at: number, writer: number): void {
    const { numbers } = this.words;
    const count = numbers[at + Word.writeLocal]! + 1;
    const { clock } = own;
    if (writer < clock.length && clock[writer]! >= count) return;
    const row = numbers[at + Word.writeRow]!;
    this.access.set(row, this.access.at(row) | sealed);
    own.clock = roomFor(this.clocks.joinInto(numbers[at + Word.writeVersion]!, clock), writer);
    if (own.clock[writer]! < count) own.clock[writer] = count;
    own.version = -1;
    own.calm = this.table.length;
  }

  private learnOf(own: AgentEvents, agent: number, count: number, clock: VectorClock): void {
    const known = own.clock;
    if (agent < known.length && known[agent]! >= count && count > 0) return;
    own.clock = roomFor(joined(known, clock), agent);
    if (own.clock[agent]! < count) own.clock[agent] = count;
    own.version = -1;
    own.calm = this.table.length;
  }

  private publish({ op, object, agent }: TraceEvent, row: number, own: AgentEvents): void {
    switch (op) {
      case Op.fork:
        return this.learnOf(this.of(object), agent, own.ticks, own.clock);
      case Op.complete: {
        const clock = roomFor(joined(this.completed.get(object) ?? makeClock(), own.clock), agent);
        clock[agent] = own.ticks;
        this.completed.set(object, clock);
        this.signals.add(object);
        return;
      }
      case Op.conditionNotify:
        this.signals.add(object);
        return;
      case Op.acquire:
        own.acquires.push(row);
        own.open.push(object, row);
        return;
      case Op.release: {
        const acquire = takeOpen(own.open, object);
        if (acquire !== -1) this.partner.set(acquire, row);
        return;
      }
      default:
    }
  }
}
