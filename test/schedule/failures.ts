import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';

/** How many of the executions end in a deadlock or with an agent that failed. */
export function failures(program: Program, strategy: Strategy, executions: number): number {
  const coroutines = new Coroutines(program, { checks: false });
  let failed = 0;
  let count = 0;
  coroutines.runAll(strategy, 0, ({ end }) => {
    if (end === 'stalled' || end === 'failed') failed++;
    return ++count >= executions;
  });
  return failed;
}
