import { Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings } from '../analysis-finding.ts';
import type { TraceChecker } from '../trace-checker.ts';
import type { AgentState, TraceState } from '../trace-state.ts';
import type { EventSetting } from './event-setting.ts';
import { WaitNodes, type WaitNode } from './deadlock-pattern.ts';
import { DeadlockPrediction } from './deadlock-prediction.ts';
import { accessOperations, predictedOperations, waitOperations } from './event-row.ts';
import { Budget, OutOfBudget } from './ideal.ts';
import { PredictionReports } from './prediction-reports.ts';
import { RacePrediction } from './race-prediction.ts';
import { racePairs } from './race-pairs.ts';
import { replay } from './replay.ts';
import { fullEventsMax, TraceStore } from './trace-store.ts';
import { WindowScreen, type Predictions } from './window-screen.ts';

/**
 * How much of a trace is looked at together, a *window*: rows of the store, and numbers in its
 * clocks. When one is full its searches are made, and all orders looked at from there on begin with
 * what was before. So memory does not grow with the trace, and what lies in two windows is not
 * predicted.
 */
export const predictedRowsMax: number = 1 << 20;
const clockNumbersMax = 1 << 23;
/** Steps that the searches of one window take at the most, for each sort of prediction. */
const stepsMax = 100_000_000;

/** How much of a trace is kept; tests have less. */
export interface PredictorLimits {
  /** Rows of a window. */
  readonly rowsMax: number;
  /** Up to this many events of a window each has a row of its own. */
  readonly fullMax: number;
  /** Whether the store sees a window's events only where the screen suspects something. */
  readonly screens: boolean;
  /** Up to this many rows of a window a suspicion can wait. */
  readonly patience?: number;
}

const limitsDefault: PredictorLimits = {
  rowsMax: predictedRowsMax,
  fullMax: fullEventsMax,
  screens: true,
};

/**
 * What other orders of the same events would show: races and deadlocks of sync-preserving
 * reorderings. Each is real, and comes with the reordering that reaches it.
 */
export class Predictor implements TraceChecker {
  private readonly state: TraceState;
  private readonly store: TraceStore;
  /** Has the events as long as it suspects nothing; undefined: the store has them. */
  private screen: WindowScreen | undefined;
  private readonly races: RacePrediction | undefined;
  private readonly nodes: WaitNodes | undefined;
  private readonly deadlocks: DeadlockPrediction;
  private readonly reports: PredictionReports;
  private abstractPatterns = 0;
  private deadlockPatterns = 0;
  /** Deadlocks in which somebody waits for an end, a completion or a notification. */
  private otherPatterns = 0;
  private raceWords = new Set<number>();
  /** Events that were looked at, and in how many windows. */
  private events = 0;
  private windows = 1;
  /** A search was given up. */
  private cut = false;
  private readonly limits: PredictorLimits;

  constructor(
    state: TraceState,
    findings: AnalysisFindings,
    predictions: Predictions,
    limits: PredictorLimits = limitsDefault,
  ) {
    const { names } = state;
    this.limits = limits;
    const store = new TraceStore(limits.fullMax);
    this.store = store;
    if (limits.screens) this.screen = new WindowScreen(names, predictions, limits.fullMax);
    if (predictions.races) this.races = new RacePrediction(store, names);
    if (predictions.deadlocks) this.nodes = new WaitNodes(store, names, limits.screens);
    this.deadlocks = new DeadlockPrediction(store, names);
    this.reports = new PredictionReports(store, names, findings);
    this.state = state;
  }

  operations(): readonly number[] {
    if (!this.state.names.options.exclusive) return [];
    return [...predictedOperations.keys()].filter(
      (op) => predictedOperations[op] === 1 || op === Op.downgrade || op === Op.lost,
    );
  }

  before(event: TraceEvent, agent: AgentState): void {
    if (!this.state.names.options.exclusive) return;
    if (predictedOperations[event.op] !== 1) {
      if (event.op === Op.downgrade || event.op === Op.lost) {
        this.screen?.addHeldChange(event, agent);
      }
      return;
    }
    if (event.start === event.end) return;
    // What is released without being held changes nothing.
    if (event.op === Op.release && agent.indexOf(event.object) === -1) return;
    this.events++;
    if (this.screen !== undefined && this.screen.log.length >= this.limits.rowsMax) {
      this.nextScreened(this.screen);
    }
    if (this.screen === undefined) return this.take(event, agent);
    if (accessOperations[event.op] === 1) this.screen.addAccess(event, agent);
    else this.screen.add(event, agent);
    const { patience = 0 } = this.limits;
    const { suspectsRace, log } = this.screen;
    if (suspectsRace && log.length > patience) this.replay(this.screen);
  }

  end(): void {
    if (this.screen !== undefined) {
      if (!this.screen.suspects()) return;
      this.replay(this.screen);
    }
    this.search();
  }

  /** Whether nothing has been suspected so far. */
  get isScreening(): boolean {
    return this.screen !== undefined;
  }

  /** Lets the store see an event. */
  private take(event: TraceEvent, setting: EventSetting): void {
    const { store } = this;
    if (store.length >= this.limits.rowsMax || store.clocks.size >= clockNumbersMax)
      this.nextWindow();
    if (waitOperations[event.op] === 1) this.nodes?.see(event, setting);
    switch (event.op) {
      case Op.read:
      case Op.write:
      case Op.readModifyWrite:
      case Op.waitOn:
        return store.addAccess(event, setting);
      case Op.complete:
      case Op.conditionNotify: {
        const row = store.add(event, setting);
        this.deadlocks.addSignal(row);
        return this.nodes?.add(row);
      }
      case Op.join:
      case Op.await:
      case Op.conditionWait: {
        const row = store.add(event, setting);
        return this.nodes?.add(row);
      }
      default:
        store.add(event, setting);
    }
  }

  /** Lets the store see what the screen has seen, and all that comes from here on. */
  private replay({ log }: WindowScreen): void {
    this.screen = undefined;
    replay(log, this.store, this.state.names, (event, setting) => this.take(event, setting));
    log.drop();
  }

  /** Begins another window where one is full that nothing was suspected in so far. */
  private nextScreened(screen: WindowScreen): void {
    if (screen.suspects()) return this.replay(screen);
    this.windows++;
    screen.restart(this.state.agents);
  }

  private nextWindow(): void {
    this.search();
    this.windows++;
    this.store.restart();
    this.deadlocks.clear();
    this.nodes?.clear();
  }

  private search(): void {
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
    const { screen } = this;
    if (this.races !== undefined && screen !== undefined && this.windows === 1) {
      if (screen.log.length <= this.limits.fullMax) this.replay(screen);
    }
    return {
      predictedFrom: this.events,
      ...(this.windows > 1 ? { predictionWindows: this.windows } : {}),
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

  /** What limits the predictions, in words; undefined: nothing did. */
  limitsText(): string | undefined {
    if (!this.cut && this.windows === 1) return undefined;
    const windows =
      this.windows === 1 ? '' : `within each of ${this.windows} parts of the trace, not across; `;
    const cut = this.cut ? 'a search was given up, there may be more; ' : '';
    return `predictions: ${windows}${cut}`.replace(/; $/, '');
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
    const { screen, store, limits } = this;
    if (screen !== undefined || this.windows > 1 || store.length > limits.fullMax) return {};
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
