import {
  Access,
  accessOf,
  failed,
  Failure,
  failureOf,
  visibleOf,
} from '../program/operation-table.ts';
import { agentCountMax } from '../program/layout.ts';
import { Kind } from '../program/kinds.ts';
import type { EventSink } from '../trace/event.ts';
import type { Machine } from './machine.ts';
import type { ScheduleRecord } from './schedule-record.ts';
import { firstOf, type Strategy } from './strategy.ts';

/** How long to go on, and how much must be seen. */
export interface FairTurnsOptions {
  /** Steps at the most. */
  readonly steps: number;
  /** Steps of a round, repeated again and again, after which it counts as endless. */
  readonly repeated: number;
}

/** Times that a round must come again, however long it is. */
const timesMin = 3;
/** Steps for which an agent may be left out, though it can go. */
const patience = 1000;

/** A round that agents go for ever, as far as can be told: part of the execution's steps. */
export interface Round {
  /** The step with which it begins for the first time, and how many there are in it. */
  readonly begin: number;
  readonly steps: number;
  /** Agents that move in it, as a mask. */
  readonly movers: number;
  /** Agents that pause, sleep or retry in it. */
  readonly pausing: number;
  /** The objects that each agent looks at in it, or fails to take. */
  readonly looks: ReadonlyMap<number, ReadonlySet<number>>;
  /** Agents that mark progress in it (`progress`). */
  readonly progressed: number;
  /** For each object that is changed in it: by which agents, as a mask. */
  readonly changes: ReadonlyMap<number, number>;
  /** The object that each agent fails to take, where it takes it at no time in the round. */
  readonly refused: ReadonlyMap<number, number>;
}

/**
 * Goes on fairly where an execution was cut off, and looks for a round: of those that can go, the
 * agent whose last step is the longest ago goes next, so that nobody who can go again and again is
 * passed over (what Musuvathi and Qadeer, "Fair Stateless Model Checking", PLDI 2008, section 3,
 * reach by priorities that yields give). One exception is as fair, within a bound, and less kind:
 * who has been turned away by a try is let try again when that fails again, if the others come to
 * such a moment, and the last reader of a lock does not leave for a writer who waits, if another
 * reader can come first. The round is found by Brent's algorithm (BIT 20, 1980):
 * the words, the operations that all agents are at and the turns are as they were, and so they are
 * again and again, with the same answers to the same operations in between. What agents remember
 * cannot be seen: one that only counts looks as if it went round, until it is through.
 */
export class FairTurns implements Strategy, EventSink {
  readonly name = 'fair-turns';
  readonly everyStep = true;
  readonly repeats = false;
  readonly options = {};
  /** What was found; undefined: nothing. */
  round: Round | undefined;
  private readonly machine: Machine;
  private readonly record: ScheduleRecord;
  private readonly last = new Int32Array(agentCountMax + 1);
  private readonly memory: Int32Array;
  private readonly pending = new Int32Array((agentCountMax + 1) * 4);
  private readonly turnedAway = new Int32Array(agentCountMax + 1);
  private readonly scratch: Int32Array;
  private alive = 0;
  private enabled = 0;
  private order = '';
  private bounds: FairTurnsOptions = { steps: 0, repeated: 0 };
  /** The step before which the execution was as it is kept here. */
  private kept = 0;
  /** Steps from there after which something later is kept instead. */
  private power = 1;
  private begun = 0;
  /** Steps of the round that may be; 0: none. */
  private period = 0;
  private times = 0;
  /** A number for what has happened since the round began, and for the whole round. */
  private hash = 0;
  private hashOfRound = 0;
  private pausing = 0;
  private looks = new Map<number, Set<number>>();
  private changes = new Map<number, number>();
  /** The objects that each agent took by try in the round. */
  private taken = new Map<number, Set<number>>();

  constructor(machine: Machine, record: ScheduleRecord) {
    this.machine = machine;
    this.record = record;
    this.memory = new Int32Array(machine.memory.length);
    this.scratch = new Int32Array(machine.memory.length);
  }

  /** The execution was cut off here. */
  start(bounds: FairTurnsOptions): void {
    this.bounds = bounds;
    this.round = undefined;
    this.last.fill(-1);
    const { agents, length } = this.record;
    for (let step = 0; step < length; step++) this.last[agents[step]!] = step;
    this.begun = length;
    this.power = 1;
    this.keep();
  }

  begin(): boolean {
    return true;
  }

  choose(enabled: number): number {
    const now = this.record.length;
    if (now - this.begun >= this.bounds.steps) return -1;
    if (this.period > 0) {
      if (now - this.kept === this.period) {
        if (this.sameAsKept() && this.hash === this.hashOfRound) this.comesAgain(now);
        else this.keep();
        if (this.round !== undefined) return -1;
      }
    } else if (now > this.kept && this.sameAsKept()) {
      this.period = now - this.kept;
      this.hashOfRound = this.hash;
      this.next(now);
    } else if (now - this.kept >= this.power) {
      this.power *= 2;
      this.keep();
    }
    const agent = this.longestAgo(this.unlucky(enabled, now));
    this.last[agent] = now;
    return agent;
  }

  end(): void {
    // There is nothing to learn.
  }

  event(kind: number, agent: number, object: number, argument: number, result: number): void {
    if (visibleOf[kind] === 0) return;
    this.hash = Math.imul(this.hash ^ (object * 64 + kind), 0x2545f491) + agent;
    this.hash = Math.imul(this.hash ^ (this.hash >>> 15) ^ argument, 0x68e31da5) + result;
    if (kind === Kind.pause || kind === Kind.sleep || kind === Kind.retry) {
      this.pausing |= 1 << agent;
    } else if (accessOf[kind] === Access.read || failed(kind, result, argument)) {
      add(this.looks, agent, object);
    } else if (accessOf[kind] !== Access.watch) {
      this.changes.set(object, (this.changes.get(object) ?? 0) | (1 << agent));
      if (failureOf[kind] !== Failure.never) add(this.taken, agent, object);
    }
  }

  /**
   * Those who can go, without those who would end the bad luck of somebody: by a try that, after
   * one that failed, would succeed now, or by letting in who waits for a lock. Nobody is left out
   * for long.
   */
  private unlucky(enabled: number, now: number): number {
    let left = enabled;
    for (let agents = enabled; agents !== 0; agents &= agents - 1) {
      const agent = firstOf(agents);
      if (now - this.last[agent]! >= patience) continue;
      const { machine, scratch } = this;
      const kind = machine.pendingKind[agent]!;
      const object = machine.pendingObject[agent]!;
      const tries = failureOf[kind] !== Failure.never && machine.turnedAway[agent] === object;
      const ends = tries
        ? machine.wouldSucceed(agent, scratch)
        : kind === Kind.readRelease && machine.wouldLetIn(agent, scratch);
      if (ends) left &= ~(1 << agent);
    }
    return left === 0 ? enabled : left;
  }

  private comesAgain(now: number): void {
    this.times++;
    const { period, times, bounds, pausing, looks } = this;
    if (times >= timesMin && times * period >= bounds.repeated) {
      const begin = this.earliest(now - period, period);
      const movers = this.moversOf(begin, period);
      const { progressed } = this.machine;
      const refused = this.refusedOf(movers);
      const { changes } = this;
      this.round = { begin, steps: period, movers, pausing, looks, progressed, changes, refused };
    } else {
      this.next(now);
    }
  }

  /** Keeps what the execution is like now, to see whether it comes again. */
  private keep(): void {
    const { machine, pending } = this;
    this.memory.set(machine.memory);
    this.alive = machine.alive;
    this.enabled = machine.enabled;
    this.order = this.turns();
    this.turnedAway.set(machine.turnedAway);
    for (let agent = 0; agent <= agentCountMax; agent++) {
      pending[agent * 4] = machine.pendingKind[agent]!;
      pending[agent * 4 + 1] = machine.pendingObject[agent]!;
      pending[agent * 4 + 2] = machine.pendingArgument[agent]!;
      pending[agent * 4 + 3] = machine.pendingArgument2[agent]!;
    }
    this.period = 0;
    this.times = 0;
    this.next(this.record.length);
  }

  private next(now: number): void {
    this.kept = now;
    this.hash = 0;
    this.pausing = 0;
    this.looks = new Map();
    this.changes = new Map();
    this.taken = new Map();
    this.machine.progressed = 0;
  }

  /** What agents have been turned away from, and never let in. */
  private refusedOf(movers: number): Map<number, number> {
    const refused = new Map<number, number>();
    for (let left = movers; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const object = this.machine.turnedAway[agent]!;
      const looksAt = this.looks.get(agent)?.has(object) === true;
      const takes = this.taken.get(agent)?.has(object) === true;
      if (object !== 0 && looksAt && !takes) refused.set(agent, object);
    }
    return refused;
  }

  private sameAsKept(): boolean {
    const { machine, pending } = this;
    if (machine.enabled !== this.enabled || machine.alive !== this.alive) return false;
    for (let left = machine.alive; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (this.turnedAway[agent] !== machine.turnedAway[agent]) return false;
      if (pending[agent * 4] !== machine.pendingKind[agent]) return false;
      if (pending[agent * 4 + 1] !== machine.pendingObject[agent]) return false;
      if (pending[agent * 4 + 2] !== machine.pendingArgument[agent]) return false;
      if (pending[agent * 4 + 3] !== machine.pendingArgument2[agent]) return false;
    }
    if (this.turns() !== this.order) return false;
    for (let word = 0; word < this.memory.length; word++) {
      if (this.memory[word] !== machine.memory[word]) return false;
    }
    return true;
  }

  /** The agents that are left, in the order of their last steps. */
  private turns(): string {
    const agents: number[] = [];
    for (let left = this.machine.alive; left !== 0; left &= left - 1) agents.push(firstOf(left));
    return agents.sort((one, other) => this.last[one]! - this.last[other]!).join(' ');
  }

  private longestAgo(enabled: number): number {
    let best = firstOf(enabled);
    for (let left = enabled; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (this.last[agent]! < this.last[best]!) best = agent;
    }
    return best;
  }

  /** Where a round that is known from `begin` on was gone for the first time. */
  private earliest(begin: number, period: number): number {
    let first = begin;
    while (first > 0 && this.record.sameStep(first - 1, first - 1 + period)) first--;
    return first;
  }

  private moversOf(begin: number, steps: number): number {
    let movers = 0;
    for (let step = begin; step < begin + steps; step++) movers |= 1 << this.record.agents[step]!;
    return movers;
  }
}

function add(to: Map<number, Set<number>>, agent: number, object: number): void {
  const objects = to.get(agent);
  if (objects === undefined) to.set(agent, new Set([object]));
  else objects.add(object);
}
