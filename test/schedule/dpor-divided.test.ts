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
