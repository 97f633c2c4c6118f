import { breathe, monotonicMs } from '../execute/clock.ts';
import { Coroutines } from '../execute/coroutines.ts';
import type { Program } from '../execute/program.ts';
import type { ExecutionOutcome, Progress, Strategy } from '../execute/strategy.ts';
import { ForgottenYieldError, UserError } from '../program/errors.ts';
import { coverageOf, coverageShare, type Coverage } from './coverage.ts';
import { FindingCollector } from './finding-collector.ts';
import type { FindingRecord } from './finding-record.ts';
import { forgottenYield } from './forgotten-yield.ts';
import { NondeterminismError } from './strategies/dfs.ts';
import { probeSearch } from './probe-search.ts';
import { savedFindings, type Checkpoints, type SearchState } from './search-state.ts';
import { Predictions, type PredictionCounts } from './predictions.ts';
import { SeparateOrders, type SeparateInversion } from './separate-orders.ts';
import { statementOf } from './statement.ts';

/** How to explore, and who is told. @public */
export interface ExploreOptions {
  /** Who goes next; a fresh one, as a strategy remembers what it has explored. */
  readonly strategy: Strategy;
  /** For the record; the strategy has it already. */
  readonly seed: number;
  /** Executions to run at the most; default: until the strategy is through. */
  readonly executions?: number | undefined;
  /** Seconds to run at the most; default: no limit. */
  readonly seconds?: number | undefined;
  /** Whether to make schedules short; default true. */
  readonly minimise?: boolean;
  /** Whether to name the few orderings that a finding depends on; default false. */
  readonly explain?: boolean;
  /**
   * Of how many executions other orders of the events are looked at, for races and deadlocks that
   * they would show; default 0. Each costs as much as many executions.
   */
  readonly predict?: number | undefined;
  /** Ends the exploration; what was found is kept. */
  readonly signal?: AbortSignal | undefined;
  /** A finding not met before, as soon as its schedule is short. */
  readonly onFinding?: (record: FindingRecord) => void;
  /**
   * Whether to estimate how many executions a complete search has, by random probes before it and
   * where it is stopped; default false.
   */
  readonly estimate?: boolean;
  /** Saves a strategy that can be (`Strategy.save`): every so often, and where it is stopped. */
  readonly checkpoints?: Checkpoints | undefined;
  /** What was found and counted before; the strategy goes on from its `rest`. */
  readonly resumed?: SearchState | undefined;
  /** A few times a second. */
  readonly onProgress?: (counts: Counts, progress: Progress | undefined) => void;
}

/**
 * How many executions there were, by their ends (`ExecutionOutcome`), and how many steps in all.
 *
 * @public
 */
export interface Counts {
  executions: number;
  steps: number;
  completed: number;
  stalled: number;
  failed: number;
  abandoned: number;
  cutOff: number;
  findings: number;
  /**
   * Different Mazurkiewicz traces among the executions of a random strategy; counted up to 65,536.
   */
  traces: number;
  elapsedMs: number;
}

/** The counts of an exploration that has not begun. */
export function noCounts(): Counts {
  return {
    executions: 0,
    steps: 0,
    completed: 0,
    stalled: 0,
    failed: 0,
    abandoned: 0,
    cutOff: 0,
    findings: 0,
    traces: 0,
    elapsedMs: 0,
  };
}

/** What an exploration came to. @public */
export interface Exploration {
  readonly counts: Counts;
  /** Each finding once, in the order in which they were met. */
  readonly findings: readonly FindingRecord[];
  /** True if every schedule was run, within the bound if there is one. */
  readonly complete: boolean;
  /** What is now known, in one sentence. */
  readonly statement: string;
  /** It was ended by the signal. */
  readonly interrupted: boolean;
  /** Of a search of the states of controlled threads: how many there were. */
  readonly states?: number;
  /** Of a random strategy: what its executions have been through; undefined: not told apart. */
  readonly coverage?: Coverage | undefined;
  /** Inversions whose sides were met in different executions only; on one thread. */
  readonly separateInversions: readonly SeparateInversion[];
  /** Searches for cycles of locks that gave up: inversions may be missing. */
  readonly lockSearchesCut: number;
  /** Of a complete strategy: how far it came, as far as it can tell. */
  readonly progress?: Progress | undefined;
  /** How a worker thread ended before its time; undefined: none did. */
  readonly death?: string;
  /** What was predicted; undefined: nothing was asked for. */
  readonly predictions?: PredictionCounts | undefined;
}

/** Milliseconds after which the event loop has its turn. */
const sliceMs = 40;

/**
 * Explores a program's schedules and collects what the checkers find. It keeps this thread busy and
 * lets the event loop have its turn a few times a second.
 *
 * @throws UserError if an agent forgot a `yield*`, uses what the set-up did not declare, or depends
 *   on more than its operations; if there are invariants of every step, and the strategy does not
 *   visit every state
 * @public
 */
export async function explore(program: Program, options: ExploreOptions): Promise<Exploration> {
  requireStates(program, options.strategy);
  if (program.invariants.length > 0) options.strategy.watchEnd?.();
  return await new Explorer(program, options).run();
}

/** @throws UserError if there are invariants of every step, which the strategy cannot look at */
export function requireStates(program: Program, strategy: Strategy): void {
  if (strategy.missesStates === true && program.invariants.some(({ when }) => when === 'step')) {
    throw new UserError(
      `scenario "${program.scenario.name}" has invariants of every step, and ${strategy.name} ` +
        'does not visit every state: explore it by dfs or states',
    );
  }
}

class Explorer {
  private readonly program: Program;
  private readonly options: ExploreOptions;
  private readonly coroutines: Coroutines;
  private readonly collector: FindingCollector;
  private readonly predictions: Predictions | undefined;
  private readonly orders = new SeparateOrders();
  private readonly begunMs = monotonicMs();
  private readonly counts: Counts;
  /** Executions that had been run before, those that count. */
  private before: number;
  private savedMs = monotonicMs();
  private beginnings: number | undefined;

  constructor(program: Program, options: ExploreOptions) {
    this.program = program;
    this.options = options;
    this.beginnings = options.strategy.beginnings;
    this.counts = { ...(options.resumed?.counts ?? noCounts()) };
    this.before = this.counts.executions - this.counts.abandoned;
    this.coroutines = new Coroutines(program);
    this.collector = new FindingCollector(program, options);
    const predict = options.predict ?? 0;
    if (predict > 0) this.predictions = new Predictions(program, this.collector);
  }

  async run(): Promise<Exploration> {
    const { strategy, signal, onProgress } = this.options;
    const executionsMax = this.options.executions ?? Infinity;
    const endMs = this.begunMs + (this.options.seconds ?? Infinity) * 1000;
    const elapsedBefore = this.counts.elapsedMs;
    let through = false;
    for (const finding of this.options.resumed?.findings ?? []) this.collector.restore(finding);
    this.counts.findings = this.collector.records.length;
    await this.probe();
    while (!through && this.executionsRun() < executionsMax && signal?.aborted !== true) {
      const sliceEnd = Math.min(monotonicMs() + sliceMs, endMs);
      through = true;
      this.runSlice((outcome) => {
        this.take(outcome);
        const over = this.executionsRun() >= executionsMax || monotonicMs() >= sliceEnd;
        if (over) through = false;
        return over;
      });
      this.counts.elapsedMs = elapsedBefore + monotonicMs() - this.begunMs;
      const traces = this.options.resumed === undefined ? this.coroutines.memory?.size : 0;
      this.counts.traces = traces ?? 0;
      onProgress?.(this.counts, strategy.progress?.());
      if (monotonicMs() >= endMs) break;
      if (!through) await this.save(false);
      await breathe();
    }
    if (!through) await this.save(true);
    if (!through) await this.probe();
    // Of a search that goes on it would be of what was run since.
    const { resumed } = this.options;
    const coverage =
      resumed === undefined ? coverageOf([coverageShare(this.coroutines)]) : undefined;
    const progress = strategy.progress?.();
    const { counts } = this;
    const { complete, statement } = statementOf(strategy, through, counts, { coverage, progress });
    const interrupted = signal?.aborted === true;
    const { records: findings } = this.collector;
    const predictions = this.predictions?.counts;
    const { checks } = this.coroutines;
    const separateInversions =
      checks === undefined ? [] : this.orders.inversions(checks, this.program.subject);
    const lockSearchesCut = this.coroutines.checks?.lockSearchesCut ?? 0;
    return {
      counts,
      findings,
      complete,
      statement,
      interrupted,
      coverage,
      lockSearchesCut,
      separateInversions,
      progress,
      predictions,
    };
  }

  /** Saves the search, if it is time to, or at the end. */
  private async save(atEnd: boolean): Promise<void> {
    const { checkpoints, strategy } = this.options;
    if (checkpoints === undefined || strategy.save === undefined) return;
    if (!atEnd && monotonicMs() - this.savedMs < checkpoints.seconds * 1000) return;
    const findings = savedFindings(this.collector.records);
    await checkpoints.save({ rest: strategy.save(), counts: { ...this.counts }, findings });
    this.savedMs = monotonicMs();
  }

  private async probe(): Promise<void> {
    const { strategy, seed, signal, estimate } = this.options;
    if (estimate === true) await probeSearch(this.program, strategy, { seed, signal });
  }

  /** Executions that count: one that was abandoned is a part of another. */
  private executionsRun(): number {
    return this.counts.executions - this.counts.abandoned - this.before;
  }

  private runSlice(enough: (outcome: ExecutionOutcome) => boolean): void {
    try {
      this.coroutines.runAll(this.options.strategy, this.counts.executions, enough);
    } catch (error) {
      const { subject, scenario } = this.program;
      if (error instanceof NondeterminismError) throw error.explained(subject, scenario.name);
      if (!(error instanceof ForgottenYieldError)) throw error;
      throw forgottenYield(this.program, error, this.coroutines.record.steps());
    }
  }

  private take(outcome: ExecutionOutcome): void {
    const { counts, coroutines } = this;
    const execution = counts.executions++;
    counts.steps += outcome.steps;
    counts[outcome.end]++;
    const { findings, checks } = coroutines;
    if (checks !== undefined) {
      this.orders.take(checks, execution, () => coroutines.record.steps());
    }
    const { strategy, seed, predict = 0 } = this.options;
    const predicts = this.predictions !== undefined && this.predictions.counts.executions < predict;
    if (strategy.beginnings !== this.beginnings) {
      this.beginnings = strategy.beginnings;
      Object.assign(counts, noCounts(), { findings: counts.findings });
      this.before = 0;
    }
    if (findings.length === 0 && !predicts) return;
    const origin = { strategy: strategy.acting ?? strategy.name, seed, execution };
    const steps = coroutines.record.steps();
    this.collector.take(findings, () => steps, origin);
    // A schedule that was cut off has no end to be led to.
    if (predicts && outcome.end !== 'cutOff') this.predictions.take(steps, origin);
    counts.findings = this.collector.records.length;
  }
}
