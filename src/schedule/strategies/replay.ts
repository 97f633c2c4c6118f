import { operationTable } from '../../program/operation-table.ts';
import { UserError } from '../../program/errors.ts';
import type { Machine } from '../../execute/machine.ts';
import type { RecordedSteps } from '../../execute/schedule-record.ts';
import {
  firstOf,
  judgeHere,
  type ExecutionOutcome,
  type Strategy,
} from '../../execute/strategy.ts';
import { preempts } from './loose-replay.ts';
import type { Subject } from '../../trace/subject.ts';

/**
 * A replay does not do what the schedule says: the program is another one, or not deterministic.
 */
export class DivergenceError extends UserError {
  override name = 'DivergenceError';
}

/**
 * Follows a schedule step by step and says where the program does something else. After its last
 * step the agent that moved goes on as long as it can, then the one with the lowest number; or the
 * execution is judged there (`judges`).
 */
export class Replay implements Strategy {
  readonly name = 'replay';
  readonly everyStep = true;
  readonly repeats = false;
  readonly options: { readonly steps: number };
  private readonly steps: RecordedSteps;
  private readonly subject: Subject;
  /** Preemptions up to and including each step of the present execution. */
  readonly preemptions: number[] = [];
  private at = 0;
  private begun = false;

  readonly judges: boolean;

  /** @param judges - whether it shows that agents go round for ever: judged at its last step */
  constructor(steps: RecordedSteps, subject: Subject, judges = false) {
    this.steps = steps;
    this.judges = judges;
    this.subject = subject;
    this.options = { steps: steps.agents.length };
  }

  begin(execution: number): boolean {
    this.at = 0;
    this.preemptions.length = 0;
    if (execution > 0 && this.begun) return false;
    this.begun = true;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    if (this.judges && this.at >= this.steps.agents.length) return judgeHere;
    const chosen = this.next(enabled, current, machine);
    const before = this.preemptions[this.preemptions.length - 1] ?? 0;
    const preempted = chosen !== current && preempts(current, enabled, machine);
    this.preemptions.push(before + (preempted ? 1 : 0));
    return chosen;
  }

  private next(enabled: number, current: number, machine: Machine): number {
    if (this.at >= this.steps.agents.length) {
      return current >= 0 && (enabled & (1 << current)) !== 0 ? current : firstOf(enabled);
    }
    const agent = this.steps.agents[this.at]!;
    const kind = machine.pendingKind[agent]!;
    const object = machine.pendingObject[agent]!;
    const expected = this.steps.kinds[this.at]!;
    const differs = expected !== 0 && (expected !== kind || this.steps.objects[this.at] !== object);
    // A retry may also end because its time was up, though nothing had changed.
    const can = (enabled & (1 << agent)) !== 0 || (kind !== 0 && operationTable[kind]!.timed);
    if (differs || !can) this.diverge(agent, enabled, machine);
    this.at++;
    return agent;
  }

  /**
   * Nobody can go by itself: the agent whose time is up, if that is what the schedule says; else
   * -1.
   */
  force(machine: Machine): number {
    if (this.at >= this.steps.agents.length) return -1;
    const agent = this.steps.agents[this.at]!;
    const kind = machine.pendingKind[agent]!;
    if (kind === 0 || !operationTable[kind]!.timed) this.diverge(agent, 0, machine);
    this.at++;
    this.preemptions.push(this.preemptions[this.preemptions.length - 1] ?? 0);
    return agent;
  }

  end({ end }: ExecutionOutcome): void {
    if (end !== 'completed' || this.at >= this.steps.agents.length) return;
    this.diverge(this.steps.agents[this.at]!, 0, undefined);
  }

  private diverge(agent: number, enabled: number, machine: Machine | undefined): never {
    const { subject, steps } = this;
    const describe = (who: number, kind: number, object: number): string => {
      const name = subject.agentNames[who] ?? `agent ${who}`;
      if (kind === 0) return `${name}, which has ended`;
      return `${name} at ${operationTable[kind]!.name} ${subject.name(object)}`;
    };
    const expected = steps.kinds[this.at]!;
    const wanted =
      expected === 0
        ? (subject.agentNames[agent] ?? `agent ${agent}`)
        : describe(agent, expected, steps.objects[this.at]!);
    const found = describe(
      agent,
      machine?.pendingKind[agent] ?? 0,
      machine?.pendingObject[agent] ?? 0,
    );
    const runnable: string[] = [];
    for (let left = enabled; left !== 0; left &= left - 1) {
      const who = firstOf(left);
      runnable.push(describe(who, machine!.pendingKind[who]!, machine!.pendingObject[who]!));
    }
    throw new DivergenceError(
      `replay diverges at step ${this.at + 1} of ${steps.agents.length}: expected ${wanted}; ` +
        `found ${found}${(enabled & (1 << agent)) === 0 ? ', which cannot go on' : ''}; ` +
        `could go: ${runnable.length === 0 ? 'nobody' : runnable.join(', ')}`,
    );
  }
}
