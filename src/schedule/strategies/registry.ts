import { UserError } from '../../program/errors.ts';
import { nearest } from '../../program/nearest.ts';
import type { Strategy } from '../../execute/strategy.ts';
import { BoundedDpor } from './bounded-dpor.ts';
import { undividedBoundedDpor } from './divide-bounded-dpor.ts';
import { dividedBounded } from './divide-bounded.ts';
import { dividedClasses } from './divide-classes.ts';
import { dividedDepthFirst } from './divide-dfs.ts';
import type { Divider } from './division.ts';
import { undividedStates } from './divide-states.ts';
import { dividedDpor } from './dpor/divide-dpor.ts';
import { BoundedSearch } from './bounded.ts';
import { ClassSearch } from './class-search.ts';
import type { Equivalence } from './classes/compared-words.ts';
import { DepthFirst, unbounded } from './dfs.ts';
import { Dpor } from './dpor.ts';
import { FairPct } from './fair-pct.ts';
import { Frontier } from './frontier.ts';
import { GuidedSampling } from './guided.ts';
import { Pct } from './pct.ts';
import { Portfolio } from './portfolio.ts';
import { PartialOrderSampling } from './pos.ts';
import { RandomWalk } from './random.ts';
import { ReadsFromFuzzing } from './rff.ts';
import { StateSearch, statesMax } from './states.ts';
import { SelectiveRandomWalk } from './surw.ts';
import { Turns } from './turns.ts';
import { UniformRandomWalk } from './urw.ts';

/** What `states` can be told, on or off; default: off. @public */
export interface StateSwitches {
  /** What agents say to have forgotten is checked, instead of taking their word. */
  readonly checkForget?: boolean;
  /** States count once for all exchanges of agents that cannot tell themselves apart. */
  readonly symmetry?: boolean;
  /** They do not, and all states are looked at, whether those agents do the same. */
  readonly checkSymmetry?: boolean;
}

/** What can be said of any strategy; each takes what concerns it. @public */
export interface StrategyOptions extends StateSwitches {
  /** 32 bits; with the number of an execution it decides all that is random there. */
  readonly seed: number;
  /** Depth of bug that `pct` looks for, 1 to 20. */
  readonly depth: number;
  /** Preemptions that `dfs`, `dpor` and `preemptions` allow; from 1000 on there is no bound. */
  readonly preemptions: number;
  /** Delays that `delays` allows; default: any. */
  readonly delays?: number;
  /** Which executions are the same to `dpor`; default `traces`. */
  readonly equivalence?: Equivalence;
}

/** The names of what `states` can be told. */
export const stateSwitches: readonly (keyof StateSwitches)[] = [
  'checkForget',
  'symmetry',
  'checkSymmetry',
];

/** Those of the switches that are on. */
export function switchesOn(options: StateSwitches): StateSwitches {
  const on = stateSwitches.filter((name) => options[name] === true);
  return Object.fromEntries(on.map((name) => [name, true]));
}

/** The equivalences of `dpor`, from the finest to the coarsest. @public */
export const equivalences: readonly Equivalence[] = ['traces', 'observers', 'reads-from'];

function makeDpor({ preemptions, equivalence = 'traces' }: StrategyOptions): Strategy {
  const bounded = preemptions < unbounded;
  if (equivalence === 'traces') return bounded ? new BoundedDpor({ preemptions }) : new Dpor();
  if (!bounded) return new ClassSearch(equivalence);
  throw new UserError(
    `\`--preemptions\` bounds dpor with the equivalence "traces", not with "${equivalence}"`,
  );
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
  'fair-pct': {
    summary: 'pct, and a random walk after as many choices as any execution had',
    make: ({ seed, depth }) => new FairPct({ seed, depth }),
  },
  pos: {
    summary: 'partial order sampling: random priorities of operations, anew where they raced',
    make: ({ seed }) => new PartialOrderSampling({ seed }),
  },
  urw: {
    summary: 'uniform random walk: agents are as likely as they have steps left',
    make: ({ seed }) => new UniformRandomWalk({ seed }),
  },
  surw: {
    summary: 'selectively uniform random walk: uniform over the operations on one object',
    make: ({ seed }) => new SelectiveRandomWalk({ seed }),
  },
  guided: {
    summary: 'partial order sampling that varies executions which reached something new',
    make: ({ seed }) => new GuidedSampling({ seed }),
  },
  rff: {
    summary: 'reads-from fuzzing: wishes who finds an object as whom left it',
    make: ({ seed }) => new ReadsFromFuzzing({ seed }),
  },
  frontier: {
    summary: 'returns to states that were met seldom, and goes on at random from there',
    make: ({ seed }) => new Frontier({ seed }),
  },
  turns: {
    summary: 'agents take turns of lengths that grow, or that changes end',
    make: ({ seed }) => new Turns({ seed }),
  },
  portfolio: {
    summary: 'turns, dpor, rff, surw, urw, pos, delays, pct, frontier, guided and random in turns',
    make: ({ seed, depth }) => new Portfolio({ seed, depth }),
  },
  preemptions: {
    summary: 'all schedules without preemptions, then with one, two, ...',
    make: ({ preemptions }) => new BoundedSearch('preemptions', { bound: preemptions }),
  },
  delays: {
    summary: 'all schedules without delays, then with one, two, ...',
    make: ({ delays }) => new BoundedSearch('delays', { bound: delays ?? unbounded }),
  },
  dfs: {
    summary: 'all schedules, or all within a bound on preemptions',
    make: ({ preemptions }) => new DepthFirst({ preemptions }),
  },
  dpor: {
    summary: 'one schedule for each order of the steps that depend on each other',
    make: makeDpor,
  },
  states: {
    summary: 'all states, each once: deadlocks, failures and invariants; not all orders',
    make: (options) => {
      const on = Object.keys(switchesOn(options)).map((name) => [name, 1]);
      return new StateSearch({ statesMax, ...(Object.fromEntries(on) as object) });
    },
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

/** Whether a strategy of this name is through by itself, having run all that it was to run. */
export function isExhaustive(name: string): boolean {
  const options = { seed: 0, depth: 1, preemptions: unbounded };
  return Object.hasOwn(strategies, name) && strategies[name]!.make(options).exhausted !== undefined;
}

/**
 * How the search that these options ask for is divided among threads (unless it has `onThreads`
 * false), saved and resumed; undefined: it is not.
 */
export function dividerOf(name: string, options: StrategyOptions): Divider | undefined {
  const strategy = strategyNamed(name, options);
  if (strategy instanceof Dpor) return dividedDpor;
  if (strategy instanceof ClassSearch) return dividedClasses(strategy.options.equivalence);
  if (strategy instanceof BoundedDpor) return undividedBoundedDpor(strategy.options);
  if (strategy instanceof StateSearch) return undividedStates(strategy.limitedTo);
  if (strategy instanceof BoundedSearch) return dividedBounded(strategy.name, strategy.options);
  return strategy instanceof DepthFirst ? dividedDepthFirst(strategy.options) : undefined;
}

/** Why a complete search is not divided, for a message. */
export function undividedText(name: string): string {
  if (name === 'states')
    return 'states runs on one thread, as it remembers the states that it has met';
  return `${name} with a bound runs on one thread, as who sleeps depends on who was tried before`;
}

export { unbounded, type Equivalence };
