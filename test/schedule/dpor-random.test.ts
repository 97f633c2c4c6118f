import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dporCampaign } from './dpor-campaign.ts';

// Programs from a fixed seed: the same on every machine.
describe('dpor runs each trace of random programs once, and comes to all of their outcomes', () => {
  for (const { name, run } of dporCampaign(300, 1)) {
    test(name, () => {
      const { programs, leftOut, deadlocks } = run();
      assert.ok(leftOut < programs / 20, 'hardly any program is too large to enumerate');
      assert.ok(deadlocks > 0, 'some of them deadlock');
    });
  }
});
