import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { BoundedBy } from '../../src/schedule/strategies/bounded-cost.ts';
import { BoundedSearch } from '../../src/schedule/strategies/bounded.ts';
import { pause, type Arena } from '../../src/program/index.ts';
import { abba, counter, reorder3, twostage } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { bug } from './bug-programs.ts';
import { strategySuite } from './strategy-suite.ts';

for (const name of ['preemptions', 'delays'] as const) {
  strategySuite({
    name,
    make: () => new BoundedSearch(name, { bound: 2 }),
    skips: {
      seeds: 'it is not random',
      'any execution alone': 'it goes on from the execution before',
    },
  });
}

interface Bounds {
  /** Executions at bounds 0, 1 and 2. */
  readonly counts: readonly number[];
  /** The bound of the first failure, and its number among that bound's executions. */
  readonly first: string;
}

function explored(program: Program, name: BoundedBy): Bounds {
  const strategy = new BoundedSearch(name, { bound: 3 });
  const coroutines = new Coroutines(program, { checks: false });
  const counts: number[] = [];
  let first = '';
  coroutines.runAll(strategy, 0, ({ end }) => {
    counts[strategy.bound] = strategy.executionsAtBound;
    if (first === '' && (end === 'failed' || end === 'stalled')) {
      first = `${strategy.bound} #${strategy.executionsAtBound}`;
    }
    return false;
  });
  // A search that left nothing out at a bound runs none beyond it: the next ones would be the same.
  while (counts.length < 3) counts.push(counts.at(-1)!);
  return { counts: counts.slice(0, 3), first };
}

describe('a bounded search', () => {
  // Exact counts of a brute-force enumerator, from the project's notes on exploration programs:
  // schedules within 0, 1 and 2 preemptions and delays, and the first that fails.
  const rows: [string, () => Program, Bounds, Bounds][] = [
    [
      'reorder_3',
      reorder3,
      { counts: [6, 24, 74], first: '1 #8' },
      { counts: [1, 5, 19], first: '2 #12' },
    ],
    [
      'reorder_4',
      () => bug('CS.reorder_4'),
      { counts: [24, 171, 813], first: '1 #43' },
      { counts: [1, 7, 35], first: '3 #60' },
    ],
    [
      'twostage',
      twostage,
      { counts: [2, 6, 15], first: '1 #5' },
      { counts: [1, 6, 15], first: '1 #5' },
    ],
    [
      'lazy01',
      () => bug('CS.lazy01'),
      { counts: [6, 6, 6], first: '0 #1' },
      { counts: [1, 3, 5], first: '0 #1' },
    ],
    [
      'deadlock01',
      () => bug('CS.deadlock01'),
      { counts: [2, 6, 6], first: '1 #3' },
      { counts: [1, 4, 6], first: '1 #3' },
    ],
    [
      'philosophers(3)',
      () => abba(3),
      { counts: [6, 57, 129], first: '1 #19' },
      { counts: [1, 8, 32], first: '2 #23' },
    ],
    [
      'account',
      () => bug('CS.account'),
      { counts: [6, 6, 6], first: '0 #3' },
      { counts: [1, 3, 5], first: '1 #3' },
    ],
    [
      'bluetooth',
      () => bug('CS.bluetooth_driver'),
      { counts: [2, 9, 22], first: '1 #4' },
      { counts: [1, 5, 17], first: '1 #4' },
    ],
  ];
  for (const [name, make, preemptions, delays] of rows) {
    test(`by preemptions runs the schedules of ${name} that there are`, () => {
      assert.deepEqual(explored(make(), 'preemptions'), preemptions);
    });
    test(`by delays runs the schedules of ${name} that there are`, () => {
      assert.deepEqual(explored(make(), 'delays'), delays);
    });
  }

  test('is through when a bound left nothing out, and says so', () => {
    for (const name of ['preemptions', 'delays'] as const) {
      const strategy = new BoundedSearch(name, { bound: 1000 });
      new Coroutines(counter(2, 2), { checks: false }).runAll(strategy, 0, () => false);
      assert.ok(strategy.exhausted);
      assert.ok(strategy.bound < 10, `${strategy.bound}`);
    }
  });

  test('ends where an agent spins with a pause', () => {
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
    const strategy = new BoundedSearch('delays', { bound: 2 });
    new Coroutines(program, { checks: false }).runAll(strategy, 0, ({ end }) => {
      assert.equal(end, 'completed');
      return false;
    });
    assert.ok(strategy.exhausted);
  });
});
