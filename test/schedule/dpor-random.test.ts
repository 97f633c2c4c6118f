import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Instruction } from '../execute/lock-semantics.ts';
import { accessCode } from '../execute/random-listing.ts';
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

const load = (word: number): readonly ['load', number] => ['load', word];
const store = (word: number): readonly ['store', number] => ['store', word];

describe('dpor misses nothing of a program', () => {
  test('in which a race must be looked at again once what settled it has changed', () => {
    compare([
      accessCode([store(3)]),
      accessCode([load(0)]),
      accessCode([load(1), store(1), store(3)]),
      accessCode([store(1), load(1)]),
      accessCode([store(0), load(3)]),
    ]);
  });

  test('in which a race is covered by a sleeper in one execution, and not in the next', () => {
    compare([
      accessCode([load(2), load(3), load(0)]),
      accessCode([store(3), store(1)]),
      accessCode([store(3), load(0)]),
      accessCode([load(1), store(1), store(2)]),
      accessCode([store(0), store(2)]),
    ]);
  });

  test('in which a writer could have gone before readers that wait for each other', () => {
    const set = (word: number): Instruction => ({ op: 'store', word, value: 1, carry: false });
    const wait = (word: number): Instruction => {
      return { op: 'waitUntil', word, value: 1, how: 'equal' };
    };
    const rw = 0;
    compare([
      [{ op: 'acquireRead', rw }, set(0), wait(1), { op: 'releaseRead', rw }],
      [{ op: 'acquireRead', rw }, set(1), wait(0), { op: 'releaseRead', rw }],
      [
        { op: 'acquireWrite', rw },
        { op: 'releaseWrite', rw },
      ],
    ]);
  });
});
