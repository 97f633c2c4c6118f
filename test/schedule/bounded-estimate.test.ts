import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { explore } from '../../src/schedule/explore.ts';
import { BoundedSearch } from '../../src/schedule/strategies/bounded.ts';
import { unbounded } from '../../src/schedule/strategies/dfs.ts';
import { abba, counter, lastzero } from '../execute/classic-programs.ts';

const seeds = 20;

/** Executions of all bounds up to this one. */
function exactly(program: Program, search: BoundedSearch): number {
  let executions = 0;
  new Coroutines(program, { checks: false }).runAll(search, 0, () => {
    executions++;
    return false;
  });
  return executions;
}

const programs = [
  { name: 'counter(3,2)', make: () => counter(3, 2) },
  { name: 'philosophers(3)', make: () => abba(3) },
  { name: 'lastzero(3)', make: () => lastzero(3) },
];

describe('the estimate of a search by rising bounds', () => {
  // Two standard errors hold 95 in 100 of a normal distribution; the values have a longer tail:
  // three quarters are asked for. The seeds are fixed.
  for (const { name, make } of programs) {
    for (const by of ['preemptions', 'delays'] as const) {
      for (const bound of [0, 1, 2]) {
        test(`is within its spread in most seeds: ${name}, ${bound} ${by}`, () => {
          const program = make();
          const exact = exactly(program, new BoundedSearch(by, { bound }));
          let inside = 0;
          for (let seed = 1; seed <= seeds; seed++) {
            const search = new BoundedSearch(by, { bound });
            const coroutines = new Coroutines(program, { checks: false });
            coroutines.runAll(search.probe(seed), 0, () => false);
            const { executions, spread } = search.progress();
            if (Math.abs(executions! - exact) <= spread! + 1e-6 * exact) inside++;
          }
          assert.ok(inside >= seeds * 0.75, `${inside} of ${seeds} for ${exact}`);
        });
      }
    }
  }

  test('does not count bounds that are never come to', () => {
    const program = counter(2, 1);
    const exact = exactly(program, new BoundedSearch('preemptions', { bound: 100 }));
    const search = new BoundedSearch('preemptions', { bound: 100 });
    new Coroutines(program, { checks: false }).runAll(search.probe(1), 0, () => false);
    const { executions, spread } = search.progress();
    assert.ok(Math.abs(executions! - exact) <= spread! + 1e-6, `${executions} for ${exact}`);
  });

  test('stands in the sentence, for the bound that it was stopped in', async () => {
    const { statement } = await explore(counter(4, 2), {
      strategy: new BoundedSearch('preemptions', { bound: unbounded }),
      seed: 1,
      executions: 100,
      estimate: true,
    });
    assert.match(
      statement,
      /^not complete: stopped after 100 executions with at most 1 preemption: about [\d,]+ \(give/,
    );
  });
});
