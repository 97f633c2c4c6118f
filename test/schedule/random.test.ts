import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, reorder3, twostage } from '../execute/classic-programs.ts';
import { failures } from './failures.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

strategySuite({ name: 'random', make: (seed) => new RandomWalk({ seed }) });

// The probability of the bug under a random walk is exact (brute-force enumerator, Heddle project
// notes on exploration programs); of 20,000 executions the share is off by more than four standard
// deviations once in 16,000 seeds, and the seed is fixed.
const odds = [
  { name: 'abba(2)', make: () => abba(2), probability: 1 / 2 },
  { name: 'philosophers(3)', make: () => abba(3), probability: 1 / 3 },
  { name: 'reorder_3', make: reorder3, probability: 0.0494 },
  { name: 'twostage', make: twostage, probability: 0.0312 },
];
for (const { name, make, probability } of odds) {
  test(`a random walk fails ${name} with probability ${probability.toFixed(4)}`, () => {
    const runs = 20_000;
    const share = failures(make(), new RandomWalk({ seed: 1 }), runs) / runs;
    const deviation = Math.sqrt((probability * (1 - probability)) / runs);
    assert.ok(Math.abs(share - probability) < 4 * deviation, `${share}`);
  });
}

// Golden: a seed that someone has written down must go on meaning the same executions. Changing
// these lines breaks every printed seed and schedule number, and is a line in the changelog.
test('seed 1 of the random walk gives these executions of abba(3)', () => {
  assert.deepEqual(sequences(abba(3), new RandomWalk({ seed: 1 }), 5), [
    '002010222111',
    '200010222111',
    '000022122111',
    '210',
    '212202111000',
  ]);
});
