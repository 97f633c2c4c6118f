import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import type { Instruction, Listing } from '../execute/lock-semantics.ts';
import {
  accessCode,
  programOf,
  randomAccessListing,
  randomListing,
} from '../execute/random-listing.ts';
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

/** How many executions `dpor` runs. */
function executionsOf(listing: Listing): number {
  const strategy = new Dpor();
  let executions = 0;
  const enough = (): boolean => ++executions > 5000;
  new Coroutines(programOf(listing).program).runAll(strategy, 0, enough);
  assert.ok(strategy.exhausted || executions > 5000);
  return executions;
}

/** The same agents, spawned and joined by one more, which does nothing else. */
function joined(listing: Listing): Listing {
  const children = listing.map((_, index) => index + 1);
  const main: Instruction[] = [
    ...children.map((child) => ({ op: 'spawn', child }) as const),
    ...children.map((child) => ({ op: 'join', child }) as const),
  ];
  const shifted = (one: Instruction): Instruction =>
    'otherwise' in one ? { ...one, otherwise: one.otherwise + 1 } : one;
  const spawned = listing.map((code, index): Instruction[] => {
    const child = index + 1;
    return [{ op: 'begin', child }, ...code.map(shifted), { op: 'end', child }];
  });
  return [main, ...spawned];
}

describe('spawns and joins by one agent cost dpor no executions', () => {
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['four or five agents that load and store', randomAccessListing()],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
  ];
  for (const [name, listings] of sorts) {
    test(name, () => {
      const property = fc.property(listings, (listing) => {
        assert.equal(executionsOf(joined(listing)), executionsOf(listing));
      });
      fc.assert(property, { numRuns: 60, seed: 1 });
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

  test('in which a race comes to nothing as somebody waits, and to something later', () => {
    const write = (word: number): Instruction => ({ op: 'write', word, value: 0, carry: false });
    const rw = 1;
    compare([
      [
        { op: 'attempt' },
        { op: 'load', word: 1 },
        { op: 'unlessSeen', otherwise: 4 },
        { op: 'goto', otherwise: 5 },
        { op: 'retry', otherwise: 0 },
      ],
      [{ op: 'acquireWrite', rw }, write(1), { op: 'releaseWrite', rw }, write(0)],
      [write(1)],
    ]);
  });

  test('in which a reader is kept out while another one leaves a lock that is tried', () => {
    const rw = 1;
    compare([
      [
        { op: 'tryWrite', rw, otherwise: 2 },
        { op: 'releaseWrite', rw },
      ],
      [{ op: 'acquireRead', rw }, { op: 'releaseRead', rw }, { op: 'complete' }],
      [
        { op: 'tryRead', rw, otherwise: 2 },
        { op: 'releaseRead', rw },
      ],
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
