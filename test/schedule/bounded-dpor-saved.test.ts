import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { BoundedDpor } from '../../src/schedule/strategies/bounded-dpor.ts';
import { undividedBoundedDpor } from '../../src/schedule/strategies/divide-bounded-dpor.ts';
import { PieceByPiece } from '../../src/schedule/strategies/piece-by-piece.ts';
import { abba, counter, hotplug, lastzero, readers } from '../execute/classic-programs.ts';
import type { Listing } from '../execute/lock-semantics.ts';
import { programOf, randomListing } from '../execute/random-listing.ts';
import { randomLookListing } from '../execute/random-loops.ts';
import { randomSpawnListing } from '../execute/random-spawns.ts';
import { textOf } from './bounded-campaign.ts';
import { runDivided } from './divided.ts';

const programs: readonly (readonly [string, () => Program])[] = [
  ['counter(3,2)', () => counter(3, 2)],
  ['lastzero(4)', () => lastzero(4)],
  ['philosophers(4)', () => abba(4)],
  ['readers(5)', () => readers(5)],
  ['hotplug', () => hotplug(false)],
];

/** How the executions of an uninterrupted search went, in their order. */
function alone(make: () => Program, preemptions: number): { texts: string[]; limits: string } {
  const texts: string[] = [];
  const coroutines = new Coroutines(make());
  const search = new BoundedDpor({ preemptions });
  coroutines.runAll(search, 0, (outcome) => {
    texts.push(textOf(coroutines, outcome));
    return texts.length > 1500;
  });
  return { texts, limits: search.limits };
}

/** Of one that is saved and loaded about every so many turns. */
function interrupted(make: () => Program, preemptions: number, saves: number): string[] {
  const texts: string[] = [];
  runDivided({
    divider: undividedBoundedDpor({ preemptions }),
    threads: 1,
    saves,
    seed: saves,
    program: make,
    onExecution: (on, outcome) => texts.push(textOf(on, outcome)),
  });
  return texts;
}

interface Part {
  readonly texts: string[];
  readonly rest: unknown;
  readonly limits: string;
}

function part(make: () => Program, preemptions: number, rest: unknown, most: number): Part {
  const texts: string[] = [];
  const coroutines = new Coroutines(make());
  const from = rest === undefined ? undefined : { rest, executions: 1 };
  const all = new BoundedDpor({ preemptions });
  const strategy = new PieceByPiece(all, undividedBoundedDpor({ preemptions }), from);
  coroutines.runAll(strategy, 0, (outcome) => {
    texts.push(textOf(coroutines, outcome));
    return texts.length >= most;
  });
  const { limits } = strategy;
  return { texts, rest: JSON.parse(JSON.stringify(strategy.save())), limits };
}

describe('dpor with a bound, saved and gone on with', () => {
  for (const [name, make] of programs) {
    test(`runs the executions of one that was not interrupted, in their order: ${name}`, () => {
      for (const preemptions of [0, 1, 2, 20]) {
        const { texts, limits } = alone(make, preemptions);
        for (const saves of [2, 7]) {
          assert.deepEqual(interrupted(make, preemptions, saves), texts);
        }
        const step = Math.max(1, Math.floor(texts.length / 20));
        for (let at = 1; at <= texts.length; at += step) {
          const first = part(make, preemptions, undefined, at);
          const second = part(make, preemptions, first.rest, Infinity);
          assert.deepEqual([...first.texts, ...second.texts], texts);
          assert.equal(second.limits, limits);
        }
      }
    });
  }

  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['retry loops that look at words', randomLookListing()],
    ['agents that spawn and join others', randomSpawnListing(3, 2)],
  ];
  for (const [name, listings] of sorts) {
    test(`the same of random programs: ${name}`, () => {
      let compared = 0;
      const property = fc.property(listings, fc.integer({ min: 2, max: 9 }), (listing, saves) => {
        const make = (): Program => programOf(listing).program;
        for (const preemptions of [0, 1, 2]) {
          const { texts } = alone(make, preemptions);
          if (texts.length > 1500) return;
          assert.deepEqual(interrupted(make, preemptions, saves), texts);
          compared++;
        }
      });
      fc.assert(property, { numRuns: 60, seed: 1 });
      assert.ok(compared > 100);
    });
  }

  test('refuses what is no such search', () => {
    const divider = undividedBoundedDpor({ preemptions: 1 });
    const [good] = part(() => counter(3, 2), 1, undefined, 3).rest as object[];
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [[], /`rest`: .*expected one stack/],
      [[good, good], /`rest`: .*expected one stack/],
      [[{ ...good, steps: [] }], /`rest`: .*expected one depth more than steps/],
      [[{ ...good, next: 99 }], /`rest`: .*next/],
    ];
    divider.load([good]);
    for (const [rest, message] of wrong) {
      assert.throws(() => divider.load(rest), { name: 'UserError', message });
    }
  });
});
