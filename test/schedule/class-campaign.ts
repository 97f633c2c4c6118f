import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { ClassSearch } from '../../src/schedule/strategies/class-search.ts';
import { outcomeText } from '../execute/all-outcomes.ts';
import type { Listing } from '../execute/lock-semantics.ts';
import { programOf, randomAccessListing, randomListing } from '../execute/random-listing.ts';
import { randomLookListing, randomRetryListing } from '../execute/random-loops.ts';
import { randomSpawnListing } from '../execute/random-spawns.ts';
import {
  allClasses,
  classBeginning,
  classExtended,
  classKey,
  orderedWords,
  type Look,
  type Ordered,
} from './all-classes.ts';

/** Prefixes of traces that a program may have at the most; larger ones are left out. */
const prefixesMax = 6000;

/** What exploring programs came to. */
export interface ClassTally {
  programs: number;
  leftOut: number;
  classes: number;
  deadlocks: number;
  /** Executions given up. */
  blocked: number;
}

export function classTally(): ClassTally {
  return { programs: 0, leftOut: 0, classes: 0, deadlocks: 0, blocked: 0 };
}

function classOf(listing: Listing, look: Look, ordered: Ordered, agents: Int32Array): string {
  let run = classBeginning(listing);
  for (const agent of agents) {
    const next = classExtended(listing, run, agent, look, ordered);
    assert.ok(next !== undefined, 'the schedule is one by the other account, too');
    run = next;
  }
  return classKey(run);
}

/**
 * Explores a program by an equivalence and compares: each class is run once, none is missed, and
 * the agents come to what they must come to.
 */
export function compareClasses(
  listing: Listing,
  look: Look,
  counts: ClassTally = classTally(),
): void {
  const ordered = orderedWords(listing, prefixesMax);
  const expected = ordered && allClasses(listing, look, ordered, prefixesMax);
  if (ordered === undefined || expected === undefined) {
    counts.leftOut++;
    return;
  }
  const { program, progress } = programOf(listing);
  const coroutines = new Coroutines(program);
  const strategy = new ClassSearch(look);
  const classes = new Map<string, string>();
  let abandoned = 0;
  let { beginnings } = strategy;
  coroutines.runAll(strategy, 0, ({ end }) => {
    if (strategy.beginnings > beginnings) {
      ({ beginnings } = strategy);
      abandoned = 0;
      classes.clear();
      return false;
    }
    if (end === 'abandoned') return ++abandoned > 1000;
    assert.ok(end === 'completed' || end === 'stalled', `an execution was ${end}`);
    const { agents, length } = coroutines.record;
    const key = classOf(listing, look, ordered, agents.slice(0, length));
    assert.ok(!classes.has(key), `a class was run twice: ${key}`);
    classes.set(key, outcomeText([], progress));
    if (end === 'stalled') counts.deadlocks++;
    return classes.size > expected.size;
  });
  assert.deepEqual(sorted(classes), sorted(expected));
  assert.ok(strategy.exhausted);
  assert.equal(strategy.blocked, abandoned);
  counts.programs++;
  counts.classes += classes.size;
  counts.blocked += abandoned;
}

function sorted(classes: ReadonlyMap<string, string>): string[] {
  return [...classes].map(([key, outcome]) => `${key} => ${outcome}`).sort();
}

interface Part {
  readonly name: string;
  /** Throws with the smallest program that is explored wrongly. */
  readonly run: () => ClassTally;
}

/** Compares so many generated programs, of several sorts; the seed decides which. */
export function classCampaign(look: Look, programs: number, seed: number): Part[] {
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['four agents with all kinds of operations', randomListing({ agents: 4, statements: 2 })],
    ['mutexes within each other', randomListing({ agents: 3, statements: 2, only: 'mutexes' })],
    ['four or five agents that load and store', randomAccessListing()],
    ['agents that spawn and join others', randomSpawnListing(4, 2)],
    ['a retry loop that takes two mutexes', randomRetryListing()],
    ['retry loops that look at words', randomLookListing()],
  ];
  const numRuns = Math.ceil(programs / sorts.length);
  return sorts.map(([name, listings]) => ({
    name,
    run: () => {
      const counts = classTally();
      const property = fc.property(listings, (listing) => compareClasses(listing, look, counts));
      fc.assert(property, { numRuns, seed });
      return counts;
    },
  }));
}
