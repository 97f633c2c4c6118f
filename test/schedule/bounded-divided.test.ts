import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { BoundedSearch } from '../../src/schedule/strategies/bounded.ts';
import { dividedBounded } from '../../src/schedule/strategies/divide-bounded.ts';
import { PieceByPiece } from '../../src/schedule/strategies/piece-by-piece.ts';
import { abba, counter, hotplug, lastzero } from '../execute/classic-programs.ts';
import { boundedCampaign, textOf } from './bounded-campaign.ts';
import { runDivided } from './divided.ts';

const programs: readonly (readonly [string, () => Program])[] = [
  ['counter(4,1)', () => counter(4, 1)],
  ['lastzero(3)', () => lastzero(3)],
  ['philosophers(3)', () => abba(3)],
  ['hotplug', () => hotplug(false)],
];

for (const name of ['preemptions', 'delays'] as const) {
  describe(`a search by ${name}, divided among threads`, () => {
    for (const { name: part, run } of boundedCampaign(name, 90, 1)) {
      test(`runs just the executions of one thread on random programs: ${part}`, () => {
        const { programs, leftOut, pieces, bounds } = run();
        assert.ok(leftOut < programs / 3, 'few programs are too large');
        assert.ok(pieces > bounds, 'bounds are divided');
      });
    }

    for (const [program, make] of programs) {
      test(`runs bound after bound, and says how far it went: ${program}`, () => {
        for (const bound of [1, 2]) {
          const alone = new BoundedSearch(name, { bound });
          let executions = 0;
          new Coroutines(make()).runAll(alone, 0, () => ++executions < 0);
          const divider = dividedBounded(name, { bound });
          const pieces = new PieceByPiece(new BoundedSearch(name, { bound }), divider);
          const ends: string[] = [];
          const coroutines = new Coroutines(make());
          coroutines.runAll(pieces, 0, (outcome) => {
            ends.push(textOf(coroutines, outcome));
            return false;
          });
          assert.equal(ends.length, executions);
          assert.ok(pieces.exhausted);
          assert.equal(pieces.limits, alone.limits);
        }
      });
    }

    test('begins a bound when all that lies within the one before has been run', () => {
      const program = () => lastzero(3);
      const costs: number[] = [];
      const divider = dividedBounded(name, { bound: 3 });
      const all = new BoundedSearch(name, { bound: 3 });
      const division = divider.begin();
      const onExecution = (): void => {
        division.tell!(all);
        costs.push(all.bound);
      };
      const shared = { ...divider, begin: () => division };
      runDivided({ divider: shared, threads: 3, seed: 1, saves: 0, program, onExecution });
      assert.deepEqual(
        costs,
        [...costs].sort((one, other) => one - other),
      );
      assert.ok(costs.at(-1)! > 1);
    });
  });
}
