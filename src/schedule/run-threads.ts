import { instantiate, type ProgramChoice } from '../execute/program.ts';
import { runFree, type FreeOutcome, type FreeRunOptions } from '../execute/threads/free-run.ts';
import type { Scenario } from '../program/scenario.ts';
import { FindingCollector, type CollectorOptions } from './finding-collector.ts';
import type { FindingRecord } from './finding-record.ts';
import { forgottenYield } from './forgotten-yield.ts';
import { Predictions, type PredictionCounts } from './predictions.ts';

export interface ThreadsOptions
  extends
    CollectorOptions,
    Pick<FreeRunOptions, 'seconds' | 'seed' | 'heapMb' | 'prefix' | 'signal' | 'onProgress'> {
  /** Of how many iterations other orders are looked at (`ExploreOptions.predict`); default 0. */
  readonly predict?: number | undefined;
}

export interface ThreadsResult {
  readonly outcome: FreeOutcome;
  readonly findings: readonly FindingRecord[];
  /** What was predicted. */
  readonly predictions: PredictionCounts;
}

/**
 * Runs a program on free threads and collects what the checkers find: each finding once, with a
 * short schedule that coroutines replay.
 *
 * @param url - where worker threads load the scenario from
 */
export async function runThreads(
  scenario: Scenario,
  url: string,
  choice: ProgramChoice,
  options: ThreadsOptions,
): Promise<ThreadsResult> {
  const { seed, minimise, explain, onFinding, predict = 0, ...rest } = options;
  // The collector replays on an arena of its own, while the threads have theirs.
  const program = instantiate(scenario, choice);
  const collector = new FindingCollector(program, {
    ...(minimise === undefined ? {} : { minimise }),
    ...(explain === undefined ? {} : { explain }),
    ...(onFinding === undefined ? {} : { onFinding }),
  });
  const predictions = new Predictions(program, collector);
  const outcome = await runFree(instantiate(scenario, choice), {
    ...rest,
    scenario: url,
    seed,
    onFindings: (findings, steps, execution) =>
      collector.take(findings, () => steps, { strategy: 'threads', seed, execution }),
    onIteration: (steps, execution) => {
      if (predictions.counts.executions >= predict) return;
      predictions.take(steps, { strategy: 'threads', seed, execution });
    },
    onForgotten: (error, steps) => {
      throw forgottenYield(program, error, steps);
    },
  });
  return { outcome, findings: collector.records, predictions: predictions.counts };
}
