import { Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings } from '../analysis-finding.ts';
import type { TraceChecker } from '../trace-checker.ts';
import type { AgentState, TraceState } from '../trace-state.ts';
import { WaitNodes, type WaitNode } from './deadlock-pattern.ts';
import { DeadlockPrediction } from './deadlock-prediction.ts';
import { Budget, OutOfBudget } from './ideal.ts';
import { PredictionReports } from './prediction-reports.ts';
import { RacePrediction } from './race-prediction.ts';
import { pairedEventsMax, racePairs } from './race-pairs.ts';
import { predictedOperations, TraceStore } from './trace-store.ts';

/** Events that are kept for predictions: those from the start of the trace. */
export const predictedEventsMax: number = 1 << 21;
/** Steps that the searches of one trace take together at the most, for each sort of prediction. */
const stepsMax = 100_000_000;

/** Which steps a trace can be asked to predict. */
export interface Predictions {
  readonly races: boolean;
  readonly deadlocks: boolean;
}

/**
 * What other orders of the same events would show: races and deadlocks of sync-preserving
 * reorderings. Each is real, and comes with the reordering that reaches it.
 */
export class Predictor implements TraceChecker {
  private readonly state: TraceState;
  private readonly store = new TraceStore();
  private readonly races: RacePrediction | undefined;
  private readonly nodes: WaitNodes | undefined;
  private readonly deadlocks: DeadlockPrediction;
  private readonly reports: PredictionReports;
  private abstractPatterns = 0;
  private deadlockPatterns = 0;
  /** Deadlocks in which somebody waits for an end, a completion or a notification. */
  private otherPatterns = 0;
  private raceWords = new Set<number>();
  private cut = false;

  constructor(state: TraceState, findings: AnalysisFindings, predictions: Predictions) {
    const { names } = state;
    const { store } = this;
    if (predictions.races) this.races = new RacePrediction(store, names);
    if (predictions.deadlocks) this.nodes = new WaitNodes(store);
    this.deadlocks = new DeadlockPrediction(store, names);
    this.reports = new PredictionReports(store, names, findings);
    this.state = state;
  }

  before(event: TraceEvent, agent: AgentState): void {
    if (predictedOperations[event.op] !== 1 || !this.state.names.options.exclusive) return;
    if (event.start === event.end) return;
    // What is released without being held changes nothing.
    if (event.op === Op.release && agent.indexOf(event.object) === -1) return;
    if (this.store.length >= predictedEventsMax) {
      this.cut = true;
      return;
    }
    const index = this.store.add(event, agent);
    switch (event.op) {
      case Op.read:
      case Op.write:
      case Op.readModifyWrite:
      case Op.waitOn:
        return this.races?.add(index, event.object);
      case Op.complete:
      case Op.conditionNotify:
        this.deadlocks.addSignal(index);
        return this.nodes?.add(index);
      case Op.acquire:
      case Op.join:
      case Op.await:
      case Op.conditionWait:
        return this.nodes?.add(index);
      default:
    }
  }

  end(): void {
    this.within((budget) =>
      this.races?.run(budget, (race) => {
        this.raceWords.add(this.store.object.at(race.first));
        this.reports.race(race);
      }),
    );
    this.within((budget) => {
      for (const pattern of this.nodes?.patterns(budget) ?? []) {
        const ofLocks = pattern.every(({ op }) => op === Op.acquire);
        if (ofLocks) this.abstractPatterns++;
        if (pattern.every((node) => this.isInContext(node))) continue;
        const found = this.deadlocks.find(pattern, budget);
        if (found === undefined) continue;
        if (ofLocks) this.deadlockPatterns++;
        else this.otherPatterns++;
        this.reports.deadlock(found);
      }
    });
  }

  statistics(): Record<string, unknown> {
    return {
      predictedFrom: this.store.length,
      ...(this.cut ? { predictionCut: true } : {}),
      ...(this.races === undefined
        ? {}
        : { ...this.pairs(), spRaceVars: this.wordNames(this.raceWords) }),
      ...(this.nodes === undefined
        ? {}
        : {
            abstractDeadlockPatterns: this.abstractPatterns,
            spDeadlockPatterns: this.deadlockPatterns,
            spOtherDeadlockPatterns: this.otherPatterns,
          }),
    };
  }

  /** Wound/wait locks in acquire contexts: there one of a ring is refused, and gives way. */
  private isInContext({ object, op, held }: WaitNode): boolean {
    const { locks } = this.state.names;
    const isOf = (lock: number, kind: string): boolean => locks[lock]!.kind === kind;
    if (op !== Op.acquire || !isOf(object, 'ww_mutex')) return false;
    return held.some(({ lock }) => isOf(lock, 'ww_context'));
  }

  private wordNames(words: Iterable<number>): string[] {
    return [...words].map((word) => this.state.names.words.texts[word]!).sort();
  }

  /** What other tools count, where the trace is small enough to count it. */
  private pairs(): Record<string, unknown> {
    if (this.store.length > pairedEventsMax) return {};
    const hb = racePairs(this.store, false);
    const shb = racePairs(this.store, true);
    return {
      hbRacePairs: hb.pairs,
      hbRaceVars: this.wordNames(hb.words),
      shbRacePairs: shb.pairs,
      shbRaceVars: this.wordNames(shb.words),
    };
  }

  private within(search: (budget: Budget) => void): void {
    try {
      search(new Budget(stepsMax));
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      this.cut = true;
    }
  }
}
