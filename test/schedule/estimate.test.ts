import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Progress } from '../../src/execute/strategy.ts';
import { explore } from '../../src/schedule/explore.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { partOf, TreeEstimate } from '../../src/schedule/strategies/tree-estimate.ts';
import { abba, counter, lastzero, readers } from '../execute/classic-programs.ts';

const seeds = 40;

/** Executions that a search begins until it is through. */
function exactly(program: Program, preemptions: number): number {
  let executions = 0;
  new Coroutines(program, { checks: false }).runAll(new DepthFirst({ preemptions }), 0, () => {
    executions++;
    return false;
  });
  return executions;
}

/** What a search says of itself after so many executions, once it has been probed. */
function estimated(program: Program, preemptions: number, seed: number, after: number): Progress {
  const search = new DepthFirst({ preemptions });
  const coroutines = new Coroutines(program, { checks: false });
  let executions = 0;
  if (after > 0) coroutines.runAll(search, 0, () => ++executions >= after);
  coroutines.runAll(search.probe(seed), 0, () => false);
  return search.progress();
}

// The numbers of traces are those of the project's notes on exploration programs (n! for counter
// and so on); the search with sleep sets begins more executions than that, and gives them up.
const programs = [
  { name: 'counter(5,1)', make: () => counter(5, 1), preemptions: unbounded },
  { name: 'readers(6)', make: () => readers(6), preemptions: unbounded },
  { name: 'lastzero(4)', make: () => lastzero(4), preemptions: unbounded },
  { name: 'philosophers(4)', make: () => abba(4), preemptions: unbounded },
  { name: 'counter(3,2), 2 preemptions', make: () => counter(3, 2), preemptions: 2 },
];

describe('the estimate of a depth-first search', () => {
  for (const { name, make, preemptions } of programs) {
    // Two standard errors hold 95 in 100 of a normal distribution; the values have a longer tail,
    // and the probes stop when they agree: three quarters are asked for. The seeds are fixed.
    test(`is within its spread in most seeds, before and during: ${name}`, () => {
      const program = make();
      const exact = exactly(program, preemptions);
      for (const done of [0, Math.floor(exact / 3), Math.floor((exact * 4) / 5)]) {
        let inside = 0;
        for (let seed = 1; seed <= seeds; seed++) {
          const { executions, spread } = estimated(program, preemptions, seed, done);
          assert.ok(executions !== undefined && spread !== undefined);
          if (Math.abs(executions - exact) <= spread + 1e-6 * exact) inside++;
        }
        assert.ok(inside >= seeds * 0.75, `${inside} of ${seeds} after ${done} of ${exact}`);
      }
    });

    test(`is right on the average over many seeds: ${name}`, () => {
      const program = make();
      const exact = exactly(program, preemptions);
      let sum = 0;
      for (let seed = 1; seed <= seeds; seed++) {
        sum += estimated(program, preemptions, seed, 0).executions!;
      }
      assert.ok(Math.abs(sum / seeds / exact - 1) < 0.1, `${sum / seeds} for ${exact}`);
    });
  }

  test('is exact when the search is through, and says that all of it is run', () => {
    const search = new DepthFirst({ preemptions: unbounded });
    new Coroutines(counter(4, 1), { checks: false }).runAll(search, 0, () => false);
    const { executions, share } = search.progress();
    assert.ok(Math.abs(executions! - 24) < 1e-6);
    assert.ok(Math.abs(share - 1) < 1e-6);
  });

  test('goes on from the probes that were made before', () => {
    const program = counter(5, 1);
    const search = new DepthFirst({ preemptions: unbounded });
    const coroutines = new Coroutines(program, { checks: false });
    coroutines.runAll(search.probe(1), 0, () => false);
    let executions = 0;
    coroutines.runAll(search, 0, () => ++executions >= 60);
    const now = search.progress();
    assert.ok(Math.abs(now.executions! - 120) <= now.spread!, `${now.executions}`);
    assert.ok(now.spread! < 60);
  });

  test('probes change nothing of what the search runs', () => {
    const run = (probed: boolean): string[] => {
      const program = lastzero(3);
      const search = new DepthFirst({ preemptions: unbounded });
      const coroutines = new Coroutines(program);
      const all: string[] = [];
      coroutines.runAll(search, 0, (outcome) => {
        all.push(`${outcome.end} ${coroutines.record.agents.slice(0, outcome.steps).join('')}`);
        return probed && all.length === 5;
      });
      if (!probed) return all;
      new Coroutines(program, { checks: false }).runAll(search.probe(1), 0, () => false);
      coroutines.runAll(search, all.length, (outcome) => {
        all.push(`${outcome.end} ${coroutines.record.agents.slice(0, outcome.steps).join('')}`);
        return false;
      });
      return all;
    };
    assert.deepEqual(run(true), run(false));
  });

  test('stands in the sentence of a search that was stopped, and in its progress', async () => {
    const told: (Progress | undefined)[] = [];
    const { statement, progress } = await explore(counter(6, 1), {
      strategy: new DepthFirst({ preemptions: unbounded }),
      seed: 1,
      executions: 72,
      estimate: true,
      onProgress: (_, now) => told.push(now),
    });
    assert.match(statement, /^not complete: stopped after 72 executions: about [\d,]+ /);
    assert.match(statement, / \(give or take [\d,]+\) executions in all, [\d.]+ % run$/);
    assert.ok(Math.abs(progress!.executions! - 720) <= progress!.spread!, statement);
    assert.ok(told.every((one) => one?.spread !== undefined));
  });
});

describe('a tree laid out on a line', () => {
  test('gives all of a node to its children', () => {
    for (const equal of [true, false]) {
      for (let degree = 1; degree < 12; degree++) {
        let sum = 0;
        for (let index = 0; index < degree; index++) sum += partOf(index, degree, equal);
        assert.ok(Math.abs(sum - 1) < 1e-12);
      }
    }
  });

  test('has no spread while there are no probes, and no estimate before the first leaf', () => {
    const estimate = new TreeEstimate();
    assert.deepEqual(estimate.progress(), { share: 0, executions: undefined, spread: undefined });
    estimate.finish(0.25);
    assert.deepEqual(estimate.progress(), { share: 0.25, executions: 4, spread: undefined });
  });
});
