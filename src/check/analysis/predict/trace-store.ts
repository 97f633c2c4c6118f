import { Mode, Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import { Names } from '../../../trace/format/trace-names.ts';
import { joined, makeClock, roomFor, type VectorClock } from '../races/vector-clock.ts';
import type { AgentState, HeldEntry } from '../trace-state.ts';
import { HeldSets } from './held-sets.ts';
import { Column, EventTable } from './event-table.ts';
import { IntList } from './int-list.ts';

/** Numbers that are kept of an event. */
const width = 14;

/** An agent's events, by their number in the agent. */
interface AgentEvents {
  /** Numbers in the store. */
  readonly events: IntList;
  /** Positions, in this agent, of what it acquires. */
  readonly acquires: IntList;
  /** What must come before it: for every agent, how many of its events. */
  clock: VectorClock;
  /** The same before its first event. */
  start: VectorClock;
  /** Number of the copy of the clock; -1: it has changed since. */
  version: number;
  /** What it held last, and the number of that. */
  heldEntries: readonly HeldEntry[] | undefined;
  heldSet: number;
  /** What it has not given back yet: the acquire of each lock. */
  readonly open: Map<number, number>;
}

/**
 * The events of a trace as predictions need them. A *must* order is kept with each: what comes
 * before it in every correct reordering, whatever the locks do (program order, the write that a
 * read saw, fork and join, completions).
 */
export class TraceStore {
  private readonly table = new EventTable(width);
  readonly op: Column = new Column(this.table, 0);
  readonly agent: Column = new Column(this.table, 1);
  readonly object: Column = new Column(this.table, 2);
  readonly mode: Column = new Column(this.table, 3);
  readonly line: Column = new Column(this.table, 4);
  readonly place: Column = new Column(this.table, 5);
  readonly start: Column = new Column(this.table, 6);
  readonly end: Column = new Column(this.table, 7);
  /** Whether it is a marked access: 1, else 0. */
  readonly marked: Column = new Column(this.table, 8);
  /** The function it happened in; see `functionOf`. */
  private readonly inside = new Column(this.table, 9);
  /** Its position in its agent. */
  readonly local: Column = new Column(this.table, 10);
  /** What its agent held before it. */
  readonly held: Column = new Column(this.table, 11);
  /** Of an acquire: its release; -1 if there is none. */
  readonly partner: Column = new Column(this.table, 12);
  private readonly version = new Column(this.table, 13);
  readonly heldSets: HeldSets = new HeldSets();
  readonly agents: AgentEvents[] = [];
  private readonly functions = new Names();
  private readonly versions: VectorClock[] = [];
  /** By word: the last write; -1 or undefined: none. */
  private readonly lastWrite: number[] = [];
  private readonly completed = new Map<number, VectorClock>();

  get length(): number {
    return this.table.length;
  }

  constructor() {
    this.functions.number('');
  }

  /** Takes an event over; its number. */
  add(event: TraceEvent, state: AgentState): number {
    const own = this.of(event.agent);
    this.learn(event, own);
    const { table } = this;
    const at = table.grow();
    const { numbers } = table;
    const index = table.length - 1;
    const local = own.events.push(index);
    if (own.version === -1) own.version = this.versions.push(own.clock.slice()) - 1;
    const atomic = event.marked || event.op === Op.waitOn || event.op === Op.readModifyWrite;
    numbers[at] = event.op;
    numbers[at + 1] = event.agent;
    numbers[at + 2] = event.object;
    numbers[at + 3] = event.tried ? event.mode + 4 : event.mode;
    numbers[at + 4] = event.line;
    numbers[at + 5] = event.place;
    numbers[at + 6] = event.start;
    numbers[at + 7] = event.end;
    numbers[at + 8] = atomic ? 1 : 0;
    const { calls } = state;
    numbers[at + 9] = calls.length === 0 ? 0 : this.functions.number(calls.at(-1)!);
    numbers[at + 10] = local;
    numbers[at + 11] = this.heldSet(state, own);
    numbers[at + 12] = -1;
    numbers[at + 13] = own.version;
    this.publish(event, index, local, own);
    return index;
  }

  /** The function an event happened in; empty if unknown. */
  functionOf(index: number): string {
    return this.functions.texts[this.inside.at(index)]!;
  }

  private heldSet(state: AgentState, own: AgentEvents): number {
    const held = state.heldCopy();
    if (own.heldEntries !== held) {
      own.heldEntries = held;
      own.heldSet = this.heldSets.of(held);
    }
    return own.heldSet;
  }

  of(agent: number): AgentEvents {
    while (this.agents.length <= agent) {
      this.agents.push({
        events: new IntList(),
        acquires: new IntList(),
        clock: makeClock(),
        start: makeClock(),
        version: -1,
        heldEntries: undefined,
        heldSet: 0,
        open: new Map(),
      });
    }
    return this.agents[agent]!;
  }

  /** Whether an acquire was a try. */
  tried(index: number): boolean {
    return this.mode.at(index) >= 4;
  }

  lockMode(index: number): number {
    return this.mode.at(index) & 3;
  }

  /** What must come before an event, without the agent itself. */
  must(index: number): VectorClock {
    return this.versions[this.version.at(index)]!;
  }

  /** What must come before an event may be next: all but what the event itself asks for. */
  mustBefore(index: number): VectorClock {
    const own = this.agents[this.agent.at(index)]!;
    const local = this.local.at(index);
    return local === 0 ? own.start : this.must(own.events.at(local - 1));
  }

  isWrite(index: number): boolean {
    const op = this.op.at(index);
    return op === Op.write || op === Op.readModifyWrite;
  }

  private learn(event: TraceEvent, own: AgentEvents): void {
    const { op, object } = event;
    if (op === Op.read || op === Op.readModifyWrite || op === Op.waitOn) {
      const write = this.lastWrite[object];
      if (write === undefined || this.agent.at(write) === event.agent) return;
      this.learnOf(own, this.agent.at(write), this.local.at(write) + 1, this.must(write));
    } else if (op === Op.join) {
      const other = this.of(object);
      this.learnOf(own, object, other.events.length, other.clock);
    } else if (op === Op.await) {
      const clock = this.completed.get(object);
      if (clock !== undefined) this.learnOf(own, 0, 0, clock);
    }
  }

  private learnOf(own: AgentEvents, agent: number, count: number, clock: VectorClock): void {
    const known = own.clock;
    if (agent < known.length && known[agent]! >= count && count > 0) return;
    own.clock = roomFor(joined(known, clock), agent);
    if (own.clock[agent]! < count) own.clock[agent] = count;
    own.version = -1;
  }

  private publish(event: TraceEvent, index: number, local: number, own: AgentEvents): void {
    const { op, object, agent } = event;
    switch (op) {
      case Op.write:
      case Op.readModifyWrite:
        this.lastWrite[object] = index;
        return;
      case Op.fork: {
        const child = this.of(object);
        this.learnOf(child, agent, local + 1, own.clock);
        if (child.events.length === 0) child.start = child.clock.slice();
        return;
      }
      case Op.complete: {
        const clock = roomFor(joined(this.completed.get(object) ?? makeClock(), own.clock), agent);
        clock[agent] = local + 1;
        this.completed.set(object, clock);
        return;
      }
      case Op.acquire:
        own.acquires.push(local);
        own.open.set(object, index);
        return;
      case Op.release: {
        const acquire = own.open.get(object);
        if (acquire !== undefined) this.partner.set(acquire, index);
        own.open.delete(object);
        return;
      }
      default:
    }
  }
}

/** Operations that predictions look at. */
export const predictedOperations: Uint8Array = new Uint8Array(64);
for (const op of [
  Op.acquire,
  Op.release,
  Op.read,
  Op.write,
  Op.readModifyWrite,
  Op.waitOn,
  Op.fork,
  Op.join,
  Op.complete,
  Op.await,
  Op.conditionWait,
  Op.conditionNotify,
]) {
  predictedOperations[op] = 1;
}

/** Whether two acquisitions of a lock keep each other out. */
export function conflicting(one: number, other: number): boolean {
  return one === Mode.write || other === Mode.write;
}
