import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { entryUrl } from '../execute/entry-url.ts';
import type { RegressJob, RegressResult } from './regress-job.ts';

/**
 * Runs jobs on as many worker threads as there are cores.
 *
 * @param onResult - takes each result as it comes, with the job's place in the list
 * @returns the results in the order of the jobs; fewer if the signal came first
 */
export async function runRegressJobs(
  jobs: readonly RegressJob[],
  signal: AbortSignal,
  onResult: (result: RegressResult, at: number) => void,
): Promise<RegressResult[]> {
  const threads = Math.min(availableParallelism(), Math.max(1, jobs.length));
  const pool = new Piscina<RegressJob, RegressResult>({
    filename: entryUrl('regress').href,
    minThreads: threads,
    maxThreads: threads,
    argv: [],
    execArgv: [],
  });
  // Every waiting job listens for the end.
  setMaxListeners(0, signal);
  const results: (RegressResult | undefined)[] = [];
  try {
    await Promise.all(
      jobs.map(async (job, at) => {
        try {
          const result = await pool.run(job, { signal });
          results[at] = result;
          onResult(result, at);
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }),
    );
  } finally {
    await pool.destroy();
  }
  return results.filter((result) => result !== undefined);
}
