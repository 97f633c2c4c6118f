import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import { pause, type Arena } from '../../src/program/index.ts';
import { abba, counter, reorder3, twostage } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { failures } from './failures.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

strategySuite({
  name: 'pct',
  make: (seed) => new Pct({ seed, depth: 3 }),
  skips: { 'any execution alone': 'the length that change points are drawn from is learned' },
});

describe('pct', () => {
  // Burckhardt et al., ASPLOS 2010, theorem 9: with n agents and k steps, at least 1 / (n k^(d -
  // 1)) of the executions meet a bug of depth d. Each of these is of depth 2: an order of two pairs
  // of steps.
  const bugs = [
    { name: 'abba(2)', make: () => abba(2), agents: 2, steps: 8 },
    { name: 'reorder_3', make: reorder3, agents: 3, steps: 8 },
    { name: 'twostage', make: twostage, agents: 2, steps: 13 },
  ];
  for (const { name, make, agents, steps } of bugs) {
    test(`meets ${name} at least as often as its theorem says`, () => {
      // Of 5,000 executions some 100 to 300 are owed; that many fewer has odds below one in a
      // million.
      const runs = 5000;
      const owed = runs / (agents * steps);
      assert.ok(failures(make(), new Pct({ seed: 1, depth: 2 }), runs) >= owed * 0.6);
    });
  }

  test('of depth 1 never preempts: an agent goes on as long as it can', () => {
    for (const sequence of sequences(counter(3, 2), new Pct({ seed: 1, depth: 1 }), 100)) {
      const blocks = sequence.replace(/(.)\1*/g, '$1');
      assert.equal(new Set(blocks).size, blocks.length, sequence);
    }
  });

  test('of depth d changes at most d - 1 times away from an agent that could go on', () => {
    for (const depth of [2, 3, 4]) {
      for (const sequence of sequences(counter(2, 3), new Pct({ seed: 2, depth }), 100)) {
        // A change point demotes one agent, which costs at most one switch away from it. Blocked
        // ones come back.
        const blocks = sequence.replace(/(.)\1*/g, '$1').length;
        assert.ok(blocks <= 2 * depth, `${depth}: ${sequence}`);
      }
    }
  });

  test('lets the others go when an agent pauses, so that a spin loop ends', () => {
    const program = sampleProgram({
      setup: (arena: Arena) => ({ flag: arena.word('flag') }),
      agents: {
        *spinner({ flag }) {
          while ((yield* flag.load()) === 0) yield* pause();
        },
        *setter({ flag }) {
          yield* flag.store(1);
        },
      },
    });
    // Change points may fall on the setter, so the spinner may have to look again: but not often.
    for (const sequence of sequences(program, new Pct({ seed: 1, depth: 3 }), 200)) {
      assert.ok(sequence.length <= 12, sequence);
    }
  });

  test('seed 1 gives these executions of abba(3)', () => {
    // Golden: see random.test.ts.
    assert.deepEqual(sequences(abba(3), new Pct({ seed: 1, depth: 3 }), 5), [
      '111100002222',
      '021',
      '222102111000',
      '222102111000',
      '221202111000',
    ]);
  });
});
