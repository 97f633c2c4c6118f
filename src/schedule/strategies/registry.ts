import { UserError } from '../../program/errors.ts';
import { nearest } from '../../trace/nearest.ts';
import type { Strategy } from '../../execute/strategy.ts';
import { DepthFirst, unbounded } from './dfs.ts';
import { Pct } from './pct.ts';
import { RandomWalk } from './random.ts';

/** What the command line can say of any strategy; each takes what concerns it. */
export interface StrategyOptions {
  readonly seed: number;
  /** Depth of bug that `pct` looks for, 1 to 20. */
  readonly depth: number;
  /** Preemptions that `dfs` allows; `unbounded` for no bound. */
  readonly preemptions: number;
}

interface StrategyEntry {
  readonly summary: string;
  readonly make: (options: StrategyOptions) => Strategy;
}

/** The strategies by name. */
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

/** @throws UserError with the nearest names if there is no such strategy */
export function strategyNamed(name: string, options: StrategyOptions): Strategy {
  if (Object.hasOwn(strategies, name)) return strategies[name]!.make(options);
  const names = Object.keys(strategies);
  throw new UserError(
    `no strategy is named "${name}": ${nearest(name, names)}there are ${names.join(', ')}`,
  );
}

export { unbounded };
