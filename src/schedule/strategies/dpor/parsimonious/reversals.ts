import type { Machine } from '../../../../execute/machine.ts';
import { firstOf } from '../../../../execute/strategy.ts';
import { Kind } from '../../../../program/kinds.ts';
import { Access } from '../../../../program/operation-table.ts';
import { longer, mayWait } from '../steps.ts';
import type { Beginnings } from './beginnings.ts';
import { Closure } from './closure.ts';
import { pinned, type Execution } from './execution.ts';
import { Latecomer } from './latecomer.ts';
import type { OpenRaces } from './open-races.ts';
import type { Overtakings } from './overtakings.ts';
import { Turns } from './turns.ts';

/** In place of a race: an agent that waited to the end; its number is taken off. */
const stuckAgent = -1;

/** Added to the rank of an operation that watches. */
const watchers = 32;

/**
 * Looks at the races of an execution, and puts on the stack how those executions begin in which
 * they are the other way round, of each race for which this execution is the one to do so.
 */
export class Reversals {
  private readonly execution: Execution;
  private readonly races: OpenRaces;
  private readonly beginnings: Beginnings;
  private readonly closure: Closure;
  private readonly late: Latecomer;
  private readonly machine: Machine;
  /** What is looked at after this execution: the depth of the earlier step, and the race. */
  private depths: Int32Array = new Int32Array(64);
  private which: Int32Array = new Int32Array(64);
  private count = 0;
  /** Agents that waited when the execution ended. */
  private stuck = 0;

  constructor(
    execution: Execution,
    overtakings: Overtakings,
    races: OpenRaces,
    beginnings: Beginnings,
    machine: Machine,
  ) {
    const turns = new Turns(execution);
    this.execution = execution;
    this.races = races;
    this.beginnings = beginnings;
    this.machine = machine;
    this.late = new Latecomer(execution, turns);
    this.closure = new Closure(execution, overtakings, turns, machine);
  }

  /**
   * The execution is over. From the shallowest depth to the deepest, which is then run first.
   *
   * @param cutOff - whether it has no end: what its agents waited for is not known then
   */
  reverseAll(cutOff: boolean): void {
    const { races } = this;
    this.execution.end();
    this.stuck = cutOff ? 0 : this.machine.alive & ~this.machine.enabled;
    this.closure.begin(this.stuck);
    this.collect();
    races.count = 0;
    for (let i = 0; i < this.count; i++) {
      const race = this.which[i]!;
      if (race < 0) this.reverseStuck(this.depths[i]!, stuckAgent - race);
      else this.reverse(this.depths[i]!, race);
    }
  }

  /** Open races, and agents that waited to the end, by the depth of the earlier step. */
  private collect(): void {
    const { steps, order, origin } = this.execution;
    const { races, machine } = this;
    this.count = 0;
    for (let i = 0; i < races.count; i++) {
      const race = races.races[i]!;
      this.list(order.races[race]!, race);
    }
    for (let left = this.stuck; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const kind = machine.pendingKind[agent]!;
      if (mayWait[kind] === 0 || kind === Kind.retry) continue;
      const previous = steps.lastOf[agent]!;
      const top = steps.top[machine.pendingObject[agent]!]!;
      for (let step = top; step >= 0; step = steps.below[step]!) {
        if (steps.access[step] !== Access.write || origin[step] === pinned) continue;
        if (previous >= 0 && order.before(step, previous)) continue;
        this.list(step, stuckAgent - agent);
      }
    }
  }

  /** Puts it where its depth belongs. */
  private list(depth: number, which: number): void {
    if (this.count === this.which.length) {
      this.which = longer(this.which);
      this.depths = longer(this.depths);
    }
    const { depths } = this;
    let at = this.count++;
    for (; at > 0 && depths[at - 1]! > depth; at--) {
      depths[at] = depths[at - 1]!;
      this.which[at] = this.which[at - 1]!;
    }
    depths[at] = depth;
    this.which[at] = which;
  }

  private reverse(depth: number, race: number): void {
    const { races, closure, late } = this;
    const step = races.later[race]!;
    late.take(step);
    closure.failsUpTo = step;
    if (!late.races(depth)) {
      if (late.isKeptOutBy(depth)) this.insert(depth, late.previous);
    } else if (late.moveBefore(depth)) this.insert(depth, step);
    const upTo = closure.failsUpTo;
    if (upTo < 0) races.open(race);
    else races.settle(race, upTo);
  }

  private reverseStuck(depth: number, agent: number): void {
    const { late } = this;
    late.takeStuck(this.machine, agent);
    if (late.isKeptOutBy(depth)) this.insert(depth, late.previous);
  }

  /**
   * Puts an execution on the stack in which the latecomer comes before the step at a depth.
   *
   * @param last - the latecomer's own step, if it races with that one, or else its agent's step
   *   before, or -1: what comes before this is what it needs, with this unless it is its own
   */
  private insert(depth: number, last: number): void {
    const { execution, closure, late, beginnings } = this;
    const { steps, order, origin, agents } = execution;
    if (!this.inTurn(depth, last)) return;
    const { clock } = closure;
    for (let agent = 0; agent < agents; agent++) {
      clock[agent] = last < 0 ? 0 : order.clocks[last * agents + agent]!;
    }
    if (!closure.isOf(depth, closure.failsUpTo)) return;
    beginnings.begin(execution, depth);
    const end = last === late.step ? last : last + 1;
    for (let step = depth + 1; step < end; step++) {
      const agent = steps.agent[step]!;
      if (clock[agent]! <= step) continue;
      beginnings.add(agent, steps.kind[step]!, steps.object[step]!, pinned);
    }
    beginnings.add(late.agent, late.kind, late.object, pinned);
    beginnings.end(steps.agent[depth]!, origin[depth]!);
  }

  /**
   * Of operations that commute and come before the same step any could be put there first. So they
   * are put there in one order: the latecomer comes last of those which it does not follow.
   */
  private inTurn(depth: number, last: number): boolean {
    const { steps, order, origin } = this.execution;
    const { late } = this;
    const from = origin[depth]!;
    if (from === depth) return true;
    const rank = rankOf(late.access, late.agent);
    const end = order.raceEnds[depth]!;
    for (let race = order.raceStart(depth); race < end; race++) {
      const other = order.races[race]!;
      if (other < from || rankOf(steps.access[other]!, steps.agent[other]!) < rank) continue;
      if (!this.isFollowed(depth, other) && !this.comesAfter(depth, last, other)) return false;
    }
    return true;
  }

  /** Whether the step at a depth depends on this one by way of another one. */
  private isFollowed(depth: number, step: number): boolean {
    const { order } = this.execution;
    const end = order.raceEnds[depth]!;
    for (let race = order.raceStart(depth); race < end; race++) {
      const other = order.races[race]!;
      if (other !== step && order.before(step, other)) return true;
    }
    return false;
  }

  /** Whether the latecomer comes after a step, also where it comes before that at a depth. */
  private comesAfter(depth: number, last: number, step: number): boolean {
    const { late } = this;
    const { order } = this.execution;
    if (late.follows(step) || late.clashes(step)) return true;
    if (last !== late.step) return false;
    const end = order.raceEnds[last]!;
    for (let race = order.raceStart(last); race < end; race++) {
      const other = order.races[race]!;
      if (other > depth && order.before(step, other)) return true;
    }
    return false;
  }
}

/** Who only watches has no part in the outcome of the others, and so is put there last. */
function rankOf(access: number, agent: number): number {
  return access === Access.watch ? agent + watchers : agent;
}
