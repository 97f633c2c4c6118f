import { Op } from '../../../trace/format/operation.ts';
import { wholeWord } from '../../../trace/format/trace-event.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import { Ideal, type Budget } from './ideal.ts';
import type { TraceStore } from './trace-store.ts';

/** Two accesses that a reordering brings side by side. */
export interface PredictedRace {
  readonly first: number;
  readonly second: number;
  readonly ideal: Ideal;
}

/**
 * Sync-preserving races (Mathur, Pavlogiannis and Viswanathan, POPL 2021): two accesses that are
 * next to each other in a reordering that keeps the order of the sections of each lock. For each
 * access all earlier ones of another agent are tried from the first one on; one that a set holds
 * is in all later sets, so that both sides only move on.
 */
export class RacePrediction {
  private readonly store: TraceStore;
  private readonly names: TraceNames;

  constructor(store: TraceStore, names: TraceNames) {
    this.store = store;
    this.names = names;
  }

  /** Hands every race on that it finds. */
  run(budget: Budget, found: (race: PredictedRace) => void): void {
    for (const accesses of this.suspects()) {
      const groups = this.groups(accesses);
      const writing = groups.filter((group) => group.some((one) => this.writes(one)));
      for (const firsts of groups) {
        // Who only reads races only with who writes.
        for (const seconds of writing.includes(firsts) ? groups : writing) {
          const [one, other] = [indexOf(firsts[0]!), indexOf(seconds[0]!)];
          if (this.store.agent.at(one) === this.store.agent.at(other)) continue;
          if (this.overlap(one, other)) this.pair(firsts, seconds, budget, found);
        }
      }
    }
  }

  /** Of each word that several agents access without a common lock, all accesses. */
  private suspects(): number[][] {
    const { store } = this;
    const suspects = store.words.suspects();
    if (suspects.length === 0) return [];
    const lists: (number[] | undefined)[] = [];
    for (const word of suspects) lists[word] = [];
    for (let index = 0; index < store.length; index++) {
      if (!isAccess(store.op.at(index))) continue;
      const list = lists[store.object.at(index)];
      // Marked ones are negative, less one.
      list?.push(store.isMarked(index) ? -index - 1 : index);
    }
    return lists.filter((list) => list !== undefined);
  }

  /** Accesses of one agent to the same bytes, in order. */
  private groups(accesses: readonly number[]): number[][] {
    const { agent, start, end } = this.store;
    const groups = new Map<number | string, number[]>();
    for (const access of accesses) {
      const index = indexOf(access);
      const whole = start.at(index) === 0 && end.at(index) === wholeWord;
      const key = whole
        ? agent.at(index)
        : `${agent.at(index)} ${start.at(index)} ${end.at(index)}`;
      const list = groups.get(key);
      if (list === undefined) groups.set(key, [access]);
      else list.push(access);
    }
    const { local } = this.store;
    const byPosition = (one: number, other: number): number =>
      local.at(indexOf(one)) - local.at(indexOf(other));
    return [...groups.values()].map((group) => group.sort(byPosition));
  }

  /** Races of the accesses of two agents, the first one's being earlier in the trace. */
  private pair(
    firsts: readonly number[],
    seconds: readonly number[],
    budget: Budget,
    found: (race: PredictedRace) => void,
  ): void {
    const writes = (access: number): boolean => this.writes(access);
    const marked = (access: number): boolean => access < 0;
    for (const isMarked of [false, true]) {
      const sort = (list: readonly number[], write: boolean): number[] =>
        list.filter((access) => writes(access) === write && marked(access) === isMarked);
      // A plain access races with any, a marked one with plain ones.
      const against = isMarked ? seconds.filter((access) => !marked(access)) : seconds;
      this.sweep(sort(firsts, true), against, budget, found);
      this.sweep(sort(firsts, false), against.filter(writes), budget, found);
    }
  }

  private sweep(
    firsts: readonly number[],
    seconds: readonly number[],
    budget: Budget,
    found: (race: PredictedRace) => void,
  ): void {
    const { store } = this;
    let ideal: Ideal | undefined;
    let at = 0;
    for (const access of seconds) {
      const second = indexOf(access);
      const must = store.mustBefore(second);
      budget.take(1);
      // What must come before it anyway needs no search.
      while (at < firsts.length && ordered(store, indexOf(firsts[at]!), must)) at++;
      ideal?.reach(second);
      while (at < firsts.length && indexOf(firsts[at]!) < second) {
        const first = indexOf(firsts[at]!);
        // Sections of one lock are never side by side.
        if (store.heldSets.exclude(store.held.at(first), store.held.at(second))) {
          at++;
          continue;
        }
        if (ideal === undefined) {
          ideal = new Ideal(store, this.names, budget);
          ideal.reach(second);
        }
        ideal.reach(first);
        if (ideal.infeasible) return;
        if (ideal.has(second)) break;
        if (!ideal.has(first)) {
          found({ first, second, ideal });
          break;
        }
        at++;
      }
    }
  }

  private writes(access: number): boolean {
    return this.store.isWrite(indexOf(access));
  }

  private overlap(one: number, other: number): boolean {
    const { start, end } = this.store;
    return start.at(one) < end.at(other) && start.at(other) < end.at(one);
  }
}

function isAccess(op: number): boolean {
  return op === Op.read || op === Op.write || op === Op.readModifyWrite || op === Op.waitOn;
}

function indexOf(access: number): number {
  return access < 0 ? -access - 1 : access;
}

/** Whether an event must come before another one, which `must` is the clock of. */
function ordered(store: TraceStore, first: number, must: number): boolean {
  return store.clocks.at(must, store.agent.at(first)) > store.local.at(first);
}
