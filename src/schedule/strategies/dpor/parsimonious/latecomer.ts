import type { Machine } from '../../../../execute/machine.ts';
import { Kind } from '../../../../program/kinds.ts';
import { Access, accessOf, enabledOf } from '../../../../program/operation-table.ts';
import { turnAccess } from '../footprints.ts';
import { shareOf } from '../other-order.ts';
import { mayFail, mayWait, wordsKept } from '../steps.ts';
import type { Execution } from './execution.ts';
import type { Turns } from './turns.ts';

/** An operation that may come before a step which it depends on, and what it is there. */
export class Latecomer {
  agent = 0;
  kind = 0;
  object = 0;
  last = 0;
  /** Of its outcome in the other order, once that is known. */
  access = 0;
  /** Its agent's step before, or -1. */
  previous = -1;
  /** Its step, or the number of steps if it was never performed. */
  step = 0;
  private argument = 0;
  private argument2 = 0;
  private readonly execution: Execution;
  private readonly turns: Turns;

  constructor(execution: Execution, turns: Turns) {
    this.execution = execution;
    this.turns = turns;
  }

  /** It is a step. */
  take(step: number): void {
    const { steps } = this.execution;
    this.agent = steps.agent[step]!;
    this.kind = steps.kind[step]!;
    this.argument = steps.argument[step]!;
    this.argument2 = steps.argument2[step]!;
    this.object = steps.object[step]!;
    this.last = steps.last[step]!;
    this.access = steps.access[step]!;
    this.previous = steps.previous[step]!;
    this.step = step;
  }

  /** It is what an agent waited in to the end. */
  takeStuck(machine: Machine, agent: number): void {
    this.agent = agent;
    this.kind = machine.pendingKind[agent]!;
    this.argument = machine.pendingArgument[agent]!;
    this.argument2 = machine.pendingArgument2[agent]!;
    this.object = machine.pendingObject[agent]!;
    this.last = this.object;
    this.access = accessOf[this.kind]!;
    this.previous = this.execution.steps.lastOf[agent]!;
    this.step = this.execution.steps.length;
  }

  /** Whether it depends on a step only by what that one's successors have no part in. */
  races(earlier: number): boolean {
    const { order } = this.execution;
    const end = order.raceEnds[this.step]!;
    for (let race = order.raceStart(this.step); race < end; race++) {
      const other = order.races[race]!;
      if (other > earlier && order.before(earlier, other)) return false;
    }
    return true;
  }

  /**
   * It would be made in place of a step with which it races, after what it depends on otherwise;
   * its access is set to that of its outcome there.
   *
   * @returns false if it cannot go there, or if it depends there on less
   */
  moveBefore(earlier: number): boolean {
    if (!this.findOutcome(earlier)) return false;
    const { order } = this.execution;
    const end = order.raceEnds[this.step]!;
    for (let race = order.raceStart(this.step); race < end; race++) {
      const other = order.races[race]!;
      if (other <= earlier || this.follows(other)) continue;
      if (!this.clashes(other)) return false;
    }
    return true;
  }

  /**
   * Whether it could go where a step is made that does not let it go: a write on its object, so
   * that nothing else between that and its agent's step before has to do with it.
   */
  isKeptOutBy(earlier: number): boolean {
    const { steps } = this.execution;
    const { object, kind } = this;
    if (mayWait[kind] === 0 || kind === Kind.retry || steps.isWide(earlier)) return false;
    if (steps.access[earlier] !== Access.write || steps.object[earlier] !== object) return false;
    this.restore(earlier);
    if (!this.couldGo()) return false;
    let after = -1;
    for (let step = steps.top[object]!; step > earlier; step = steps.below[step]!) after = step;
    this.restore(after);
    return !this.couldGo();
  }

  /** Whether its agent's step before is the step, or after it in the order of dependence. */
  follows(step: number): boolean {
    return this.previous >= 0 && this.execution.order.before(step, this.previous);
  }

  clashes(step: number): boolean {
    return this.execution.clashes(step, this.object, this.last, this.access);
  }

  private findOutcome(earlier: number): boolean {
    const { steps, order } = this.execution;
    const { step, kind, object } = this;
    if (kind === Kind.retry) {
      this.access = turnAccess;
      const includes = (one: number): boolean =>
        one < earlier || (one > earlier && order.before(one, step));
      return this.turns.mayRetry(this.turns.ofStep(step), step, includes);
    }
    if (steps.isWide(step) || (mayFail[kind] === 0 && mayWait[kind] === 0)) return true;
    let first = -1;
    for (let one = steps.top[object]!; one >= earlier; one = steps.below[one]!) first = one;
    this.restore(first);
    for (let one = steps.below[step]!; one > earlier; one = steps.below[one]!) {
      if (steps.access[one] !== Access.share || !order.before(one, step)) continue;
      shareOf(steps.scratch, steps.kind[one]!, object);
    }
    if (mayWait[kind] !== 0 && !this.couldGo()) return false;
    this.access = steps.tried(kind, this.agent, object, this.argument, this.argument2);
    return true;
  }

  private couldGo(): boolean {
    const { agent, object, argument, argument2 } = this;
    const { scratch } = this.execution.steps;
    return enabledOf[this.kind]!(scratch, agent, object, argument, argument2);
  }

  /** The scratch words of its object are what they were before a step on it; -1: at the end. */
  private restore(step: number): void {
    const { memory, before, scratch } = this.execution.steps;
    const { object } = this;
    for (let word = 0; word < wordsKept; word++) {
      const value = step < 0 ? memory[object + word] : before[step * wordsKept + word];
      scratch[object + word] = value ?? 0;
    }
  }
}
