import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { ExecutionOutcome } from '../../src/execute/strategy.ts';
import type { BoundedBy } from '../../src/schedule/strategies/bounded-cost.ts';
import { BoundedSearch } from '../../src/schedule/strategies/bounded.ts';
import { dividedBounded } from '../../src/schedule/strategies/divide-bounded.ts';
import type { Listing } from '../execute/lock-semantics.ts';
import { programOf, randomListing } from '../execute/random-listing.ts';
import { randomLookListing } from '../execute/random-loops.ts';
import { randomSpawnListing } from '../execute/random-spawns.ts';
import { runDivided } from './divided.ts';

/** Executions that a program may have at the most; larger ones are left out. */
const executionsMax = 1500;

interface Tally {
  programs: number;
  leftOut: number;
  pieces: number;
  /** Bounds that were run, in all. */
  bounds: number;
}

/** How an execution went: its end and who made its steps. */
export function textOf(coroutines: Coroutines, { end }: ExecutionOutcome): string {
  const { agents, length } = coroutines.record;
  return `${end} ${agents.slice(0, length).join('')}`;
}

/** Each program by one thread and divided, within each bound up to 3: the same executions. */
function compare(name: BoundedBy, listing: Listing, seed: number, counts: Tally): void {
  const options = { bound: 3 };
  const alone: string[] = [];
  const coroutines = new Coroutines(programOf(listing).program, { checks: false });
  const search = new BoundedSearch(name, options);
  coroutines.runAll(search, 0, (outcome) => {
    alone.push(textOf(coroutines, outcome));
    return alone.length > executionsMax;
  });
  if (alone.length > executionsMax) {
    counts.leftOut++;
    return;
  }
  const all: string[] = [];
  const { pieces } = runDivided({
    divider: dividedBounded(name, options),
    threads: 1 + (seed % 3),
    seed,
    saves: seed % 2 === 0 ? 0 : 15,
    program: () => programOf(listing).program,
    onExecution: (on, outcome) => all.push(textOf(on, outcome)),
  });
  assert.deepEqual(all.sort(), alone.sort());
  counts.programs++;
  counts.pieces += pieces;
  counts.bounds += search.bound + 1;
}

/** Compares so many generated programs, of several sorts; the seed decides which. */
export function boundedCampaign(
  name: BoundedBy,
  programs: number,
  seed: number,
): { readonly name: string; readonly run: () => Tally }[] {
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['retry loops that look at words', randomLookListing()],
    ['agents that spawn and join others', randomSpawnListing(3, 2)],
  ];
  const numRuns = Math.ceil(programs / sorts.length);
  return sorts.map(([part, listings]) => ({
    name: part,
    run: () => {
      const counts: Tally = { programs: 0, leftOut: 0, pieces: 0, bounds: 0 };
      const property = fc.property(listings, fc.nat(1000), (listing, chance) =>
        compare(name, listing, chance, counts),
      );
      fc.assert(property, { numRuns, seed });
      return counts;
    },
  }));
}
