import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { smallCases } from '../../bench/dpor/dpor-programs.ts';
import { dividedDpor } from '../../src/schedule/strategies/dpor/divide-dpor.ts';
import { runDivided } from './divided.ts';
import { dividedCampaign, ways } from './dpor-campaign.ts';

describe('dpor, divided among threads that give pieces to each other at random', () => {
  for (const { name, run } of dividedCampaign(300, 1)) {
    test(`runs each trace of random programs once, and misses none: ${name}`, () => {
      const { programs, leftOut, pieces } = run();
      assert.ok(leftOut < programs / 3, 'few programs are too large to enumerate');
      assert.ok(pieces > programs, 'searches are divided');
    });
  }

  for (const { name, make, traces, deadlocked } of smallCases) {
    if (traces > 600) continue;
    test(`runs ${traces} executions of ${name} on 1, 2 and 3 threads, saved or not`, () => {
      for (const threads of [1, 2, 3]) {
        for (const saves of [0, 30]) {
          const ends: Record<string, number> = {};
          const seed = threads * 7 + saves;
          const onExecution = (_: unknown, { end }: { end: string }): void => {
            ends[end] = (ends[end] ?? 0) + 1;
          };
          for (const { trees } of ways) {
            const run = { threads, seed, saves, program: make, trees };
            runDivided({ ...run, divider: dividedDpor, onExecution });
          }
          const all = Object.values(ends).reduce((sum, one) => sum + one, 0);
          assert.equal(all, 2 * traces, JSON.stringify(ends));
          assert.equal(ends['stalled'] ?? 0, 2 * deadlocked);
          assert.equal(ends['abandoned'] ?? 0, 0);
        }
      }
    });
  }
});

describe('what is left of a search by dpor', () => {
  const whole = dividedDpor.begin().save(new Map()) as Record<string, unknown>;
  const load = (beginnings: unknown): unknown => dividedDpor.load({ ...whole, beginnings });

  test('is read also where it has no beginnings', () => {
    const { beginnings, ...older } = whole;
    assert.deepEqual(beginnings, []);
    assert.ok(dividedDpor.load(older).waits);
  });

  test('is refused where a beginning is damaged', () => {
    // One step of agent 2, by choice; then agent 0, which was to go before it.
    const good = [1, 0, 0, 2, 5, 0];
    assert.ok(load([good]) instanceof Object);
    const damaged: unknown[] = [
      [],
      [1, 0, 0],
      [...good, 1],
      [1, 0, 2, 2, 5, 0],
      [1, 0, 0, 2, 5, 1],
      [1, 0, 0, 2, 5, -2],
      [1, 0, 0, 2.5, 5, 0],
      [1, 40, 0, 2, 5, 0],
      [1, 0, 0, 40, 5, 0],
      'good',
    ];
    for (const one of damaged) {
      const refused = { name: 'UserError', message: /^`rest`: .*no beginning of an execution/ };
      assert.throws(() => load([one]), refused, JSON.stringify(one));
    }
  });
});
