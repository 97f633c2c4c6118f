import type { Machine } from '../../../../execute/machine.ts';
import { firstOf } from '../../../../execute/strategy.ts';
import { Kind } from '../../../../program/kinds.ts';
import { agentCountMax } from '../../../../program/layout.ts';
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
  /** For each depth the first of the open races with its step, or -1; and the next one each. */
  private first: Int32Array = new Int32Array(256);
  private next: Int32Array = new Int32Array(256);
  private which: Int32Array = new Int32Array(256);
  private count = 0;
  /** Agents that waited when the execution ended. */
  private stuck = 0;
  private readonly nextAfter = new Int32Array(agentCountMax + 1);

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
    const { execution, races, nextAfter } = this;
    const { steps, nextOwn, firstOwn, agents } = execution;
    const { length } = steps;
    execution.end();
    this.stuck = cutOff ? 0 : this.machine.alive & ~this.machine.enabled;
    this.closure.begin(this.stuck);
    this.sort();
    races.count = 0;
    for (let agent = 0; agent < agents; agent++) nextAfter[agent] = firstOwn[agent]!;
    for (let depth = 0; depth < length; depth++) {
      nextAfter[steps.agent[depth]!] = nextOwn[depth]!;
      for (let at = this.first[depth]!; at >= 0; at = this.next[at]!) {
        const race = this.which[at]!;
        if (race < 0) this.reverseStuck(depth, stuckAgent - race);
        else this.reverse(depth, race);
      }
    }
  }

  /** Open races, and agents that waited to the end, by the depth of the earlier step. */
  private sort(): void {
    const { steps, order, origin } = this.execution;
    const { races, machine } = this;
    while (steps.length > this.first.length) this.first = longer(this.first);
    this.first.fill(-1, 0, steps.length);
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

  private list(depth: number, which: number): void {
    if (this.count === this.which.length) {
      this.which = longer(this.which);
      this.next = longer(this.next);
    }
    this.which[this.count] = which;
    this.next[this.count] = this.first[depth]!;
    this.first[depth] = this.count++;
  }

  private reverse(depth: number, race: number): void {
    const { races, closure, late } = this;
    const step = races.later[race]!;
    late.take(step);
    closure.failsUpTo = step;
    if (!late.races(depth)) {
      if (late.isKeptOutBy(depth)) this.insert(depth, late.previous, this.execution.steps.length);
    } else if (late.moveBefore(depth)) this.insert(depth, step, step);
    const upTo = closure.failsUpTo;
    if (upTo < 0) races.open(race);
    else races.settle(race, upTo);
  }

  private reverseStuck(depth: number, agent: number): void {
    const { late } = this;
    late.takeStuck(this.machine, agent);
    if (late.isKeptOutBy(depth)) this.insert(depth, late.previous, this.execution.steps.length);
  }

  /**
   * Puts an execution on the stack in which the latecomer comes before the step at a depth.
   *
   * @param needs - what it comes after: what this step does not come after is not needed; -1: nothing
   * @param end - one more than the last step that may be needed
   */
  private insert(depth: number, needs: number, end: number): void {
    const { execution, closure, late, beginnings, nextAfter } = this;
    const { steps, order, origin, agents } = execution;
    if (!this.inTurn(depth)) return;
    const { clock } = closure;
    for (let agent = 0; agent < agents; agent++) {
      clock[agent] = needs < 0 ? 0 : order.clocks[needs * agents + agent]!;
    }
    if (!closure.isOf(depth, nextAfter, closure.failsUpTo)) return;
    beginnings.begin(execution, depth);
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
  private inTurn(depth: number): boolean {
    const { steps, order, origin } = this.execution;
    const { late } = this;
    const from = origin[depth]!;
    if (from === depth) return true;
    const rank = rankOf(late.access, late.agent);
    const end = order.raceEnds[depth]!;
    for (let race = order.raceStart(depth); race < end; race++) {
      const other = order.races[race]!;
      if (other < from || rankOf(steps.access[other]!, steps.agent[other]!) < rank) continue;
      if (!this.isFollowed(depth, other) && !this.comesAfter(depth, other)) return false;
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
  private comesAfter(depth: number, step: number): boolean {
    const { late } = this;
    const { order, steps } = this.execution;
    if (late.follows(step) || late.clashes(step)) return true;
    if (late.step === steps.length) return false;
    const end = order.raceEnds[late.step]!;
    for (let race = order.raceStart(late.step); race < end; race++) {
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
