import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { ExecutionOutcome } from '../../src/execute/strategy.ts';
import { dividedDpor } from '../../src/schedule/strategies/dpor/divide-dpor.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { outcomeText } from '../execute/all-outcomes.ts';
import { sizes, type Listing } from '../execute/lock-semantics.ts';
import {
  programOf,
  randomAccessListing,
  randomListing,
  type Progress,
} from '../execute/random-listing.ts';
import { randomRetryListing } from '../execute/random-loops.ts';
import { randomSpawnListing } from '../execute/random-spawns.ts';
import { runDivided, type DividedRun } from './divided.ts';
import { allTraces, beginning, extended, traceKey } from './all-traces.ts';

/** Prefixes of traces that a program may have at the most; larger ones are left out. */
const prefixesMax = 6000;

/** What exploring programs came to. */
interface Tally {
  programs: number;
  leftOut: number;
  traces: number;
  deadlocks: number;
  /** The most traces of one program. */
  most: number;
  /** Pieces that divided searches were run in. */
  pieces: number;
}

function tally(): Tally {
  return { programs: 0, leftOut: 0, traces: 0, deadlocks: 0, most: 0, pieces: 0 };
}

/** The trace of a schedule, by the second account of what operations do. */
export function traceOf(listing: Listing, agents: Int32Array): string {
  let run = beginning(listing);
  for (const agent of agents) {
    const next = extended(listing, run, agent);
    assert.ok(next !== undefined, 'the schedule is one by the other account, too');
    run = next;
  }
  return traceKey(run);
}

/** `dpor` searches in two ways; the one with wakeup trees can search all programs. */
export const ways = [{ trees: false }, { trees: true }] as const;

/**
 * Explores a program with `dpor`, in both ways, and compares: each trace is run once, none is
 * missed, and each comes to what it must come to.
 */
export function compare(listing: Listing, counts: Tally = tally()): void {
  const expected = allTraces(listing, prefixesMax);
  if (expected === undefined) {
    counts.leftOut++;
    return;
  }
  for (const { trees } of ways) {
    const { program, progress } = programOf(listing);
    const coroutines = new Coroutines(program);
    if (trees) coroutines.machine.sharersExclude = true;
    const strategy = new Dpor();
    const met = new Traces(listing);
    coroutines.runAll(strategy, 0, (outcome) => {
      met.take(coroutines, outcome, progress);
      return met.traces.size > expected.size;
    });
    met.compare(expected, trees ? tally() : counts);
    assert.ok(strategy.exhausted);
    assert.equal(strategy.blocked, 0);
    assert.equal(strategy.waiting.now, 0);
  }
}

/** The same with the search divided among so many threads, as the seed has it. */
export function compareDivided(
  listing: Listing,
  how: Pick<DividedRun, 'threads' | 'seed' | 'saves'>,
  counts: Tally = tally(),
): void {
  const expected = allTraces(listing, prefixesMax);
  if (expected === undefined) {
    counts.leftOut++;
    return;
  }
  for (const { trees } of ways) {
    const met = new Traces(listing);
    const progressOf = new Map<Program, Progress[]>();
    const { pieces } = runDivided({
      ...how,
      trees,
      divider: dividedDpor,
      program: () => {
        const { program, progress } = programOf(listing);
        progressOf.set(program, progress);
        return program;
      },
      onExecution: (coroutines, outcome) =>
        met.take(coroutines, outcome, progressOf.get(coroutines.program)!),
    });
    met.compare(expected, trees ? tally() : counts);
    if (!trees) counts.pieces += pieces;
  }
}

/** The traces that executions have had, each only once. */
class Traces {
  readonly traces = new Map<string, string>();
  private readonly listing: Listing;
  private deadlocks = 0;

  constructor(listing: Listing) {
    this.listing = listing;
  }

  take(coroutines: Coroutines, { end }: ExecutionOutcome, progress: readonly Progress[]): void {
    assert.ok(end === 'completed' || end === 'stalled', `an execution was ${end}`);
    const { agents, length } = coroutines.record;
    const key = traceOf(this.listing, agents.slice(0, length));
    assert.ok(!this.traces.has(key), `a trace was run twice: ${key}`);
    const { objects, memory } = coroutines.program.arena;
    const values = objects.slice(0, sizes.words).map(({ base }) => memory[base]!);
    this.traces.set(key, outcomeText(values, progress));
    if (end === 'stalled') this.deadlocks++;
  }

  compare(expected: ReadonlyMap<string, string>, counts: Tally): void {
    const { traces } = this;
    assert.deepEqual(sorted(traces), sorted(expected));
    counts.programs++;
    counts.traces += traces.size;
    counts.most = Math.max(counts.most, traces.size);
    counts.deadlocks += this.deadlocks;
  }
}

function sorted(traces: ReadonlyMap<string, string>): string[] {
  return [...traces].map(([key, outcome]) => `${key} => ${outcome}`).sort();
}

interface Part {
  readonly name: string;
  /** Throws with the smallest program that is explored wrongly. */
  readonly run: () => Tally;
}

function exclusive(agents: number, statements: number): fc.Arbitrary<Listing> {
  return randomListing({ agents, statements, only: 'exclusive' });
}

const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
  ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
  ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
  ['four agents with all kinds of operations', randomListing({ agents: 4, statements: 2 })],
  ['three agents without shared locks that a writer waits for', exclusive(3, 3)],
  ['four agents without shared locks that a writer waits for', exclusive(4, 2)],
  ['mutexes within each other', randomListing({ agents: 3, statements: 2, only: 'mutexes' })],
  ['an agent that tries again and again', randomRetryListing()],
  ['four or five agents that load and store', randomAccessListing()],
  ['agents that spawn and join others', randomSpawnListing(4, 2)],
];

/** Compares so many generated programs, of several sorts; the seed decides which. */
export function dporCampaign(programs: number, seed: number): Part[] {
  const numRuns = Math.ceil(programs / sorts.length);
  return sorts.map(([name, listings]) => ({
    name,
    run: () => {
      const counts = tally();
      const property = fc.property(listings, (listing) => compare(listing, counts));
      fc.assert(property, { numRuns, seed });
      return counts;
    },
  }));
}

/**
 * The same by 1 to 3 threads that give each other pieces at random; half of the searches are saved
 * and loaded on the way.
 */
export function dividedCampaign(programs: number, seed: number): Part[] {
  const numRuns = Math.ceil(programs / sorts.length);
  const divisions = fc.record({
    threads: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
    saves: fc.constantFrom(0, 20),
  });
  return sorts.map(([name, listings]) => ({
    name,
    run: () => {
      const counts = tally();
      const property = fc.property(listings, divisions, (listing, how) =>
        compareDivided(listing, how, counts),
      );
      fc.assert(property, { numRuns, seed });
      return counts;
    },
  }));
}
