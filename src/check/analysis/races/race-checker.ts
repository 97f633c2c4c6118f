import { Mode, Op, Scope } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings } from '../analysis-finding.ts';
import type { TraceChecker } from '../trace-checker.ts';
import type { AgentState, TraceState } from '../trace-state.ts';
import { AgentClocks } from './agent-clocks.ts';
import { ExclusiveAssertions } from './exclusive-assertions.ts';
import { accessOf, fill, racingOperations, verbOf } from './event-access.ts';
import { LastAccesses, type Access } from './last-accesses.ts';
import { PlainWords } from './plain-words.ts';
import { RaceReports, type Side } from './race-reports.ts';
import { copied, type VectorClock } from './vector-clock.ts';
import { Cell, fitted, overlapping } from './word-cells.ts';

/** How often the short ways of FastTrack (section 3) were taken. */
export interface AccessCounts {
  reads: number;
  writes: number;
  sameEpochReads: number;
  sameEpochWrites: number;
}

/**
 * Numbers that copies of clocks, and snapshots, may take before unneeded ones are forgotten: less
 * than a power of two, so that no array is doubled for the last of them.
 */
const copiesMin = (1 << 20) - (1 << 12);

/**
 * Data races by happens-before with epochs (Flanagan and Freund, FastTrack, PLDI 2009), and with
 * the edge from a write to its reads (Mathur, Kini and Viswanathan, SHB, OOPSLA 2018), so that
 * every pair that is reported can be scheduled. The latter edge matters only behind a race; where
 * there is none it costs nothing.
 *
 * Marked accesses are sequentially consistent, as JavaScript's Atomics: a marked read knows what
 * the marked write knew that it reads from. Two marked accesses never race. An access to no bytes
 * is none.
 */
export class RaceChecker implements TraceChecker {
  readonly counts: AccessCounts = { reads: 0, writes: 0, sameEpochReads: 0, sameEpochWrites: 0 };
  private readonly state: TraceState;
  private readonly clocks = new AgentClocks();
  /** The access that is looked at. */
  private readonly present: Access = { agent: 0, tick: 0, line: 0, place: 0, in: '', held: [] };
  private readonly plain: PlainWords;
  /** Whether `plain` is used, which changes no finding. */
  private readonly hasPlain: boolean;
  /** By word: its first cell; undefined: it is in `plain`, or was not accessed. */
  private readonly words: (Cell | undefined)[] = [];
  /** When copies of clocks that nobody needs are forgotten. */
  private copiesMax: number;
  private readonly copiesMin: number;
  /** The cell of an access that has one, as nearly all have. */
  private readonly only: Cell[] = [];
  private readonly assertions = new ExclusiveAssertions();
  private readonly reports: RaceReports;

  /** @param copies - numbers that copies of clocks, and snapshots, may take before some go */
  constructor(
    state: TraceState,
    findings: AnalysisFindings,
    copies: number = copiesMin,
    hasPlain = true,
  ) {
    this.hasPlain = hasPlain;
    this.copiesMin = copies;
    this.copiesMax = copies;
    this.plain = new PlainWords(copies);
    this.state = state;
    this.reports = new RaceReports(state, findings);
  }

  operations(): readonly number[] {
    return racingOperations;
  }

  before(event: TraceEvent, agent: AgentState): void {
    switch (event.op) {
      case Op.read:
      case Op.write:
      case Op.readModifyWrite:
      case Op.waitOn:
        return this.access(event, agent);
      case Op.acquire:
        if (!this.orders(event.object)) return;
        return this.clocks.acquire(event.agent, event.object, event.mode !== Mode.write);
      case Op.release:
        return this.release(event, agent);
      case Op.downgrade:
        this.clocks.tick(event.agent);
        if (this.orders(event.object)) this.clocks.release(event.agent, event.object, false);
        return;
      case Op.fork:
        this.clocks.tick(event.agent);
        return this.clocks.fork(event.agent, event.object);
      case Op.join:
        return this.clocks.join(event.agent, event.object);
      case Op.complete:
        this.clocks.tick(event.agent);
        return this.clocks.complete(event.agent, event.object);
      case Op.await:
        return this.clocks.acquire(event.agent, event.object, false);
      case Op.assertExclusiveWriter:
      case Op.assertExclusiveAccess:
        return this.assert(event, agent);
      case Op.retire:
        return this.retire(event, agent);
      case Op.revive:
        this.words[event.object] = undefined;
        return this.plain.revive(event.object);
      default:
    }
  }

  private orders(lock: number): boolean {
    return this.state.names.options.exclusive && this.state.classes.excludes(lock);
  }

  private release(event: TraceEvent, agent: AgentState): void {
    const entry = agent.held[agent.indexOf(event.object)];
    if (entry === undefined || !this.orders(event.object)) return;
    const shared = entry.mode !== Mode.write;
    // A writer does not wait for the readers of a sequence lock.
    if (shared && entry.class.kind === 'seqlock') return;
    this.clocks.tick(event.agent);
    if (this.clocks.copiesSize > this.copiesMax) this.forgetCopies();
    this.clocks.release(event.agent, event.object, shared);
  }

  private access(event: TraceEvent, agent: AgentState): void {
    const { op, object, start, end } = event;
    if (end === start) return;
    const writes = op === Op.write || op === Op.readModifyWrite;
    const { clocks, plain, counts } = this;
    const tick = clocks.tick(event.agent);
    if (writes) counts.writes++;
    else counts.reads++;
    const marked = event.marked || op === Op.waitOn;
    if (this.hasPlain && !marked && plain.isPlain(object, start, end)) {
      if (writes && clocks.copiesSize > this.copiesMax) this.forgetCopies();
      const clock = clocks.clock(event.agent);
      const isSame = plain.isLast(object, event.agent, clocks.epochs[event.agent]!, writes);
      if (!writes) {
        if (plain.read(event, agent, tick, clock)) {
          if (isSame) counts.sameEpochReads++;
          return;
        }
      } else if (plain.write(event, agent, tick, clock)) {
        plain.knew(object, clocks.copy(event.agent));
        if (isSame) counts.sameEpochWrites++;
        return;
      }
    }
    fill(this.present, event, agent, tick);
    const first = (this.words[object] ??= plain.cellOf(object) ?? new Cell(start, end));
    if (first.next === undefined && first.start === start && first.end === end) {
      this.only[0] = first;
      this.accessCells(this.only, event, marked);
    } else {
      const cells = fitted(first, start, end);
      this.words[object] = cells.first;
      this.accessCells(cells.inside, event, marked);
    }
  }

  /**
   * What the access learns from one cell must not hide what it races with in another, nor an
   * assertion: it is compared with all before it learns from any, but for what a marked read
   * synchronises with, which is before the access.
   */
  private accessCells(cells: readonly Cell[], event: TraceEvent, marked: boolean): void {
    const { present, clocks } = this;
    const { op, object, agent } = event;
    const writes = op === Op.write || op === Op.readModifyWrite;
    const reads = op !== Op.write;
    if (marked && reads) {
      for (const { published } of cells)
        if (published !== undefined) clocks.learn(agent, published);
    }
    for (const cell of cells) {
      if (writes) this.write(cell, present, marked, object);
      else this.read(cell, present, marked, object);
    }
    if (!this.assertions.isEmpty) this.assertNone(event, writes, marked);
    if (reads) for (const cell of cells) this.see(cell, agent);
    if (!writes) return;
    if (clocks.copiesSize > this.copiesMax) this.forgetCopies();
    for (const cell of cells) {
      cell.writer = agent;
      cell.writerTick = present.tick;
      cell.writerKnew = clocks.copy(agent);
      // Who reads what a plain write left synchronises with nobody.
      cell.published = marked ? copied(clocks.clock(agent), cell.published) : undefined;
    }
    if (marked) clocks.published(agent);
  }

  /** Keeps the copies of clocks that a word's last write or a lock's last release is known by. */
  private forgetCopies(): void {
    this.clocks.renumberCopies((renumbered) => {
      this.plain.renumberCopies(renumbered);
      for (const first of this.words) {
        for (let cell = first; cell !== undefined; cell = cell.next) {
          if (cell.writerKnew !== -1) cell.writerKnew = renumbered(cell.writerKnew);
        }
      }
    });
    this.copiesMax = Math.max(this.copiesMin, this.clocks.copiesSize * 2);
  }

  /** Tells of the assertions that an access breaks. */
  private assertNone(event: TraceEvent, writes: boolean, marked: boolean): void {
    const { object, start, end } = event;
    const now = this.present;
    this.assertions.broken(
      { word: object, start, end, agent: event.agent, writes },
      this.clocks.clock(event.agent),
      (assertion) =>
        this.reports.exclusive(object, { access: now, verb: verbOf(writes, marked) }, assertion),
    );
  }

  private read(cell: Cell, now: Access, marked: boolean, word: number): void {
    const { agent } = now;
    const clock = this.clocks.clock(agent);
    const reads = marked ? (cell.markedReads ??= new LastAccesses()) : cell.reads;
    if (reads.agent === agent && reads.tick >= this.clocks.epochs[agent]!) {
      this.counts.sameEpochReads++;
    }
    const verb = verbOf(false, marked);
    this.compare(cell.writes, 'writes', now, verb, word);
    if (!marked) this.compare(cell.markedWrites, 'writes (marked)', now, verb, word);
    reads.add(now, clock);
  }

  /** Learns from the write that is read (SHB). */
  private see({ writer, writerTick, writerKnew }: Cell, agent: number): void {
    const clock = this.clocks.clock(agent);
    if (writer === -1 || writer === agent) return;
    if (writer < clock.length && clock[writer]! >= writerTick) return;
    this.clocks.learnOf(agent, writer, writerTick, writerKnew);
  }

  private write(cell: Cell, now: Access, marked: boolean, word: number): void {
    const { agent } = now;
    const clock = this.clocks.clock(agent);
    const writes = marked ? (cell.markedWrites ??= new LastAccesses()) : cell.writes;
    if (writes.agent === agent && writes.tick >= this.clocks.epochs[agent]!) {
      this.counts.sameEpochWrites++;
    }
    const verb = verbOf(true, marked);
    const racesWrite = this.compare(cell.writes, 'writes', now, verb, word);
    const racesRead = this.compare(cell.reads, 'reads', now, verb, word);
    if (marked) {
      writes.add(now, clock);
    } else {
      const racesMarkedWrite = this.compare(cell.markedWrites, 'writes (marked)', now, verb, word);
      const racesMarkedRead = this.compare(cell.markedReads, 'reads (marked)', now, verb, word);
      if (racesWrite) writes.add(now, clock);
      else writes.replace(now);
      // What is ordered before this write can race only with what this write races with.
      if (!racesRead) cell.reads.clear();
      if (!racesMarkedRead) cell.markedReads?.clear();
      if (!racesMarkedWrite) cell.markedWrites?.clear();
    }
  }

  private compare(
    last: LastAccesses | undefined,
    lastVerb: string,
    now: Access,
    verb: string,
    word: number,
  ): boolean {
    if (last === undefined) return false;
    const clock = this.clocks.clock(now.agent);
    if (last.allKnown(now.agent, clock)) return false;
    return last.unordered(now.agent, clock, (access) =>
      this.reports.race(word, { access, verb: lastVerb }, { access: now, verb }),
    );
  }

  private assert(event: TraceEvent, agent: AgentState): void {
    if (event.end === event.start) return;
    const { object, start, end, scope } = event;
    const againstReads = event.op === Op.assertExclusiveAccess;
    const tick = this.clocks.tick(event.agent);
    if (scope === Scope.end) {
      this.assertions.close(object, event.agent, againstReads, tick);
      return;
    }
    const access = accessOf(event, agent, tick);
    const clock = this.clocks.clock(event.agent);
    const until = scope === Scope.begin ? Infinity : tick;
    const assertion = { access, word: object, start, end, againstReads, until };
    const side = (other: Access, verb: string): void =>
      this.reports.exclusive(object, { access: other, verb }, assertion);
    for (const cell of this.cells(object, start, end)) {
      for (const [last, verb] of this.pastOf(cell, againstReads)) {
        last.unordered(event.agent, clock, (other) => side(other, verb));
      }
    }
    // An assertion against reads is broken by another assertion, too, as in KCSAN.
    this.assertions.broken(
      { word: object, start, end, agent: event.agent, writes: againstReads },
      clock,
      (other) =>
        this.reports.exclusive(object, { access, verb: 'asserts exclusive access to' }, other),
    );
    this.assertions.add(assertion);
  }

  private cells(word: number, start: number, end: number): Cell[] {
    return overlapping((this.words[word] ??= this.plain.cellOf(word)), start, end);
  }

  private pastOf(cell: Cell, withReads: boolean): [LastAccesses, string][] {
    const sorts: [LastAccesses | undefined, string][] = [
      [cell.writes, 'writes'],
      [cell.markedWrites, 'writes (marked)'],
      [withReads ? cell.reads : undefined, 'reads'],
      [withReads ? cell.markedReads : undefined, 'reads (marked)'],
    ];
    return sorts.filter((sort): sort is [LastAccesses, string] => sort[0] !== undefined);
  }

  /** Who removes a word that another agent may touch at the same time can come first. */
  private retire(event: TraceEvent, agent: AgentState): void {
    const tick = this.clocks.tick(event.agent);
    const now: Side = { access: accessOf(event, agent, tick), verb: 'removes' };
    const clock: VectorClock = this.clocks.clock(event.agent);
    for (const cell of this.cells(event.object, 0, Infinity)) {
      for (const [last, verb] of this.pastOf(cell, true)) {
        last.unordered(event.agent, clock, (access) =>
          this.reports.removal(event.object, { access, verb }, now),
        );
      }
    }
  }
}
