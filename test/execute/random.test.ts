import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/execute/random.ts';

function numbers(seed: number, execution: number, count: number): number[] {
  const random = new Random();
  random.seed(seed, execution);
  return Array.from({ length: count }, () => random.next());
}

describe('random numbers', () => {
  // Golden: a printed seed must go on meaning the same executions on every machine and Node
  // version. Changing these numbers breaks every printed seed, and is a line in the changelog.
  test('of a seed and an execution are these, for ever', () => {
    assert.deepEqual(numbers(0, 0, 4), [4069387376, 3326219343, 744772389, 481133268]);
    assert.deepEqual(numbers(1, 0, 4), [502552724, 441706505, 2273044361, 3232408112]);
    assert.deepEqual(numbers(1, 1, 4), [3242392096, 1033535896, 494497613, 3139281921]);
    assert.deepEqual(
      numbers(0xffffffff, 1_000_000, 4),
      [3806617556, 2007879620, 2954083591, 4217998239],
    );
  });

  test('of neighbouring seeds and executions have nothing in common', () => {
    const first = new Set<number>();
    for (let seed = 0; seed < 100; seed++) {
      for (let execution = 0; execution < 100; execution++)
        first.add(numbers(seed, execution, 1)[0]!);
    }
    // Of 10,000 numbers of 32 bits, one pair in 86 draws of all of them is equal by chance; two are
    // not.
    assert.ok(first.size >= 9_999);
  });

  test('below n are below n, and each as likely as the others', () => {
    const random = new Random();
    random.seed(1, 0);
    for (const n of [1, 2, 3, 6, 31]) {
      const counts = new Array<number>(n).fill(0);
      const draws = 20_000;
      for (let i = 0; i < draws; i++) counts[random.below(n)]!++;
      // Chi squared: more than n + 6 sqrt(2 n) is rarer than one in 10^5, and the seed is fixed.
      const owed = draws / n;
      const chi = counts.reduce((sum, count) => sum + (count - owed) ** 2 / owed, 0);
      assert.ok(chi <= n + 6 * Math.sqrt(2 * n), `${n}: ${chi}`);
    }
  });

  test('stay in their range for any seed', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.integer({ min: 1, max: 32_767 }),
        (seed, execution, n) => {
          const random = new Random();
          random.seed(seed, execution);
          const below = random.below(n);
          const next = random.next();
          return below >= 0 && below < n && Number.isInteger(next) && next >= 0 && next < 2 ** 32;
        },
      ),
      { seed: 1 },
    );
  });
});
