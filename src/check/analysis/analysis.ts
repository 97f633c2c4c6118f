import { Op } from '../../trace/format/operation.ts';
import type { TraceEvent, TraceSink } from '../../trace/format/trace-event.ts';
import type { TraceNames } from '../../trace/format/trace-names.ts';
import { AnalysisFindings, type CountedFinding } from './analysis-finding.ts';
import { DeadlockChecker } from './deadlock-checker.ts';
import { LifetimeChecker } from './lifetime-checker.ts';
import { MisuseChecker } from './misuse-checker.ts';
import { OrderChecker } from './order/order-checker.ts';
import { WoundWait } from './order/wound-wait.ts';
import { Predictor } from './predict/predictor.ts';
import { RaceChecker } from './races/race-checker.ts';
import { RulesChecker } from './rules-checker.ts';
import { SuspicionChecker } from './suspicion-checker.ts';
import { TraceStatistics } from './statistics.ts';
import type { TraceChecker } from './trace-checker.ts';
import { TraceState } from './trace-state.ts';

/** Names of checks on the command line: those that are on unless others are named. */
export const checkNames = ['lock-order', 'races', 'deadlocks', 'rules', 'lifetime'] as const;

/** All names of checks; what only suspects is off unless it is named. */
export const allCheckNames: readonly CheckName[] = [...checkNames, 'suspicions'];

export type CheckName = (typeof checkNames)[number] | 'suspicions';

export interface AnalysisOptions {
  readonly checks: readonly CheckName[];
  /** Whether times and counts of each class are kept. */
  readonly statistics: boolean;
}

/**
 * All checkers over one trace. Each is a state machine over events and knows nothing of who
 * produced them; agents, held locks and interrupt states are kept once, for all of them.
 */
export class Analysis implements TraceSink {
  readonly state: TraceState;
  readonly findings: AnalysisFindings = new AnalysisFindings();
  readonly order: OrderChecker | undefined;
  readonly races: RaceChecker | undefined;
  readonly predictor: Predictor | undefined;
  readonly statistics: TraceStatistics | undefined;
  events = 0;
  lost = 0;
  /** By operation: who looks at it. */
  private readonly before: TraceChecker[][] = [];
  private readonly after: TraceChecker[][] = [];
  private readonly checkers: TraceChecker[];
  private begun = false;

  constructor(file: string, names: TraceNames, options: AnalysisOptions) {
    this.state = new TraceState(file, names);
    const { state, findings } = this;
    const checks = new Set<string>(options.checks);
    if (checks.has('lock-order')) this.order = new OrderChecker(state, findings);
    if (checks.has('races')) this.races = new RaceChecker(state, findings);
    const predicts = { races: checks.has('races'), deadlocks: checks.has('deadlocks') };
    if (predicts.races || predicts.deadlocks) {
      this.predictor = new Predictor(state, findings, predicts);
    }
    if (options.statistics) this.statistics = new TraceStatistics(state);
    this.checkers = [
      this.order,
      this.races,
      checks.has('deadlocks') ? new DeadlockChecker(state, findings) : undefined,
      checks.has('rules') ? new RulesChecker(state, findings) : undefined,
      checks.has('lifetime') ? new LifetimeChecker(state, findings) : undefined,
      checks.has('lock-order') || checks.has('lifetime')
        ? new MisuseChecker(state, findings)
        : undefined,
      checks.has('lock-order') ? new WoundWait(state, findings) : undefined,
      checks.has('suspicions') ? new SuspicionChecker(state, findings) : undefined,
      this.predictor,
      this.statistics,
    ].filter((checker) => checker !== undefined);
  }

  /** The header has been read: each checker is told of the operations that it looks at. */
  private begin(): void {
    this.begun = true;
    for (const checker of this.checkers) checker.start?.();
    const operations = this.checkers.map((checker) => checker.operations?.());
    for (const op of Object.values(Op)) {
      const looking = this.checkers.filter((_, at) => operations[at]?.includes(op) ?? true);
      this.before[op] = looking.filter((checker) => checker.before !== undefined);
      this.after[op] = looking.filter((checker) => checker.after !== undefined);
    }
  }

  event(event: TraceEvent): void {
    if (!this.begun) this.begin();
    const { op } = event;
    if (op === Op.lost) this.lost++;
    else this.events++;
    const agent = this.state.agent(Math.max(0, event.agent));
    const before = this.before[op]!;
    const after = this.after[op]!;
    for (let index = 0; index < before.length; index++) before[index]!.before!(event, agent);
    this.state.apply(event, agent);
    for (let index = 0; index < after.length; index++) after[index]!.after!(event, agent);
  }

  /** The trace is over: what it has shown. */
  end(): CountedFinding[] {
    for (const checker of this.checkers) checker.end?.();
    return this.findings.all();
  }
}
