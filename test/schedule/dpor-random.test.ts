import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Instruction } from '../execute/lock-semantics.ts';
import { compare, dporCampaign } from './dpor-campaign.ts';

// Programs from a fixed seed: the same on every machine.
describe('dpor runs each trace of random programs once, and comes to all of their outcomes', () => {
  for (const { name, run } of dporCampaign(300, 1)) {
    test(name, () => {
      const { programs, leftOut, deadlocks } = run();
      assert.ok(leftOut < programs / 3, 'few programs are too large to enumerate');
      assert.ok(deadlocks > 0 || name.endsWith('load and store'), 'some of them deadlock');
    });
  }
});

const load = (word: number): Instruction => ({ op: 'load', word });
const store = (word: number): Instruction => ({ op: 'store', word, value: 1, carry: false });

describe('dpor misses nothing of a program', () => {
  test('in which a race must be looked at again once what settled it has changed', () => {
    compare([
      [store(3)],
      [load(0)],
      [load(1), store(1), store(3)],
      [store(1), load(1)],
      [store(0), load(3)],
    ]);
  });

  test('in which a race is covered by a sleeper in one execution, and not in the next', () => {
    compare([
      [load(2), load(3), load(0)],
      [store(3), store(1)],
      [store(3), load(0)],
      [load(1), store(1), store(2)],
      [store(0), store(2)],
    ]);
  });

  test('in which a writer could have gone before readers that wait for each other', () => {
    const word = (op: 'waitUntil', at: number): Instruction => {
      return { op, word: at, value: 1, how: 'equal' };
    };
    const rw = 0;
    compare([
      [{ op: 'acquireRead', rw }, store(0), word('waitUntil', 1), { op: 'releaseRead', rw }],
      [{ op: 'acquireRead', rw }, store(1), word('waitUntil', 0), { op: 'releaseRead', rw }],
      [
        { op: 'acquireWrite', rw },
        { op: 'releaseWrite', rw },
      ],
    ]);
  });
});
