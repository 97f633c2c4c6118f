import { CheckSession, type CheckSessionOptions } from '../execute/atomics/check-session.ts';
import { checkForm } from '../execute/atomics/check-scenario.ts';
import type { Exploration, ExploreOptions } from './explore.ts';
import { exploreAnew } from './explore-anew.ts';
import {
  isExhaustive,
  strategyNamed,
  unbounded,
  type StrategyOptions,
} from './strategies/registry.ts';

/** How to check a file's threads. @public */
export interface CheckThreadsOptions
  extends
    CheckSessionOptions,
    Partial<StrategyOptions>,
    Omit<ExploreOptions, 'strategy' | 'seed' | 'estimate'> {
  /** Name of a strategy; default `dpor`, which runs one execution for each order that matters. */
  readonly strategy?: string;
}

/** Executions of a strategy that is never through, where nothing says how many. */
const executionsDefault = 1000;

/**
 * Explores the schedules of synchronous code that uses `SharedArrayBuffer` and `Atomics` directly:
 * the functions of a file (see `CheckModule`) as worker threads of which one runs at a time.
 *
 * @param file - a path, or a `file:` URL
 * @throws UserError if the file is not as it must be, or a thread depends on what is not under
 *   control
 * @public
 */
export async function checkThreads(
  file: string | URL,
  options: CheckThreadsOptions = {},
): Promise<Exploration> {
  const { strategy = 'dpor', seed = 1, depth = 3, preemptions = unbounded, ...rest } = options;
  const session = await CheckSession.open(file, options);
  try {
    const limit = isExhaustive(strategy) || options.seconds !== undefined;
    const executions = options.executions ?? (limit ? undefined : executionsDefault);
    const variant = Object.keys(session.scenario.variants)[0]!;
    const choice = { variant, form: checkForm };
    return await exploreAnew(session.scenario, choice, {
      ...rest,
      seed,
      executions,
      strategy: () => strategyNamed(strategy, { ...options, seed, depth, preemptions }),
    });
  } finally {
    await session.close();
  }
}
