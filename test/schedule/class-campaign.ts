import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { ExecutionOutcome } from '../../src/execute/strategy.ts';
import { ClassSearch } from '../../src/schedule/strategies/class-search.ts';
import type { Equivalence } from '../../src/schedule/strategies/classes/compared-words.ts';
import { dividedClasses } from '../../src/schedule/strategies/divide-classes.ts';
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
import { textOf } from './bounded-campaign.ts';
import { runDivided } from './divided.ts';

/** Prefixes of traces that a program may have at the most; larger ones are left out. */
const prefixesMax = 6000;
/** Executions that a program may have at the most that is to be divided. */
const executionsMax = 1500;

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

/** How many programs were divided, and how. */
export interface DividedTally {
  programs: number;
  leftOut: number;
  executions: number;
  pieces: number;
  loads: number;
  /** Of these, the search began anew when it had been divided. */
  anew: number;
}

/** A program by one thread and divided: the same executions, those that are given up, too. */
function compareDivided(
  equivalence: Equivalence,
  listing: Listing,
  seed: number,
  counts: DividedTally,
): void {
  let alone: string[] = [];
  const coroutines = new Coroutines(programOf(listing).program, { checks: false });
  const search = new ClassSearch(equivalence);
  search.watchEnd();
  let { beginnings } = search;
  coroutines.runAll(search, 0, (outcome) => {
    if (search.beginnings > beginnings) alone = [];
    else alone.push(textOf(coroutines, outcome));
    ({ beginnings } = search);
    return alone.length > executionsMax;
  });
  if (alone.length > executionsMax) {
    counts.leftOut++;
    return;
  }
  const divider = dividedClasses(equivalence);
  let all: string[] = [];
  let begun = 1;
  const run = {
    divider,
    threads: 1 + (seed % 3),
    seed,
    saves: seed % 2 === 0 ? 0 : 3 + (seed % 15),
    watchesEnd: true,
    program: () => programOf(listing).program,
    onExecution: (on: Coroutines, outcome: ExecutionOutcome) => all.push(textOf(on, outcome)),
    onAnew: () => {
      all = [];
      begun++;
    },
  };
  const { pieces, loads } = runDivided(run);
  assert.deepEqual(all.sort(), alone.sort());
  counts.programs++;
  counts.executions += all.length;
  counts.pieces += pieces;
  counts.loads += loads;
  if (begun > 1) counts.anew++;
}

interface Part<Tally> {
  readonly name: string;
  /** Throws with the smallest program that is explored wrongly. */
  readonly run: () => Tally;
}

function sorts(): readonly (readonly [string, fc.Arbitrary<Listing>])[] {
  return [
    ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['four agents with all kinds of operations', randomListing({ agents: 4, statements: 2 })],
    ['mutexes within each other', randomListing({ agents: 3, statements: 2, only: 'mutexes' })],
    ['four or five agents that load and store', randomAccessListing()],
    ['agents that spawn and join others', randomSpawnListing(4, 2)],
    ['a retry loop that takes two mutexes', randomRetryListing()],
    ['retry loops that look at words', randomLookListing()],
  ];
}

/** The same for searches that are divided at random, and saved and loaded on the way. */
export function dividedClassCampaign(
  equivalence: Equivalence,
  programs: number,
  seed: number,
): Part<DividedTally>[] {
  const numRuns = Math.ceil(programs / sorts().length);
  return sorts().map(([name, listings]) => ({
    name,
    run: () => {
      const counts = { programs: 0, leftOut: 0, executions: 0, pieces: 0, loads: 0, anew: 0 };
      const property = fc.property(listings, fc.nat(1000), (listing, chance) =>
        compareDivided(equivalence, listing, chance, counts),
      );
      fc.assert(property, { numRuns, seed });
      return counts;
    },
  }));
}

/** Compares so many generated programs, of several sorts; the seed decides which. */
export function classCampaign(look: Look, programs: number, seed: number): Part<ClassTally>[] {
  const numRuns = Math.ceil(programs / sorts().length);
  return sorts().map(([name, listings]) => ({
    name,
    run: () => {
      const counts = classTally();
      const property = fc.property(listings, (listing) => compareClasses(listing, look, counts));
      fc.assert(property, { numRuns, seed });
      return counts;
    },
  }));
}
