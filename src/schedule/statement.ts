import type { Progress, Strategy } from '../execute/strategy.ts';
import { unmetTraces, type Coverage } from './coverage.ts';
import type { Counts } from './explore.ts';

/** What must be known of a strategy. */
export type Explored = Pick<Strategy, 'name' | 'exhausted' | 'limits' | 'learns'>;

/** What else there is to say than how executions ended. */
export interface Account {
  /** Of a random strategy that tells traces apart. */
  readonly coverage?: Coverage | undefined;
  /** Of a complete one that was stopped. */
  readonly progress?: Progress | undefined;
}

/**
 * What an exploration has shown, in one sentence that says whether it was complete and up to what.
 */
export function statementOf(
  strategy: Explored,
  through: boolean,
  counts: Counts,
  { coverage, progress }: Account = {},
): { complete: boolean; statement: string } {
  const number = counts.executions - counts.abandoned;
  const run = `${count(number)} ${number === 1 ? 'execution' : 'executions'}`;
  if (strategy.exhausted === undefined) {
    const odds = coverage === undefined ? '' : oddsText(strategy, coverage);
    return {
      complete: false,
      statement: `not complete: ${run} chosen by ${strategy.name}${odds}`,
    };
  }
  const bound = strategy.limits ?? '';
  if (!through || !strategy.exhausted) {
    const share = progress === undefined ? '' : progressText(progress);
    return {
      complete: false,
      statement: `not complete: stopped after ${run}${bound}${share === '' ? '' : `: ${share}`}`,
    };
  }
  if (counts.cutOff > 0) {
    return {
      complete: false,
      statement: `not complete: ${count(counts.cutOff)} of ${run} were cut off at the step bound`,
    };
  }
  if (bound !== '') return { complete: true, statement: `explored completely${bound}: ${run}` };
  const all = number === 1 ? 'is all there is' : 'are all there are';
  return {
    complete: true,
    statement: `explored completely: ${run} ${all} up to the order of independent steps`,
  };
}

/**
 * "about 41,000 (give or take 9,000) executions in all, 12 % run"; empty if nothing is known.
 */
export function progressText({ executions, spread, share, states }: Progress): string {
  if (states !== undefined) {
    const { met, atLeast } = states;
    if (atLeast <= met) return `${count(met)} states met, more than random executions tell of`;
    const most = `at most ${percent(met / atLeast)} of them met`;
    return `${count(met)} states met; there are about ${rough(atLeast)} at the least, ${most}`;
  }
  if (executions === undefined) return '';
  const all = `${rough(executions)}`;
  const run = `executions in all, ${percent(share)} run`;
  if (spread === undefined) return `by what was run about ${all} ${run}, without a spread`;
  if (spread < executions) return `about ${all} (give or take ${rough(spread)}) ${run}`;
  return `perhaps ${all} (probes differ by more than that) ${run}`;
}

/** How many were different, when the last new one came, and what may have been missed. */
function oddsText(strategy: Explored, coverage: Coverage): string {
  const { traces, beyond, lastNew } = coverage;
  const atLeast = beyond > 0 ? 'at least ' : '';
  const different = `, ${atLeast}${count(traces)} of them different`;
  const last = beyond > 0 ? '' : `; the last new one was execution ${count(lastNew)}`;
  // What has been learned changes what comes next: then executions are not drawn alike.
  if (strategy.learns === true) return `${different}${last}`;
  const { share, shareMax } = unmetTraces(coverage);
  return (
    `${different}${last}; by estimate (Good-Turing) ${percent(share)} of its executions would be ` +
    `others than these, with 95 % confidence at most ${percent(shareMax)}`
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Two digits: an estimate has no more. */
function rough(value: number): string {
  if (value >= 1e15) return value.toExponential(1);
  return count(value < 100 ? Math.round(value) : Number(value.toPrecision(2)));
}

function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value < 0.01) return 'less than 0.01 %';
  if (value > 99 && value < 100) return 'more than 99 %';
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)} %`;
}
