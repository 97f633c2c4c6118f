import { agentCountMax } from '../../../../program/layout.ts';
import { longer, mayWait } from '../steps.ts';
import type { Execution } from './execution.ts';

/**
 * Steps that the scheduler, which prefers agents with small numbers, would not have taken: when it
 * took them, an agent that it prefers could go, and did so only later.
 *
 * Of a pair in the order of dependence, where the earlier step is of an agent with the larger
 * number, this is certain in two cases. The later step's agent was at it already, since its step
 * before is before the earlier step, too; and it could go, as it never waits or as the words of its
 * object before the earlier step, a write, let it. Or that agent has waited for nothing up to its
 * later step: then it would have come to it, if not beyond.
 */
export class Overtakings {
  /** For each agent its last such step, or -1. */
  readonly last: Int32Array = new Int32Array(agentCountMax + 1).fill(-1);
  /** And the later step of the pair that shows it. */
  readonly shownBy: Int32Array = new Int32Array(agentCountMax + 1).fill(-1);
  private readonly execution: Execution;
  /** Agents that have made a step which may have to wait. */
  private waited: Int32Array = new Int32Array(256);
  /** What was there before, to go back to: agent, last, shown by, and the step that changed it. */
  private undo: Int32Array = new Int32Array(256);
  private undoLength = 0;

  constructor(execution: Execution) {
    this.execution = execution;
  }

  /** Agents that have made a step which may have to wait. */
  get waiters(): number {
    const { length } = this.execution.steps;
    return length === 0 ? 0 : this.waited[length - 1]!;
  }

  /** The last of the steps has just been pushed. */
  add(): void {
    const { steps } = this.execution;
    const step = steps.length - 1;
    if (step === this.waited.length) this.waited = longer(this.waited);
    const bit = mayWait[steps.kind[step]!] === 0 ? 0 : 1 << steps.agent[step]!;
    this.waited[step] = (step === 0 ? 0 : this.waited[step - 1]!) | bit;
  }

  /**
   * The last of the steps depends on an earlier one.
   *
   * @param could - whether it is certain that its agent could have gone before that, had it been at
   *   it: it never waits, or the words let it
   */
  look(earlier: number, could: boolean): void {
    const { steps, order } = this.execution;
    const step = steps.length - 1;
    const agent = steps.agent[step]!;
    const other = steps.agent[earlier]!;
    if (other < agent || earlier <= this.last[other]!) return;
    if ((this.waited[step]! & (1 << agent)) !== 0) {
      const previous = steps.previous[step]!;
      if (!could || (previous >= 0 && !order.before(previous, earlier))) return;
    }
    this.note(other, earlier, step);
  }

  /** The steps have been truncated. */
  truncate(length: number): void {
    const { undo } = this;
    while (this.undoLength > 0 && undo[this.undoLength - 1]! >= length) {
      const at = (this.undoLength -= 4);
      const agent = undo[at]!;
      this.last[agent] = undo[at + 1]!;
      this.shownBy[agent] = undo[at + 2]!;
    }
  }

  private note(agent: number, last: number, shownBy: number): void {
    const at = this.undoLength;
    if (at === this.undo.length) this.undo = longer(this.undo);
    this.undo[at] = agent;
    this.undo[at + 1] = this.last[agent]!;
    this.undo[at + 2] = this.shownBy[agent]!;
    this.undo[at + 3] = shownBy;
    this.undoLength = at + 4;
    this.last[agent] = last;
    this.shownBy[agent] = shownBy;
  }
}
