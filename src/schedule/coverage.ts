import type { Coroutines } from '../execute/coroutines.ts';

/** How much of a program the executions of a random strategy have been through. @public */
export interface Coverage {
  /** Executions whose traces were told apart. */
  readonly executions: number;
  /** Different Mazurkiewicz traces among them; of each thread 65,536 are told apart. */
  readonly traces: number;
  /** Executions whose trace came after that; they may be old or new. */
  readonly beyond: number;
  /** Traces met in one execution only; what came beyond counts as such. */
  readonly tracesOnce: number;
  /** The last execution with a trace not met before; executions count from 0. */
  readonly lastNew: number;
  /** New traces in the last tenth of the executions. */
  readonly newInLastTenth: number;
  /** Different pairs of a change and a step that saw it (`execute/reads-from.ts`). */
  readonly readsFrom: number;
  /** Different pairs of a held lock and another that was asked for. */
  readonly lockOrders: number;
  /** Searches for cycles of locks that gave up: inversions may be missing. */
  readonly lockSearchesCut: number;
}

/** One thread's share of it, which others can be merged with. Plain data. */
export interface CoverageShare {
  readonly executions: number;
  readonly beyond: number;
  /** Numbers of the traces; for each the execution that had it first, and how many had it. */
  readonly traces: Float64Array;
  readonly firsts: Float64Array;
  readonly times: Float64Array;
  readonly readsFrom: Float64Array;
  readonly lockOrders: Float64Array;
  readonly lockSearchesCut: number;
}

/**
 * What an executor has seen.
 *
 * @param first - the number that its first execution has among those of all threads
 * @param stride - the threads, which take executions in turns
 * @returns undefined if it does not tell traces apart
 */
export function coverageShare(
  { memory, checks }: Coroutines,
  first = 0,
  stride = 1,
): CoverageShare | undefined {
  if (memory === undefined || memory.executions === 0) return undefined;
  const { keys, firsts, times } = memory.columns();
  return {
    executions: memory.executions,
    beyond: memory.beyond,
    traces: keys,
    firsts: firsts.map((execution) => first + execution * stride),
    times,
    readsFrom: memory.readsFrom.pairs.values(),
    lockOrders: Float64Array.from(checks!.lockOrders()),
    lockSearchesCut: checks!.lockSearchesCut,
  };
}

/** What all threads together have seen. */
export function coverageOf(shares: readonly (CoverageShare | undefined)[]): Coverage | undefined {
  const all = shares.filter((share) => share !== undefined);
  if (all.length === 0) return undefined;
  const executions = all.reduce((sum, share) => sum + share.executions, 0);
  const beyond = all.reduce((sum, share) => sum + share.beyond, 0);
  const merged = new Map<number, { first: number; times: number }>();
  for (const { traces, firsts, times } of all) {
    for (const [i, key] of traces.entries()) {
      const known = merged.get(key);
      const first = Math.min(firsts[i]!, known?.first ?? Infinity);
      merged.set(key, { first, times: times[i]! + (known?.times ?? 0) });
    }
  }
  const traces = [...merged.values()];
  const tenth = executions * 0.9;
  return {
    executions,
    traces: traces.length,
    beyond,
    tracesOnce: beyond + traces.filter(({ times }) => times === 1).length,
    lastNew: traces.reduce((last, { first }) => Math.max(last, first), 0),
    newInLastTenth: traces.filter(({ first }) => first >= tenth).length,
    readsFrom: union(all.map((share) => share.readsFrom)),
    lockOrders: union(all.map((share) => share.lockOrders)),
    lockSearchesCut: all.reduce((sum, share) => sum + share.lockSearchesCut, 0),
  };
}

/** The share of executions that would have a trace not met yet, as an estimate. */
export interface Unmet {
  readonly share: number;
  /** What it exceeds in one case of twenty at the most. */
  readonly shareMax: number;
}

/**
 * Good's estimate of the mass of what has not been met (Good, Biometrika 40, 1953, who gives it to
 * Turing): the share of executions whose trace was met once. McAllester and Schapire (COLT 2000,
 * Theorem 1) bound how far it may be off, whatever the distribution. Both ask that executions are
 * drawn independently of each other and alike.
 */
export function unmetTraces({ executions, tracesOnce }: Coverage): Unmet {
  const share = tracesOnce / executions;
  const slack = (2 * Math.SQRT2 + Math.sqrt(3)) * Math.sqrt(Math.log(3 / 0.05) / executions);
  return { share, shareMax: Math.min(1, share + slack) };
}

function union(lists: readonly Float64Array[]): number {
  if (lists.length === 1) return lists[0]!.length;
  const all = new Set<number>();
  for (const list of lists) for (const number of list) all.add(number);
  return all.size;
}
