import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import { conflictsOf, outcomesOf } from '../execute/all-outcomes.ts';
import type { Listing } from '../execute/lock-semantics.ts';
import { programOf, randomListing } from '../execute/random-listing.ts';

const statesMax = 4000;
const byValue = (one: number, other: number): number => one - other;
const executionsMax = 6000;

/** What the checkers report, as `kind level object`, and whether the strategy came to its end. */
function reported(
  listing: Listing,
  strategyFor: (program: ReturnType<typeof programOf>['program']) => Strategy,
): Set<string> {
  const { program } = programOf(listing);
  const coroutines = new Coroutines(program);
  const found = new Set<string>();
  let executions = 0;
  coroutines.runAll(strategyFor(program), 0, () => {
    for (const { kind, level, parties } of coroutines.checks!.findings) {
      const object = parties[0] === undefined ? '' : program.subject.name(parties[0].object);
      found.add(`${kind} ${level} ${object}`);
    }
    return ++executions > executionsMax;
  });
  if (executions > executionsMax) found.add('not complete');
  return found;
}

describe('on random programs', () => {
  // A word races if a schedule comes to where two agents are both about to touch it, one of them
  // writing and one of them plainly. Without trylocks, what happens-before orders is what no
  // schedule can bring together.
  test('the words with data races are those that two agents can be about to touch at once', () => {
    let compared = 0;
    let racy = 0;
    const property = fc.property(
      randomListing({ agents: 3, statements: 3, tries: false }),
      (listing) => {
        // While it waits, a waitUntil touches nothing here; a real loop would.
        if (listing.flat().some(({ op }) => op === 'waitUntil')) return;
        const expected = conflictsOf(listing, statesMax);
        if (expected === undefined) return;
        const found = reported(listing, () => new DepthFirst({ preemptions: unbounded }));
        if (found.has('not complete')) return;
        compared++;
        racy += expected.size;
        const races = [...found].filter((one) => one.startsWith('data-race'));
        const words = races.map((one) => Number(one.slice(-1)));
        assert.deepEqual(words.sort(byValue), [...expected].sort(byValue));
      },
    );
    fc.assert(property, { numRuns: 300, seed: 4 });
    assert.ok(compared > 150 && racy > 30, `${compared} programs, ${racy} racy words`);
  });

  test('of mutexes alone, one run without overlap predicts every deadlock', () => {
    let deadlocks = 0;
    let predicted = 0;
    const property = fc.property(
      randomListing({ agents: 3, statements: 2, only: 'mutexes' }),
      (listing) => {
        const outcomes = outcomesOf(listing, statesMax)!;
        const canDeadlock = [...outcomes].some((outcome) => outcome.includes('...'));
        const serial = {
          agents: new Int32Array(0),
          kinds: new Int32Array(0),
          objects: new Int32Array(0),
        };
        const found = [...reported(listing, ({ subject }) => new Replay(serial, subject))];
        const warned = found.some((one) => /^(lock-inversion possible|deadlock)/.test(one));
        if (canDeadlock) deadlocks++;
        if (warned) predicted++;
        if (canDeadlock) assert.ok(warned, `predicted: ${found.join(', ')}`);
      },
    );
    fc.assert(property, { numRuns: 300, seed: 5 });
    assert.ok(deadlocks > 30 && predicted < 280, `${deadlocks} deadlocks, ${predicted} warnings`);
  });
});
