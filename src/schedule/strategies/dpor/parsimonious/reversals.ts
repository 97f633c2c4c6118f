import type { Machine } from '../../../../execute/machine.ts';
import { firstOf } from '../../../../execute/strategy.ts';
import { Kind } from '../../../../program/kinds.ts';
import { agentCountMax } from '../../../../program/layout.ts';
import { Access } from '../../../../program/operation-table.ts';
import { mayWait } from '../steps.ts';
import type { Beginnings } from './beginnings.ts';
import { Closure } from './closure.ts';
import { pinned, type Execution } from './execution.ts';
import { Latecomer } from './latecomer.ts';
import type { OpenRaces } from './open-races.ts';
import type { Overtakings } from './overtakings.ts';
import { Turns } from './turns.ts';

/** More than there can be races. */
const shift = 2 ** 27;

/** Up to so many pairs are sorted by hand. */
const fewPairs = 32;

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
  /**
   * What is looked at after this execution: `shift` times the depth of the earlier step, and the
   * race, or `shift` less its agent and 1 if the latecomer waited to the end.
   */
  private pairs: Float64Array = new Float64Array(64);
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
    this.execution.end();
    this.stuck = cutOff ? 0 : this.machine.alive & ~this.machine.enabled;
    this.closure.begin(this.stuck);
    this.collect();
    for (let i = 0; i < this.count; i++) {
      const pair = this.pairs[i]!;
      const depth = Math.floor(pair / shift);
      const which = pair - depth * shift;
      if (which < shift - agentCountMax - 1) this.reverse(depth, which);
      else this.reverseStuck(depth, shift - 1 - which);
    }
  }

  /** Open races, and agents that waited to the end, by the depth of the earlier step. */
  private collect(): void {
    const { steps, order, origin } = this.execution;
    const { races, machine } = this;
    this.count = 0;
    for (let i = 0; i < races.count; i++) this.add(order.races[races.races[i]!]!, races.races[i]!);
    races.count = 0;
    for (let left = this.stuck; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const kind = machine.pendingKind[agent]!;
      if (mayWait[kind] === 0 || kind === Kind.retry) continue;
      const previous = steps.lastOf[agent]!;
      const top = steps.top[machine.pendingObject[agent]!]!;
      for (let step = top; step >= 0; step = steps.below[step]!) {
        if (steps.access[step] !== Access.write || origin[step] === pinned) continue;
        if (previous >= 0 && order.before(step, previous)) continue;
        this.add(step, shift - 1 - agent);
      }
    }
    if (this.count > fewPairs) this.pairs.subarray(0, this.count).sort();
    else this.sortFew();
  }

  private add(depth: number, which: number): void {
    if (this.count === this.pairs.length) {
      const pairs = new Float64Array(this.count * 2);
      pairs.set(this.pairs);
      this.pairs = pairs;
    }
    this.pairs[this.count++] = depth * shift + which;
  }

  private sortFew(): void {
    const { pairs, count } = this;
    for (let i = 1; i < count; i++) {
      const pair = pairs[i]!;
      let at = i;
      for (; at > 0 && pairs[at - 1]! > pair; at--) pairs[at] = pairs[at - 1]!;
      pairs[at] = pair;
    }
  }

  private reverse(depth: number, race: number): void {
    const { races, closure, late } = this;
    const step = races.later[race]!;
    late.take(this.execution.steps, step);
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
    late.takeStuck(this.execution.steps, this.machine, agent);
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
