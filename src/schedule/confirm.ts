import { breathe, monotonicMs } from '../execute/clock.ts';
import { Coroutines } from '../execute/coroutines.ts';
import type { Program } from '../execute/program.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { ExecutionOutcome, Strategy } from '../execute/strategy.ts';
import { UserError } from '../program/errors.ts';
import { FindingCollector, type CollectorOptions } from './finding-collector.ts';
import type { Confirmation, FindingRecord } from './finding-record.ts';
import { LockCycleGoal } from './lock-cycle-goal.ts';
import { PredictionGoal } from './prediction-goal.ts';
import { NondeterminismError } from './strategies/dfs.ts';
import { Dpor } from './strategies/dpor.ts';
import { Directed } from './strategies/directed.ts';
import { Replay } from './strategies/replay.ts';
import { StateSearch } from './strategies/states.ts';

/** How much to spend on one lock-order report. @public */
export interface ConfirmBudget extends CollectorOptions {
  /** Executions at the most; default 20,000. */
  readonly executions?: number;
  /** Ends the search, which is then `open`. */
  readonly signal?: AbortSignal;
}

/** Executions that may be spent where nothing says how many. @public */
export const confirmExecutionsDefault = 20_000;

/** Of those, the share of directed executions, and how many they may be. */
const directedShare = 0.25;
const directedMax = 1000;

/** Milliseconds after which the event loop has its turn. */
const sliceMs = 40;

/**
 * Whether a finding can be confirmed: a lock order that could deadlock, or a race or deadlock that
 * was predicted.
 *
 * @public
 */
export function confirmable({ finding }: FindingRecord): boolean {
  const { kind, level, parties } = finding;
  if (level === 'predicted') return kind === 'data-race' || kind === 'deadlock';
  if (kind !== 'lock-inversion' && kind !== 'recursive-locking') return false;
  return level !== 'happened' && parties.every(({ from }) => from !== undefined);
}

/**
 * Searches for the deadlock that a lock-order report warns of: first with agents delayed where they
 * would have to meet (`strategies/directed.ts`), then through all states (`strategies/states.ts`).
 * A deadlock stays to the end of its execution, so a search that ends without it proves that the
 * program cannot reach it (as far as hashes tell states apart). Behind an agent's exception, which
 * ends an execution, nothing is looked for.
 *
 * A predicted race is searched for in the same way, its agents delayed before the two accesses;
 * then `strategies/dpor.ts` runs every order of dependent steps, one of which would show it.
 *
 * The deadlock is one along the same lock classes, whoever the agents are. Of an inversion that a
 * guard makes harmless the question is whether any agents deadlock so without holding the guard.
 *
 * @throws UserError if the finding is of another kind
 * @public
 */
export async function confirm(
  program: Program,
  record: FindingRecord,
  budget: ConfirmBudget = {},
): Promise<Confirmation> {
  if (!confirmable(record)) {
    throw new UserError(
      `"${record.finding.title}" cannot be confirmed: expected a lock inversion, a possible ` +
        `recursive locking or a prediction, got ${record.finding.kind} (${record.finding.level})`,
    );
  }
  return await new Search(program, record, budget).run();
}

class Search {
  private readonly program: Program;
  private readonly record: FindingRecord;
  private readonly budget: ConfirmBudget;
  private readonly goal: LockCycleGoal | PredictionGoal;
  private readonly coroutines: Coroutines;
  private executions = 0;
  private failed = 0;
  /** An execution was cut off, or showed the deadlock only behind another one. */
  private uncertain = false;
  private deadlock: FindingRecord | undefined;

  constructor(program: Program, record: FindingRecord, budget: ConfirmBudget) {
    this.program = program;
    this.record = record;
    this.budget = budget;
    const { finding, details } = record;
    const predicted = finding.level === 'predicted';
    this.goal = predicted
      ? new PredictionGoal(finding, details)
      : new LockCycleGoal(finding, program.subject);
    // A deadlock shows in the state at the end; a race only to the checkers.
    this.coroutines = new Coroutines(program, { checks: predicted });
  }

  async run(): Promise<Confirmation> {
    const executionsMax = this.budget.executions ?? confirmExecutionsDefault;
    const directed = Math.min(Math.ceil(executionsMax * directedShare), directedMax);
    await this.search(new Directed(this.goal, { seed: this.record.origin.seed }), directed);
    const all = this.record.finding.kind === 'data-race' ? new Dpor() : new StateSearch();
    if (this.deadlock === undefined) {
      this.failed = 0;
      await this.search(all, executionsMax - this.executions);
    }
    const { executions, failed, deadlock } = this;
    if (deadlock !== undefined) return { outcome: 'confirmed', executions, failed, deadlock };
    const refuted = all.exhausted && !this.uncertain;
    return { outcome: refuted ? 'refuted' : 'open', executions, failed };
  }

  /** Runs executions until the deadlock is there, the strategy is through, or it is enough. */
  private async search(strategy: Strategy, executionsMax: number): Promise<void> {
    let through = executionsMax <= 0;
    for (let run = 0; !through && this.budget.signal?.aborted !== true;) {
      const sliceEnd = monotonicMs() + sliceMs;
      let shown: RecordedSteps | undefined;
      through = true;
      this.runSlice(strategy, run, (outcome) => {
        run++;
        shown = this.take(outcome);
        const over = shown !== undefined || run >= executionsMax || monotonicMs() >= sliceEnd;
        if (over) through = run >= executionsMax;
        return over;
      });
      if (shown !== undefined) this.attach(shown, strategy, run - 1);
      if (this.deadlock !== undefined) return;
      await breathe();
    }
  }

  private runSlice(
    strategy: Strategy,
    first: number,
    enough: (outcome: ExecutionOutcome) => boolean,
  ): void {
    try {
      this.coroutines.runAll(strategy, first, enough);
    } catch (error) {
      if (!(error instanceof NondeterminismError)) throw error;
      throw error.explained(this.program.subject, this.program.scenario.name);
    }
  }

  /** Counts an execution; its steps if it ended with the deadlock. */
  private take({ end }: ExecutionOutcome): RecordedSteps | undefined {
    const { coroutines, goal } = this;
    this.executions++;
    if (end === 'failed') this.failed++;
    if (end === 'cutOff') this.uncertain = true;
    const closed =
      goal instanceof LockCycleGoal
        ? goal.closedIn(coroutines.machine, this.program.agents.length)
        : coroutines.findings.some((one) => goal.shownBy(one));
    return closed ? coroutines.record.steps() : undefined;
  }

  /** Makes a record of the deadlock, unless the checkers saw another one close before it. */
  private attach(steps: RecordedSteps, { name }: Strategy, execution: number): void {
    const checked = new Coroutines(this.program);
    checked.runAll(new Replay(steps, this.program.subject), 0, () => true);
    const finding = checked.findings.find((one) => this.goal.shownBy(one));
    if (finding === undefined) {
      this.uncertain = true;
      return;
    }
    const collector = new FindingCollector(this.program, this.budget);
    const origin = { strategy: name, seed: this.record.origin.seed, execution };
    collector.takeKey(finding.key, () => steps, origin);
    this.deadlock = collector.records[0];
  }
}
