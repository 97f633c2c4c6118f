import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { outcomesOf, outcomeText } from './all-outcomes.ts';
import { sizes, type Listing } from './lock-semantics.ts';
import { programOf, randomListing } from './random-listing.ts';
import { randomRetryListing } from './random-loops.ts';
import { randomSpawnListing } from './random-spawns.ts';

/** Programs larger than this are left out. */
const statesMax = 4000;
const executionsMax = 6000;

/** What all executions of the engine come to; undefined if there are too many. */
function explored(listing: Listing, preemptions: number): Set<string> | undefined {
  const { program, progress } = programOf(listing);
  const coroutines = new Coroutines(program);
  const strategy = new DepthFirst({ preemptions });
  const words = program.arena.objects.slice(0, sizes.words);
  const outcomes = new Set<string>();
  let executions = 0;
  coroutines.runAll(strategy, 0, ({ end }) => {
    if (end !== 'abandoned') {
      const values = words.map(({ base }) => program.arena.memory[base]!);
      outcomes.add(outcomeText(values, progress));
      const deadlocked = coroutines.checks!.findings.some(({ kind }) => kind === 'deadlock');
      if (end === 'stalled') assert.ok(deadlocked, 'whoever is stuck for good is reported');
      if (end === 'completed') assert.ok(!deadlocked, 'who came to the end was not deadlocked');
    }
    return ++executions > executionsMax;
  });
  return strategy.exhausted ? outcomes : undefined;
}

/** Compares a number of random programs; how many of them were small enough. */
function compare(listings: fc.Arbitrary<Listing>, parameters: fc.Parameters<[Listing]>): number {
  let compared = 0;
  const property = fc.property(listings, (listing) => {
    const expected = outcomesOf(listing, statesMax);
    if (expected === undefined) return;
    const withSleepSets = explored(listing, unbounded);
    if (withSleepSets === undefined) return;
    compared++;
    assert.deepEqual([...withSleepSets].sort(), [...expected].sort());
    const without = explored(listing, unbounded - 1);
    if (without !== undefined) assert.deepEqual([...without].sort(), [...expected].sort());
  });
  fc.assert(property, parameters);
  return compared;
}

// Programs from a fixed seed: the same on every machine.
describe('exploration, with sleep sets and without, reaches exactly the outcomes of', () => {
  test('two agents with all kinds of operations', () => {
    const listings = randomListing({ agents: 2, statements: 3 });
    assert.ok(compare(listings, { numRuns: 150, seed: 1 }) > 140);
  });

  test('three agents with all kinds of operations', () => {
    const listings = randomListing({ agents: 3, statements: 2 });
    assert.ok(compare(listings, { numRuns: 150, seed: 2 }) > 140);
  });

  test('an agent that tries again and again, among others', () => {
    assert.ok(compare(randomRetryListing(), { numRuns: 60, seed: 3 }) > 50);
  });

  test('agents that spawn and join others', () => {
    assert.ok(compare(randomSpawnListing(3, 2), { numRuns: 150, seed: 4 }) > 100);
  });
});
