import type { Strategy } from '../execute/strategy.ts';
import type { Counts } from './explore.ts';

/**
 * What an exploration has shown, in one sentence that says whether it was complete and up to what.
 */
export function statementOf(
  strategy: Strategy,
  through: boolean,
  counts: Counts,
): { complete: boolean; statement: string } {
  const number = counts.executions - counts.abandoned;
  const run = `${number.toLocaleString('en-US')} ${number === 1 ? 'execution' : 'executions'}`;
  if (strategy.exhausted === undefined) {
    // With invariants of every step, or without checks, traces are not told apart.
    const counted = strategy.repeats && counts.traces > 0;
    const different = `, ${counts.traces.toLocaleString('en-US')} of them different`;
    return {
      complete: false,
      statement: `not complete: ${run} chosen by ${strategy.name}${counted ? different : ''}`,
    };
  }
  const bound = strategy.limits ?? '';
  if (!through || !strategy.exhausted) {
    return { complete: false, statement: `not complete: stopped after ${run}${bound}` };
  }
  if (counts.cutOff > 0) {
    const cut = counts.cutOff.toLocaleString('en-US');
    return {
      complete: false,
      statement: `not complete: ${cut} of ${run} were cut off at the step bound`,
    };
  }
  if (bound !== '') return { complete: true, statement: `explored completely${bound}: ${run}` };
  const all = number === 1 ? 'is all there is' : 'are all there are';
  return {
    complete: true,
    statement: `explored completely: ${run} ${all} up to the order of independent steps`,
  };
}
