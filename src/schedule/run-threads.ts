import { instantiate, type ProgramChoice } from '../execute/program.ts';
import { runFree, type FreeOutcome, type FreeRunOptions } from '../execute/threads/free-run.ts';
import type { Scenario } from '../program/scenario.ts';
import { FindingCollector, type CollectorOptions } from './finding-collector.ts';
import type { FindingRecord } from './finding-record.ts';
import { forgottenYield } from './forgotten-yield.ts';

export interface ThreadsOptions
  extends
    CollectorOptions,
    Pick<FreeRunOptions, 'seconds' | 'seed' | 'heapMb' | 'prefix' | 'signal' | 'onProgress'> {}

export interface ThreadsResult {
  readonly outcome: FreeOutcome;
  readonly findings: readonly FindingRecord[];
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
  const { seed, minimise, explain, onFinding, ...rest } = options;
  // The collector replays on an arena of its own, while the threads have theirs.
  const program = instantiate(scenario, choice);
  const collector = new FindingCollector(program, {
    ...(minimise === undefined ? {} : { minimise }),
    ...(explain === undefined ? {} : { explain }),
    ...(onFinding === undefined ? {} : { onFinding }),
  });
  const outcome = await runFree(instantiate(scenario, choice), {
    ...rest,
    scenario: url,
    seed,
    onFindings: (findings, steps, execution) =>
      collector.take(findings, () => steps, { strategy: 'threads', seed, execution }),
    onForgotten: (error, steps) => {
      throw forgottenYield(program, error, steps);
    },
  });
  return { outcome, findings: collector.records };
}
