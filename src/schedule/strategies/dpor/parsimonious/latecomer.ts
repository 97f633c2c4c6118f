import { Kind } from '../../../../program/kinds.ts';
import { Access, enabledOf } from '../../../../program/operation-table.ts';
import { turnAccess } from '../footprints.ts';
import { LateOperation } from '../late-operation.ts';
import { shareOf } from '../other-order.ts';
import { mayFail, mayWait, wordsKept } from '../steps.ts';
import type { Execution } from './execution.ts';
import type { Turns } from './turns.ts';

/** Such an operation in the parsimonious search, and what it is before that step. */
export class Latecomer extends LateOperation {
  private readonly execution: Execution;
  private readonly turns: Turns;

  constructor(execution: Execution, turns: Turns) {
    super();
    this.execution = execution;
    this.turns = turns;
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
