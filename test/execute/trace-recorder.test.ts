import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, counter, hotplug, lastzero, readers } from './classic-programs.ts';
import { programOf, randomListing } from './random-listing.ts';

/** What each of a number of random executions shows. */
function shown(program: Program, checkAgain: boolean, count: number): string[] {
  const coroutines = new Coroutines(program, { checkAgain });
  const all: string[] = [];
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => {
    all.push(
      coroutines.findings
        .map(({ key }) => key)
        .sort()
        .join(' | '),
    );
    return all.length === count;
  });
  return all;
}

describe('checking each trace once', () => {
  test('shows of every execution what checking all of them shows', () => {
    const property = fc.property(randomListing({ agents: 3, statements: 3 }), (listing) => {
      const { program } = programOf(listing);
      assert.deepEqual(shown(program, false, 200), shown(program, true, 200));
    });
    fc.assert(property, { numRuns: 100, seed: 6 });
  });

  // Of so many random executions every trace is met: the rarest has odds of more than one in some
  // hundreds.
  const programs: readonly { name: string; make: () => Program; traces: number }[] = [
    { name: 'counter(2,2)', make: () => counter(2, 2), traces: 6 },
    { name: 'counter(3,2)', make: () => counter(3, 2), traces: 90 },
    { name: 'abba(3)', make: () => abba(3), traces: 7 },
    { name: 'readers(4)', make: () => readers(4), traces: 16 },
    { name: 'lastzero(3)', make: () => lastzero(3), traces: 12 },
    { name: 'hotplug', make: () => hotplug(false), traces: 17 },
  ];
  for (const { name, make, traces } of programs) {
    test(`${name} has ${traces} different traces`, () => {
      const coroutines = new Coroutines(make());
      let count = 0;
      coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => ++count === 20_000);
      assert.equal(coroutines.memory!.traces.size, traces);
    });
  }
});
