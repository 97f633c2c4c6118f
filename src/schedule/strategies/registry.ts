import { UserError } from '../../program/errors.ts';
import { nearest } from '../../program/nearest.ts';
import type { Strategy } from '../../execute/strategy.ts';
import { DepthFirst, unbounded } from './dfs.ts';
import { Pct } from './pct.ts';
import { RandomWalk } from './random.ts';

/** What can be said of any strategy; each takes what concerns it. @public */
export interface StrategyOptions {
  /** 32 bits; with the number of an execution it decides all that is random there. */
  readonly seed: number;
  /** Depth of bug that `pct` looks for, 1 to 20. */
  readonly depth: number;
  /** Preemptions that `dfs` allows; from 1000 on there is no bound. */
  readonly preemptions: number;
}

interface StrategyEntry {
  readonly summary: string;
  readonly make: (options: StrategyOptions) => Strategy;
}

/** The strategies by name. @public */
export const strategies: Readonly<Record<string, StrategyEntry>> = {
  random: {
    summary: 'a random walk over the agents that can go',
    make: ({ seed }) => new RandomWalk({ seed }),
  },
  pct: {
    summary: 'probabilistic concurrency testing: random priorities, few changes',
    make: ({ seed, depth }) => new Pct({ seed, depth }),
  },
  dfs: {
    summary: 'all schedules, or all within a bound on preemptions',
    make: ({ preemptions }) => new DepthFirst({ preemptions }),
  },
};

/**
 * A strategy by its name.
 *
 * @throws UserError with the nearest names if there is no such strategy
 * @public
 */
export function strategyNamed(name: string, options: StrategyOptions): Strategy {
  if (Object.hasOwn(strategies, name)) return strategies[name]!.make(options);
  const names = Object.keys(strategies);
  throw new UserError(
    `no strategy is named "${name}": ${nearest(name, names)}there are ${names.join(', ')}`,
  );
}

export { unbounded };
