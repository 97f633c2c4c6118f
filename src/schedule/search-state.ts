import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { Counts } from './explore.ts';
import type { FindingRecord, Origin } from './finding-record.ts';

/** A finding that a search had met when it was saved. */
export interface SavedFinding {
  readonly key: string;
  readonly fingerprint: string;
  readonly steps: RecordedSteps;
  readonly origin: Origin;
  readonly occurrences: number;
}

/** A complete search on its way: all that is needed to go on with it at another time. */
export interface SearchState {
  /** What is still to be run; each strategy has its own form of it. */
  readonly rest: unknown;
  /** Of everything that was run. */
  readonly counts: Counts;
  readonly findings: readonly SavedFinding[];
}

/** When and where the state of a search is saved. */
export interface Checkpoints {
  /** Seconds between two. */
  readonly seconds: number;
  /** Between executions; nothing is run meanwhile. */
  readonly save: (state: SearchState) => Promise<void>;
}

/**
 * What is saved of findings: not those that were only predicted, as no schedule shows them.
 *
 * @param again - how often each key was met besides
 */
export function savedFindings(
  records: readonly FindingRecord[],
  again: ReadonlyMap<string, number> = new Map(),
): SavedFinding[] {
  const met = records.filter(({ origin }) => origin.predicted !== true);
  return met.map(({ finding, fingerprint, steps, origin, occurrences }) => {
    const { key } = finding;
    const times = occurrences + (again.get(key) ?? 0);
    return { key, fingerprint, steps, origin, occurrences: times };
  });
}
