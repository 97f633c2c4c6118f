import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { check, type Word } from '../../src/program/index.ts';
import { explore } from '../../src/schedule/explore.ts';
import { NondeterminismError } from '../../src/schedule/strategies/dfs.ts';
import { StateSearch } from '../../src/schedule/strategies/states.ts';
import { outcomesOf } from '../execute/all-outcomes.ts';
import { abba, counter, hotplug, reorder3 } from '../execute/classic-programs.ts';
import type { Listing } from '../execute/lock-semantics.ts';
import { programOf, randomAccessListing, randomListing } from '../execute/random-listing.ts';
import { randomRetryListing } from '../execute/random-loops.ts';
import { randomSpawnListing } from '../execute/random-spawns.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { finalState, reached, statesOf } from './all-states.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

strategySuite({
  name: 'states',
  make: () => new StateSearch(),
  skips: {
    seeds: 'it takes no seed',
    'any execution alone': 'execution n follows from those before it',
  },
});

interface Ends {
  executions: number;
  toTheEnd: number;
  deadlocked: number;
  failed: number;
  states: number;
}

function explored(program: Program, statesMax = 1_000_000): Ends {
  const strategy = new StateSearch({ statesMax });
  const ends: Ends = { executions: 0, toTheEnd: 0, deadlocked: 0, failed: 0, states: 0 };
  new Coroutines(program).runAll(strategy, 0, ({ end }) => {
    ends.executions++;
    if (end !== 'abandoned') ends.toTheEnd++;
    if (end === 'stalled') ends.deadlocked++;
    if (end === 'failed') ends.failed++;
    return ends.executions > 100_000;
  });
  assert.ok(strategy.exhausted);
  ends.states = strategy.statesMet;
  return ends;
}

// Programs from a fixed seed: the same on every machine.
describe('the search of states meets exactly the states of', () => {
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['mutexes', randomListing({ agents: 3, statements: 2, only: 'mutexes' })],
    ['four or five agents that load and store', randomAccessListing()],
  ];
  for (const [name, listings] of sorts) {
    test(name, () => {
      const property = fc.property(listings, (listing) => {
        const expected = statesOf(listing, 2000);
        if (expected === undefined) return;
        const strategy = new StateSearch();
        new Coroutines(programOf(listing).program).runAll(strategy, 0, () => false);
        assert.equal(strategy.statesMet, expected);
      });
      fc.assert(property, { numRuns: 60, seed: 1 });
    });
  }
});

// Programs from a fixed seed: the same on every machine.
describe('the search of states reaches exactly the final states of', () => {
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['an agent that tries again and again', randomRetryListing()],
    ['agents that spawn and join others', randomSpawnListing(4, 2)],
  ];
  for (const [name, listings] of sorts) {
    test(name, () => {
      const property = fc.property(listings, (listing) => {
        const expected = outcomesOf(listing, 4000);
        if (expected === undefined) return;
        const states = new Set([...expected].map(finalState));
        assert.deepEqual([...reached(listing).states].sort(), [...states].sort());
      });
      fc.assert(property, { numRuns: 100, seed: 1 });
    });
  }
});

describe('the search of states', () => {
  test('merges the orders of one lock: counter(8,1) has 40,320 traces', () => {
    const { executions, toTheEnd, deadlocked, failed } = explored(counter(8, 1));
    assert.deepEqual({ toTheEnd, deadlocked, failed }, { toTheEnd: 8, deadlocked: 0, failed: 0 });
    assert.ok(executions < 1000);
  });

  test('finds each deadlock', () => {
    assert.equal(explored(abba(4)).deadlocked, 1);
    assert.equal(explored(hotplug(false)).deadlocked, 4);
    assert.equal(explored(hotplug(true)).deadlocked, 0);
  });

  test('finds a failure', () => {
    assert.ok(explored(reorder3()).failed > 0);
  });

  test('tells apart agents that have been answered differently', () => {
    const program = sampleProgram<{ x: Word }>({
      setup: (arena) => ({ x: arena.word('x') }),
      agents: {
        *reader({ x }) {
          const first = yield* x.load();
          yield* x.store(0);
          check(first === 0, 'x was 0');
        },
        *writer({ x }) {
          yield* x.store(1);
          yield* x.store(0);
        },
      },
    });
    // With x back at 0 the words are the same, whatever the reader has seen.
    assert.ok(explored(program).failed > 0);
  });

  test('goes on without memory: it is as complete, and takes longer', () => {
    const small = explored(counter(3, 2), 10);
    const large = explored(counter(3, 2));
    assert.equal(small.states, 10);
    assert.ok(small.toTheEnd > large.toTheEnd);
  });

  test('says what is known in the end, and what is not', async () => {
    const { statement, complete } = await explore(counter(2, 1), {
      strategy: new StateSearch(),
      seed: 1,
    });
    assert.equal(complete, true);
    assert.equal(
      statement,
      'explored completely as to deadlocks, failures and invariants, by 15 states: 2 executions',
    );
  });

  test('names the choice at which a program is not deterministic', () => {
    let runs = 0;
    const program = sampleProgram<{ x: Word; y: Word }>({
      setup: (arena) => ({ x: arena.word('x'), y: arena.word('y') }),
      agents: {
        *a({ x, y }) {
          yield* (runs++ === 0 ? x : y).add(1);
          yield* x.add(1);
        },
        *b({ x }) {
          yield* x.add(1);
        },
      },
    });
    assert.throws(() => sequences(program, new StateSearch(), Infinity), NondeterminismError);
  });
});
