import type { Strategy } from '../execute/strategy.ts';
import type { Counts } from './explore.ts';
import { DepthFirst, unbounded } from './strategies/dfs.ts';

/**
 * What an exploration has shown, in one sentence that says whether it was complete and up to what.
 */
export function statementOf(
  strategy: Strategy,
  through: boolean,
  counts: Counts,
): { complete: boolean; statement: string } {
  const run = (counts.executions - counts.abandoned).toLocaleString('en-US');
  if (!(strategy instanceof DepthFirst)) {
    const { name } = strategy;
    const traces = counts.traces.toLocaleString('en-US');
    const different = strategy.repeats ? `, ${traces} of them different` : '';
    return {
      complete: false,
      statement: `not complete: ${run} executions chosen by ${name}${different}`,
    };
  }
  const { preemptions } = strategy.options;
  const bound = preemptions >= unbounded ? '' : ` with at most ${preemptions} preemptions`;
  if (!through || !strategy.exhausted) {
    return { complete: false, statement: `not complete: stopped after ${run} executions${bound}` };
  }
  if (counts.cutOff > 0) {
    const cut = counts.cutOff.toLocaleString('en-US');
    return {
      complete: false,
      statement: `not complete: ${cut} of ${run} executions were cut off at the step bound`,
    };
  }
  if (bound !== '')
    return { complete: true, statement: `explored completely${bound}: ${run} executions` };
  return {
    complete: true,
    statement:
      `explored completely: ${run} executions are all there are ` +
      'up to the order of independent steps',
  };
}
