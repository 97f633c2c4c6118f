import type { Subject } from '../trace/subject.ts';
import {
  Access,
  accessOf,
  failed,
  Failure,
  failureOf,
  operationTable,
  Order,
} from '../program/operation-table.ts';
import type { HeldLocks } from './held-locks.ts';
import type { Finding, Party } from './finding.ts';

const acquiresOf = Int32Array.from(operationTable, (row) => row.acquires);
const releasesOf = Int32Array.from(operationTable, (row) => row.releases);

/**
 * Data races by happens-before over synchronisation alone: FastTrack's epochs (Flanagan, Freund,
 * PLDI 2009), with the orders of the JS memory model. Where we differ: the reads of a word since
 * its last write are a mask of agents and a clock for each of them, so that a vector costs what an
 * epoch costs when there is one reader; and an atomic store replaces what the word published
 * before, as a load synchronises only with the store that it reads from.
 *
 * Two accesses race if at least one writes, at least one is plain, and neither happens before the
 * other.
 *
 * State is stamped with the number of the execution, so that beginning one costs nothing.
 */
export class DataRaces {
  private readonly agents: number;
  /** clocks[a * agents + b]: how far agent a has seen agent b. */
  private readonly clocks: Int32Array;
  private readonly writersClock: Int32Array;
  private readonly readersClock: Int32Array;
  private readonly writersStamp: Int32Array;
  private readonly readersStamp: Int32Array;

  private readonly stamp: Int32Array;
  /** The last plain write: whose (agent + 1; 0 none), and its clock and event. */
  private readonly writeAgent: Int32Array;
  private readonly writeClock: Int32Array;
  private readonly writeEvent: Int32Array;
  /**
   * Plain reads since then, atomic writes and atomic reads: masks of agents, and clock and event by
   * agent.
   */
  private readonly reads: Accesses;
  private readonly stores: Accesses;
  private readonly loads: Accesses;
  private run = 0;

  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    const agents = subject.agentCount;
    const words = subject.wordCount;
    this.agents = agents;
    this.clocks = new Int32Array(agents * agents);
    this.writersClock = new Int32Array(words * agents);
    this.readersClock = new Int32Array(words * agents);
    this.writersStamp = new Int32Array(words);
    this.readersStamp = new Int32Array(words);
    this.stamp = new Int32Array(words);
    this.writeAgent = new Int32Array(words);
    this.writeClock = new Int32Array(words);
    this.writeEvent = new Int32Array(words);
    this.reads = accesses(words, agents);
    this.stores = accesses(words, agents);
    this.loads = accesses(words, agents);
  }

  begin(): void {
    this.run = (this.run + 1) | 0;
    const { agents, clocks } = this;
    clocks.fill(0);
    for (let at = 0; at < clocks.length; at += agents + 1) clocks[at] = 1;
  }

  read(agent: number, object: number, event: number): void {
    if (this.stamp[object] !== this.run) this.fresh(object);
    const at = object * this.agents + agent;
    const clock = this.clocks[agent * this.agents + agent]!;
    const mask = this.reads.mask;
    const bit = 1 << agent;
    // Same epoch: this agent has read the word since its last write, and nobody could have been
    // ordered in between.
    if ((mask[object]! & bit) !== 0 && this.reads.clock[at] === clock) return;
    const writer = this.writeAgent[object]!;
    if (writer !== 0 && this.unseen(agent, writer - 1, this.writeClock[object]!)) {
      this.race(agent, object, event, 'reads', writer - 1, this.writeEvent[object]!, 'writes');
    }
    const atomic = this.stores.mask[object]! & ~bit;
    if (atomic !== 0)
      this.against(atomic, this.stores, agent, object, event, 'reads', 'writes atomically');
    mask[object] = mask[object]! | bit;
    this.reads.clock[at] = clock;
    this.reads.event[at] = event;
  }

  write(agent: number, object: number, event: number, verb = 'writes'): void {
    if (this.stamp[object] !== this.run) this.fresh(object);
    const bit = 1 << agent;
    const writer = this.writeAgent[object]!;
    if (writer !== 0 && this.unseen(agent, writer - 1, this.writeClock[object]!)) {
      this.race(agent, object, event, verb, writer - 1, this.writeEvent[object]!, 'writes');
    }
    const reads = this.reads.mask;
    const readers = reads[object]! & ~bit;
    if (readers !== 0) this.against(readers, this.reads, agent, object, event, verb, 'reads');
    const stores = this.stores.mask[object]! & ~bit;
    if (stores !== 0)
      this.against(stores, this.stores, agent, object, event, verb, 'writes atomically');
    const loads = this.loads.mask[object]! & ~bit;
    if (loads !== 0)
      this.against(loads, this.loads, agent, object, event, verb, 'reads atomically');
    reads[object] = 0;
    this.writeAgent[object] = agent + 1;
    this.writeClock[object] = this.clocks[agent * this.agents + agent]!;
    this.writeEvent[object] = event;
  }

  /** An atomic access to a word: checked against plain ones, then ordering as its kind says. */
  atomic(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
    event: number,
  ): void {
    if (this.stamp[object] !== this.run) this.fresh(object);
    // It synchronises with the store that it reads from, so what precedes that store races no more.
    this.acquire(agent, object, acquiresOf[kind]!);
    const writes = accessOf[kind] === Access.write && !failed(kind, result, argument);
    const bit = 1 << agent;
    const verb = writes ? 'writes atomically' : 'reads atomically';
    const writer = this.writeAgent[object]!;
    if (writer !== 0 && this.unseen(agent, writer - 1, this.writeClock[object]!)) {
      this.race(agent, object, event, verb, writer - 1, this.writeEvent[object]!, 'writes');
    }
    if (writes) {
      const readers = this.reads.mask[object]! & ~bit;
      if (readers !== 0) this.against(readers, this.reads, agent, object, event, verb, 'reads');
    }
    const same = writes ? this.stores : this.loads;
    const at = object * this.agents + agent;
    same.mask[object] = same.mask[object]! | bit;
    same.clock[at] = this.clocks[agent * this.agents + agent]!;
    same.event[at] = event;
    if (writes || failureOf[kind] === Failure.never) this.release(agent, object, releasesOf[kind]!);
  }

  /**
   * A successful operation on a lock, completion or reference: passes order on as its kind says.
   */
  synchronise(kind: number, agent: number, object: number): void {
    this.acquire(agent, object, acquiresOf[kind]!);
    this.release(agent, object, releasesOf[kind]!);
  }

  private acquire(agent: number, object: number, order: number): void {
    if (order === Order.none) return;
    const agents = this.agents;
    const from = object * agents;
    const to = agent * agents;
    const clocks = this.clocks;
    if (order !== Order.readers && this.writersStamp[object] === this.run) {
      join(clocks, to, this.writersClock, from, agents);
    }
    if (order !== Order.writers && this.readersStamp[object] === this.run) {
      join(clocks, to, this.readersClock, from, agents);
    }
  }

  private release(agent: number, object: number, order: number): void {
    if (order === Order.none) return;
    const agents = this.agents;
    const own = agent * agents;
    const at = object * agents;
    const readers = order === Order.readers;
    const stamps = readers ? this.readersStamp : this.writersStamp;
    const target = readers ? this.readersClock : this.writersClock;
    if (order === Order.writers || stamps[object] !== this.run) {
      for (let i = 0; i < agents; i++) target[at + i] = this.clocks[own + i]!;
      stamps[object] = this.run;
    } else {
      join(target, at, this.clocks, own, agents);
    }
    this.clocks[own + agent] = this.clocks[own + agent]! + 1;
  }

  private unseen(agent: number, other: number, clock: number): boolean {
    return other !== agent && clock > this.clocks[agent * this.agents + other]!;
  }

  private fresh(object: number): void {
    this.stamp[object] = this.run;
    this.writeAgent[object] = 0;
    this.reads.mask[object] = 0;
    this.stores.mask[object] = 0;
    this.loads.mask[object] = 0;
  }

  private against(
    mask: number,
    others: Accesses,
    agent: number,
    object: number,
    event: number,
    verb: string,
    otherVerb: string,
  ): void {
    for (let left = mask; left !== 0; left &= left - 1) {
      const other = 31 - Math.clz32(left & -left);
      const at = object * this.agents + other;
      if (this.unseen(agent, other, others.clock[at]!)) {
        this.race(agent, object, event, verb, other, others.event[at]!, otherVerb);
      }
    }
  }

  private race(
    agent: number,
    object: number,
    event: number,
    verb: string,
    other: number,
    otherEvent: number,
    otherVerb: string,
  ): void {
    const subject = this.subject;
    const sides = [
      `${subject.agentNames[agent]} ${verb}`,
      `${subject.agentNames[other]} ${otherVerb}`,
    ].sort();
    const party = (who: number, at: number, action: string, held: Party['held']): Party => {
      return { agent: who, event: at, action, object, mode: -1, held };
    };
    this.report({
      kind: 'data-race',
      level: 'happened',
      title: `data race on ${subject.name(object)}: nothing orders the two accesses`,
      key: `data-race ${subject.name(object)} ${sides.join(' / ')}`,
      event,
      parties: [
        party(other, otherEvent, otherVerb, []),
        party(agent, event, verb, this.held.list(agent)),
      ],
    });
  }
}

/** Accesses of one sort: for each word a mask of agents, and clock and event by word and agent. */
interface Accesses {
  readonly mask: Int32Array;
  readonly clock: Int32Array;
  readonly event: Int32Array;
}

function accesses(words: number, agents: number): Accesses {
  return {
    mask: new Int32Array(words),
    clock: new Int32Array(words * agents),
    event: new Int32Array(words * agents),
  };
}

function join(to: Int32Array, at: number, from: Int32Array, fromAt: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const clock = from[fromAt + i]!;
    if (clock > to[at + i]!) to[at + i] = clock;
  }
}
