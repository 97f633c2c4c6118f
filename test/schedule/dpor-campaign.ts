import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { outcomeText } from '../execute/all-outcomes.ts';
import { sizes, type Listing } from '../execute/lock-semantics.ts';
import {
  programOf,
  randomAccessListing,
  randomListing,
  randomRetryListing,
} from '../execute/random-listing.ts';
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
}

function tally(): Tally {
  return { programs: 0, leftOut: 0, traces: 0, deadlocks: 0, most: 0 };
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

/**
 * Explores a program with `dpor` and compares: each trace is run once, none is missed, and each
 * comes to what it must come to.
 */
export function compare(listing: Listing, counts: Tally = tally()): void {
  const expected = allTraces(listing, prefixesMax);
  if (expected === undefined) {
    counts.leftOut++;
    return;
  }
  const { program, progress } = programOf(listing);
  const coroutines = new Coroutines(program);
  const strategy = new Dpor();
  const words = program.arena.objects.slice(0, sizes.words);
  const traces = new Map<string, string>();
  coroutines.runAll(strategy, 0, ({ end }) => {
    assert.ok(end === 'completed' || end === 'stalled', `an execution was ${end}`);
    const { agents, length } = coroutines.record;
    const key = traceOf(listing, agents.slice(0, length));
    assert.ok(!traces.has(key), `a trace was run twice: ${key}`);
    const values = words.map(({ base }) => program.arena.memory[base]!);
    traces.set(key, outcomeText(values, progress));
    if (end === 'stalled') counts.deadlocks++;
    return traces.size > expected.size;
  });
  assert.deepEqual(sorted(traces), sorted(expected));
  assert.ok(strategy.exhausted);
  assert.equal(strategy.blocked, 0);
  assert.equal(strategy.waiting.now, 0);
  counts.programs++;
  counts.traces += traces.size;
  counts.most = Math.max(counts.most, traces.size);
}

function sorted(traces: ReadonlyMap<string, string>): string[] {
  return [...traces].map(([key, outcome]) => `${key} => ${outcome}`).sort();
}

interface Part {
  readonly name: string;
  /** Throws with the smallest program that is explored wrongly. */
  readonly run: () => Tally;
}

/** Compares so many generated programs, of several sorts; the seed decides which. */
export function dporCampaign(programs: number, seed: number): Part[] {
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['four agents with all kinds of operations', randomListing({ agents: 4, statements: 2 })],
    ['mutexes within each other', randomListing({ agents: 3, statements: 2, only: 'mutexes' })],
    ['an agent that tries again and again', randomRetryListing()],
    ['four or five agents that load and store', randomAccessListing()],
  ];
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
