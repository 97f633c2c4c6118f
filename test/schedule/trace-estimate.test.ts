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

const seeds = 40;

function estimated(program: Program, seed: number): Progress {
  const search = new Dpor();
  new Coroutines(program, { checks: false }).runAll(search.probe(seed), 0, () => false);
  return search.progress();
}

describe('the estimate of dpor', () => {
  // Two standard errors hold 95 in 100 of a normal distribution; the values have a longer tail, and
  // the probes stop when they agree: four fifths are asked for. The seeds are fixed.
  for (const { name, make, traces } of smallCases) {
    test(`of ${name} is ${traces} on the average, and within its spread in most seeds`, () => {
      const program = make();
      let inside = 0;
      let sum = 0;
      for (let seed = 1; seed <= seeds; seed++) {
        const { executions, spread } = estimated(program, seed);
        assert.ok(executions !== undefined && spread !== undefined);
        sum += executions;
        if (Math.abs(executions - traces) <= spread + 1e-6 * traces) inside++;
      }
      assert.ok(inside >= seeds * 0.8, `${inside} of ${seeds}`);
      assert.ok(Math.abs(sum / seeds / traces - 1) < 0.1, `${sum / seeds}`);
    });
  }
});
