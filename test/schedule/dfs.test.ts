import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena } from '../../src/program/index.ts';
import { DepthFirst, NondeterminismError, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { abba, counter } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

const everyExecution = 'depth-first search takes no seed: execution n follows from those before it';

for (const preemptions of [1, unbounded]) {
  strategySuite({
    name: 'dfs',
    make: () => new DepthFirst({ preemptions }),
    skips: { seeds: 'it takes no seed', 'any execution alone': everyExecution },
  });
}

describe('depth-first search', () => {
  test('within a bound runs no schedule twice', () => {
    for (const preemptions of [0, 1, 2, unbounded - 1]) {
      const all = sequences(abba(3), new DepthFirst({ preemptions }), Infinity);
      assert.equal(new Set(all).size, all.length);
    }
  });

  test('says that it is through only when it is', () => {
    const strategy = new DepthFirst({ preemptions: unbounded });
    sequences(counter(2, 2), strategy, 3);
    assert.equal(strategy.exhausted, false);
    const whole = new DepthFirst({ preemptions: unbounded });
    assert.equal(sequences(counter(2, 2), whole, Infinity).length, 6);
    assert.equal(whole.exhausted, true);
  });

  test('names the choice at which a program is not deterministic', () => {
    let runs = 0;
    const program = sampleProgram({
      setup: (arena: Arena) => ({ x: arena.word('x'), y: arena.word('y') }),
      agents: {
        *a({ x, y }) {
          yield* (runs++ === 0 ? x : y).add(1);
          yield* x.add(1);
        },
        *b({ x }) {
          yield* x.add(1);
        },
      },
    });
    assert.throws(
      () => sequences(program, new DepthFirst({ preemptions: unbounded }), Infinity),
      (error) =>
        error instanceof NondeterminismError &&
        error.explained(program.subject, 'sample').message ===
          'scenario "sample" is not deterministic: ' +
            'at choice 1 of a schedule that was run before: ' +
            'expected a at add x, found it at add y; ' +
            'agents may depend on nothing but their operations',
    );
  });
});
