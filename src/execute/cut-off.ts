import { Kind } from '../program/kinds.ts';
import type { CheckSet } from '../check/check-set.ts';
import type { Finding, Party } from '../check/finding.ts';
import { livelockFinding, spinFinding, type Rounder } from '../check/livelock.ts';
import { starvationFinding, type Starved } from '../check/starvation.ts';
import { Access, accessOf, Failure, failureOf } from '../program/operation-table.ts';
import { isLock } from './program.ts';
import type { Subject } from '../trace/subject.ts';
import { FairTurns, type Round } from './fair-turns.ts';
import type { Machine } from './machine.ts';
import type { ScheduleRecord } from './schedule-record.ts';
import { firstOf } from './strategy.ts';

/** Steps for which an execution goes on fairly before it is judged. */
const stepsMax = 10_000;
/** Steps of a spin's turn at the most, and turns that must be seen. */
const turnMax = 64;
const turnsMin = 2;

/** Operations of a spin: they look, or may fail and then change nothing. */
const spins = accessOf.map((access, kind) =>
  access === Access.read || failureOf[kind] !== Failure.never ? 1 : 0,
);

/** The end of an execution in which one agent alone did the same again and again. */
interface Tail {
  readonly agent: number;
  /** The step at which it begins, the steps of a turn, and the step that would be next. */
  readonly begin: number;
  readonly turn: number;
  readonly end: number;
}

/**
 * Judges an execution that was cut off at the bound on steps: it goes on fairly for a while
 * (`FairTurns`). If it then goes round for ever and nobody in the round gets anywhere, that is a
 * livelock; if some get on, and others never get what those take again and again, starvation. If it
 * does not, and one agent had spun alone without a pause until others got a turn,
 * that agent starves the others. Anything else was merely long.
 */
export class CutOff {
  readonly turns: FairTurns;
  private readonly subject: Subject;
  private readonly machine: Machine;
  private readonly record: ScheduleRecord;
  private tail: Tail | undefined;

  constructor(subject: Subject, machine: Machine, record: ScheduleRecord) {
    this.subject = subject;
    this.machine = machine;
    this.record = record;
    this.turns = new FairTurns(machine, record);
  }

  /**
   * The execution was cut off, and goes on.
   *
   * @param bound - steps after which it was
   * @param again - it shows a finding that was judged before: a few turns will do
   */
  begin(bound: number, again: boolean): void {
    this.tail = this.tailOf(again ? 0 : bound / 2);
    this.turns.start({ steps: stepsMax, repeated: again ? 0 : stepsMax / 2 });
  }

  /** What is wrong, once the checkers have seen all events. */
  finding(checks: CheckSet): Finding | undefined {
    const { round } = this.turns;
    if (round !== undefined) {
      const busy = this.gettingOn(round);
      return busy === 0 ? this.livelock(round, checks) : this.starvation(round, busy, checks);
    }
    if (this.tail === undefined || !this.wasLet(this.tail)) return undefined;
    const { agent, begin, turn } = this.tail;
    const objects = new Set<number>();
    for (let step = begin; step < begin + turn; step++) objects.add(this.record.objectAt(step));
    const end = begin + turn * turnsMin;
    const rounder = this.rounder(agent, objects, false, { begin, end, checks });
    return spinFinding(this.subject, { rounder, event: checks.eventOfStep(end - 1) });
  }

  /**
   * Agents that get on in the round: they say so, or neither look at anything nor give way, but do
   * some work, and may come to their end.
   */
  private gettingOn({ movers, pausing, looks, progressed }: Round): number {
    let busy = progressed & movers;
    for (let left = movers & ~pausing; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (!looks.has(agent)) busy |= 1 << agent;
    }
    return busy;
  }

  /** Who never gets what those who get on take in the round. */
  private starvation(round: Round, busy: number, checks: CheckSet): Finding | undefined {
    const { machine, subject } = this;
    const { begin, steps, movers, changes, refused } = round;
    const at = { begin, end: begin + steps, checks };
    const starved: Starved[] = [];
    for (let left = machine.alive & ~busy; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const moves = (movers & (1 << agent)) !== 0;
      const object = moves ? refused.get(agent) : this.lockWaitedFor(agent);
      if (object === undefined || ((changes.get(object) ?? 0) & busy) === 0) continue;
      const event = moves ? this.rounder(agent, new Set([object]), true, at).event : -1;
      starved.push({ agent, object, event, held: checks.held.list(agent) });
    }
    if (starved.length === 0) return undefined;
    const others: number[] = [];
    for (let left = busy; left !== 0; left &= left - 1) others.push(firstOf(left));
    const event = checks.eventOfStep(at.end - 1);
    return starvationFinding(subject, { starved, others, steps, event });
  }

  /** The lock that an agent that did not move waits for. */
  private lockWaitedFor(agent: number): number | undefined {
    const object = this.machine.pendingObject[agent]!;
    return isLock(this.subject.types[object]!) ? object : undefined;
  }

  private livelock(round: Round, checks: CheckSet): Finding | undefined {
    const { machine } = this;
    const { begin, steps, movers, pausing, looks } = round;
    const end = begin + steps;
    const rounders: Rounder[] = [];
    for (let left = movers; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const pauses = (pausing & (1 << agent)) !== 0;
      const objects = looks.get(agent) ?? new Set();
      rounders.push(this.rounder(agent, objects, pauses, { begin, end, checks }));
    }
    const waiting: Party[] = [];
    for (let left = machine.alive & ~movers; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (machine.pendingKind[agent] === Kind.begin) continue;
      const object = machine.pendingObject[agent]!;
      const held = checks.held.list(agent);
      waiting.push({ agent, event: -1, action: 'waits for', object, mode: -1, held });
    }
    const event = checks.eventOfStep(end - 1);
    return livelockFinding(this.subject, { rounders, waiting, steps, event });
  }

  /** The agent, with the objects by name and the event of its last look. */
  private rounder(
    agent: number,
    looks: ReadonlySet<number>,
    pauses: boolean,
    at: { begin: number; end: number; checks: CheckSet },
  ): Rounder {
    const { subject, record } = this;
    let last = at.begin;
    for (let step = at.begin; step < at.end; step++) {
      if (record.agents[step] !== agent) continue;
      if (looks.size === 0 || looks.has(record.objectAt(step))) last = step;
    }
    const objects = [...looks].sort((a, b) => (subject.name(a) < subject.name(b) ? -1 : 1));
    return { agent, objects, pauses, event: at.checks.eventOfStep(last) };
  }

  /** The spin that the execution ends with, if others could have gone on and it is long enough. */
  private tailOf(stepsMin: number): Tail | undefined {
    const { record, machine } = this;
    const end = record.length;
    const agent = record.agents[end - 1]!;
    if (end === 0 || (machine.enabled & (1 << agent)) === 0) return undefined;
    if ((machine.enabled & ~(1 << agent)) === 0) return undefined;
    let alone = end;
    while (alone > 0 && record.agents[alone - 1] === agent && spins[record.kindAt(alone - 1)]) {
      alone--;
    }
    for (let turn = 1; turn <= turnMax; turn++) {
      let begin = end - turn;
      while (begin > alone && record.sameStep(begin - 1, begin - 1 + turn)) begin--;
      if (end - begin < Math.max(turn * turnsMin, stepsMin)) continue;
      return { agent, begin, turn, end };
    }
    return undefined;
  }

  /**
   * Whether the agent left its loop when it was let: after somebody else had changed something
   * that it looks at.
   */
  private wasLet({ agent, begin, turn, end }: Tail): boolean {
    const { record, machine } = this;
    const looks = new Set<number>();
    for (let step = begin; step < begin + turn; step++) looks.add(record.objectAt(step));
    let changed = false;
    let expected = end;
    for (let step = end; step < record.length; step++) {
      if (record.agents[step] !== agent) {
        if (accessOf[record.kindAt(step)]! >= Access.share) {
          changed ||= looks.has(record.objectAt(step));
        }
        continue;
      }
      const before = begin + ((expected - begin) % turn);
      if (!record.sameStep(before, step)) return changed;
      expected++;
    }
    return changed && (machine.alive & (1 << agent)) === 0;
  }
}
