import { breathe, monotonicMs } from '../execute/clock.ts';
import { UserError } from '../program/errors.ts';
import type { CheckWorld } from '../execute/atomics/check-scenario.ts';
import { ThreadSpins } from '../execute/atomics/thread-states.ts';
import type { Program } from '../execute/program.ts';
import { explore, noCounts, type Exploration, type ExploreOptions } from './explore.ts';
import { MergedSearch } from './merged-search.ts';
import { statementOf } from './statement.ts';
import { GivenSchedules } from './strategies/given.ts';

/** Milliseconds after which the event loop has its turn. */
const sliceMs = 40;

/** What is said of the search of states of controlled threads: its name among strategies. */
const name = 'states';

/**
 * Searches all states of controlled threads, and then runs an execution for each sort of thing that
 * is wrong, with all checkers.
 *
 * @returns undefined if a thread spins, which only executions can follow
 */
export async function exploreStates(
  program: Program,
  options: ExploreOptions,
  statesMax: number,
): Promise<Exploration | undefined> {
  requireSeen((program.world as CheckWorld).remembers);
  const search = new MergedSearch(program, statesMax);
  const beganMs = monotonicMs();
  const endMs = beganMs + (options.seconds ?? Infinity) * 1000;
  const counts = noCounts();
  let through = false;
  try {
    while (!through && options.signal?.aborted !== true && monotonicMs() < endMs) {
      const sliceEnd = Math.min(monotonicMs() + sliceMs, endMs);
      through = search.run(() => monotonicMs() >= sliceEnd);
      counts.executions = search.ends;
      counts.steps = search.steps;
      counts.elapsedMs = monotonicMs() - beganMs;
      options.onProgress?.(counts, undefined);
      await breathe();
    }
  } catch (error) {
    if (error instanceof ThreadSpins) return undefined;
    throw error;
  }
  const schedules = [...search.schedules.values()];
  const strategy = new GivenSchedules(name, schedules, program.subject);
  const shown = await explore(program, { ...options, executions: undefined, strategy });
  const states = search.statesMet.toLocaleString('en-US');
  const limits = ` as to deadlocks, failures, data races and \`check\`, by ${states} states`;
  Object.assign(counts, { ...shown.counts, executions: search.ends, steps: search.steps });
  counts.cutOff = search.cutOff;
  const explored = { name, exhausted: through, limits };
  const { complete, statement } = statementOf(explored, through, counts);
  return { ...shown, counts, complete, statement, states: search.statesMet };
}

/** @throws UserError unless plain accesses of threads are seen */
export function requireSeen(plain: boolean): void {
  if (plain) return;
  throw new UserError(
    'the strategy states cannot tell what a thread does that reads shared memory unseen: leave ' +
      '`--no-plain` (`plain: false`) away, or take another strategy',
  );
}
