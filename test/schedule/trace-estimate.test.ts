import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { smallCases } from '../../bench/dpor/dpor-programs.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Progress } from '../../src/execute/strategy.ts';
import { explore } from '../../src/schedule/explore.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { ProbeMean } from '../../src/schedule/strategies/probe-mean.ts';
import { counter } from '../execute/classic-programs.ts';

const seeds = 12;

function estimated(program: Program, seed: number): Progress {
  const search = new Dpor();
  new Coroutines(program, { checks: false }).runAll(search.probe(seed), 0, () => false);
  return search.progress();
}

const names = [
  'fib_bench(2)',
  'casw(3)',
  'casrot(6)',
  'inc(4)',
  'circular_buffer(5)',
  'readers(8)',
  'separator(8)',
  'abba(4)',
  'abba(4) by try',
  'counter(3,3)',
  'hotplug',
  'hotplug fixed',
];

describe('the estimate of dpor', () => {
  // Two standard errors hold 95 in 100 of a normal distribution; the values have a longer tail, and
  // the probes stop when they agree: two thirds are asked for. The seeds are fixed.
  for (const { name, make, traces } of smallCases.filter((one) => names.includes(one.name))) {
    test(`of ${name} is about ${traces}, and within its spread in most seeds`, () => {
      const program = make();
      const all: number[] = [];
      let inside = 0;
      for (let seed = 1; seed <= seeds; seed++) {
        const { executions, spread } = estimated(program, seed);
        assert.ok(executions !== undefined && spread !== undefined);
        all.push(executions);
        if (Math.abs(executions - traces) <= spread + 1e-6 * traces) inside++;
      }
      const mean = all.reduce((sum, one) => sum + one, 0) / seeds;
      assert.ok(inside >= (seeds * 2) / 3, `${inside} of ${seeds}: ${all.join(' ')}`);
      assert.ok(Math.abs(mean / traces - 1) < 0.2, `${mean}`);
    });
  }

  test('is 1 without any spread where no steps depend on each other', () => {
    const { executions, spread } = estimated(counter(1, 3), 1);
    assert.ok(Math.abs(executions! - 1) < 1e-9 && spread! < 1e-3);
  });

  test('stands in the sentence of a search that was stopped, and in its progress', async () => {
    const told: (Progress | undefined)[] = [];
    const { statement, progress } = await explore(counter(6, 1), {
      strategy: new Dpor(),
      seed: 1,
      executions: 72,
      estimate: true,
      onProgress: (_, now) => told.push(now),
    });
    assert.match(statement, /^not complete: stopped after 72 executions: about [\d,]+ /);
    assert.match(statement, / \(give or take [\d,]+\) executions in all, [\d.]+ % run$/);
    assert.ok(Math.abs(progress!.executions! - 720) <= progress!.spread! + 1e-6, statement);
    assert.ok(told.every((one) => one?.spread !== undefined));
  });
});

describe('what probes say of a search that was run somewhere', () => {
  const probes = new ProbeMean();
  for (let i = 0; i < 100; i++) probes.add(i % 2 === 0 ? 50 : 150);

  test('is their mean while fewer executions were run', () => {
    const { executions, spread, share } = probes.progress(20);
    assert.equal(executions, 100);
    assert.ok(spread! > 10 && spread! < 20);
    assert.equal(share, 0.2);
  });

  test('lies above what was run, and is nothing once that is more than they allow', () => {
    const { executions, spread, share } = probes.progress(105);
    assert.ok(executions! - spread! >= 105 - 1e-9 && share < 1);
    assert.equal(probes.progress(200).executions, undefined);
  });
});
