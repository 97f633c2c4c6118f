import { Coroutines } from '../execute/coroutines.ts';
import type { Program } from '../execute/program.ts';
import type { FindingRecord } from './finding-record.ts';
import { candidatesOf, type Ordering } from './ordering-candidates.ts';
import { Constrained } from './strategies/constrained.ts';

/** The few orderings that a finding depends on. @public */
export interface Dependence {
  /** None of them can be spared, as far as was tested; in the order of the schedule. */
  readonly orderings: readonly Ordering[];
  /** Random executions that kept to them: each showed the finding. */
  readonly shown: number;
}

/** Random executions that kept to a set of orderings, at the most. */
const runsMax = 16;
/** Executions that may be abandoned for each that is wanted. */
const attemptsPerRun = 3;
/** Steps to spend on one finding; not a time, so that a report is the same on every machine. */
const stepsBudget = 200_000;
/** More than these are no explanation. */
const orderingsMax = 8;

/**
 * Finds the orderings that a finding depends on: as few as suffice. From all that the schedule has
 * (`ordering-candidates.ts`) blocks and then single ones are dropped, as long as every random
 * execution that keeps to the rest shows the finding. Like the inflection points of Lotto (Paolillo
 * et al.), a claim of tests, not of a proof.
 *
 * @param record - with a schedule that has been made short
 * @returns undefined if no few orderings bring the finding about, within the budget
 */
export function dependenceOf(program: Program, record: FindingRecord): Dependence | undefined {
  return new Dropping(program, record).run();
}

class Dropping {
  private readonly coroutines: Coroutines;
  private readonly strategy: Constrained;
  private readonly candidates: readonly Ordering[];
  private readonly key: string;
  private steps = 0;
  private execution = 0;

  constructor(program: Program, record: FindingRecord) {
    this.candidates = candidatesOf(program, record);
    this.coroutines = new Coroutines(program);
    this.strategy = new Constrained({ seed: record.origin.seed });
    this.key = record.finding.key;
  }

  run(): Dependence | undefined {
    let kept = this.candidates;
    if (this.shownAlways(kept) === 0) return undefined;
    for (let size = Math.ceil(kept.length / 2); size > 0; size = half(size)) {
      for (let at = 0; at < kept.length;) {
        const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
        if (this.shownAlways(rest) > 0) kept = rest;
        else at += size;
        if (this.steps > stepsBudget) return undefined;
      }
    }
    if (kept.length > orderingsMax) return undefined;
    const shown = this.shownAlways(kept);
    return shown === 0 ? undefined : { orderings: kept, shown };
  }

  /** Random executions that kept to these orderings; 0 if one did not show the finding. */
  private shownAlways(orderings: readonly Ordering[]): number {
    this.strategy.keep(orderings);
    let shown = 0;
    let missed = false;
    let attempts = 0;
    this.coroutines.runAll(this.strategy, this.execution, ({ end, steps }) => {
      this.execution++;
      this.steps += steps;
      const found = this.coroutines.findings.some(({ key }) => key === this.key);
      if (found) shown++;
      else if (end !== 'abandoned') missed = true;
      return missed || shown >= runsMax || ++attempts >= runsMax * attemptsPerRun;
    });
    return missed ? 0 : shown;
  }
}

function half(size: number): number {
  return size === 1 ? 0 : Math.ceil(size / 2);
}
