import type { Machine } from './machine.ts';

/** Who goes next. One file a strategy in `schedule/`; all behave behind this. @public */
export interface Strategy {
  readonly name: string;
  /** The options that it was made with, for the record; what a run prints first. */
  readonly options: Readonly<Record<string, number | string>>;
  /**
   * True if `choose` is wanted at every step, even when only one agent can go.
   */
  readonly everyStep: boolean;
  /** Whether it may run executions of one trace more than once, so that remembering them pays. */
  readonly repeats: boolean;
  /**
   * Of a strategy that can be complete: true once it has run all that it was to run. Undefined: it
   * never is through.
   */
  readonly exhausted?: boolean;
  /**
   * True if a complete search may leave out states, of independent steps whose order is of no
   * account: then invariants of every step cannot be proved by it.
   */
  readonly missesStates?: boolean;
  /** What a complete search was limited to, such as " with at most 2 preemptions"; "": nothing. */
  readonly limits?: string;
  /** True for a replay that ends with {@link judgeHere}. */
  readonly judges?: boolean;
  /** True if what was seen decides what is likely next, so that executions are not drawn alike. */
  readonly learns?: boolean;
  /**
   * How often the search has begun, where it may learn on the way what it must know from the start:
   * what was run before the last beginning does not count.
   */
  readonly beginnings?: number;
  /** The name of the strategy that makes the present execution, if it leaves that to others. */
  readonly acting?: string;
  /**
   * True where the other agents go on when one has failed. What is found ends at the failure all
   * the same; the strategy sees the rest. Default: the execution ends there.
   */
  readonly goesOn?: boolean;
  /**
   * An execution begins.
   *
   * @param execution - its number, from 0; the seed and this number alone decide what a random
   *   strategy does
   * @returns false when the strategy is through: there is nothing more to explore
   */
  begin(execution: number, agents: number): boolean;
  /**
   * Chooses among the agents that can go.
   *
   * @param enabled - those agents, as a mask; never 0
   * @param current - the agent that made the last step, or -1; it may not be able to go on
   * @returns the agent, -1 to abandon the execution (nothing new can come of it), or
   *   {@link judgeHere}
   */
  choose(enabled: number, current: number, machine: Machine): number;
  /**
   * Nobody can go by itself. A strategy that has this may name an agent whose operation is timed,
   * or -1.
   */
  force?(machine: Machine): number;
  /** The execution is over. */
  end(outcome: ExecutionOutcome): void;
  /**
   * Told before the first execution where invariants of the end look at the words: a strategy to
   * which executions are the same that end with other words is to tell those apart.
   */
  watchEnd?(): void;
  /**
   * Of a strategy that can be complete: how far it has come, as far as it can tell.
   *
   * @param run - executions of the search that others have run in its place; default: its own
   */
  progress?(run?: number): Progress;
  /** Between two executions: all that is still to be run, as data (`strategies/division.ts`). */
  save?(): unknown;
  /**
   * Random probes of what is left of the search: a strategy whose executions show nothing new, but
   * let `progress` say more. It is through when they tell enough.
   */
  probe?(seed: number): Strategy;
}

/** A choice: cut the execution off and judge whether its agents would go round for ever. */
export const judgeHere = -2;

/** How far a complete search has come. @public */
export interface Progress {
  /** Executions begun, as a share of those that there are by the estimate; 0 if none is known. */
  readonly share: number;
  /**
   * Executions in all, as an estimate; also those that are given up since an equivalent one is run.
   * Undefined if nothing is known.
   */
  readonly executions: number | undefined;
  /** About two standard errors of it; undefined if how far off it may be cannot be told. */
  readonly spread: number | undefined;
  /** Of a search of states: those met, and how many there are at the least by an estimate. */
  readonly states?: { readonly met: number; readonly atLeast: number };
}

/** How an execution ended. @public */
export interface ExecutionOutcome {
  /** Visible operations performed. */
  readonly steps: number;
  /**
   * `completed`: all agents ended; `stalled`: nobody could go on; `failed`: an agent threw;
   * `abandoned`: by the strategy; `cutOff`: at the bound on steps.
   */
  readonly end: 'completed' | 'stalled' | 'failed' | 'abandoned' | 'cutOff';
}

/** The agents of a mask in turn: the smallest one, and the mask without it. */
export function firstOf(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** How many agents a mask has. */
export function countOf(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}
