import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { explore } from '../../src/schedule/explore.ts';
import { BoundedDpor } from '../../src/schedule/strategies/bounded-dpor.ts';
import { DepthFirst, NondeterminismError } from '../../src/schedule/strategies/dfs.ts';
import { outcomeText } from '../execute/all-outcomes.ts';
import { abba, hotplug, lastzero } from '../execute/classic-programs.ts';
import { sizes, type Listing } from '../execute/lock-semantics.ts';
import { programOf, randomAccessListing, randomListing } from '../execute/random-listing.ts';
import { randomRetryListing } from '../execute/random-loops.ts';
import { randomSpawnListing } from '../execute/random-spawns.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import type { Word } from '../../src/program/index.ts';
import { traceOf } from './dpor-campaign.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

strategySuite({
  name: 'dpor',
  make: () => new BoundedDpor({ preemptions: 2 }),
  skips: {
    seeds: 'it takes no seed',
    'any execution alone': 'execution n follows from those before it',
  },
});

/** Executions of a program that is left out. */
const executionsMax = 800;

/** The traces of the schedules, with what they come to; undefined if there are too many. */
function outcomes(listing: Listing, strategy: Strategy): [Set<string>, number] | undefined {
  const { program, progress } = programOf(listing);
  const words = program.arena.objects.slice(0, sizes.words);
  const met = new Set<string>();
  let executions = 0;
  const coroutines = new Coroutines(program, { checks: false });
  coroutines.runAll(strategy, 0, ({ end }) => {
    if (end === 'abandoned') return false;
    executions++;
    const values = words.map(({ base }) => program.arena.memory[base]!);
    const { agents, length } = coroutines.record;
    const trace = traceOf(listing, agents.slice(0, length));
    met.add(`${trace} => ${outcomeText(values, progress)}`);
    return executions >= executionsMax;
  });
  return executions >= executionsMax ? undefined : [met, executions];
}

// Programs from a fixed seed: the same on every machine.
describe('dpor within a bound runs all traces that have a schedule within it, of', () => {
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['four agents with all kinds of operations', randomListing({ agents: 4, statements: 2 })],
    ['mutexes within each other', randomListing({ agents: 3, statements: 2, only: 'mutexes' })],
    ['an agent that tries again and again', randomRetryListing()],
    ['agents that spawn and join others', randomSpawnListing(4, 2)],
    ['four or five agents that load and store', randomAccessListing()],
  ];
  for (const [name, listings] of sorts) {
    test(name, () => {
      let unreduced = 0;
      let reduced = 0;
      const property = fc.property(listings, fc.nat(3), (listing, preemptions) => {
        const expected = outcomes(listing, new DepthFirst({ preemptions }));
        if (expected === undefined) return;
        const found = outcomes(listing, new BoundedDpor({ preemptions }))!;
        assert.deepEqual([...found[0]].sort(), [...expected[0]].sort());
        unreduced += expected[1];
        reduced += found[1];
      });
      fc.assert(property, { numRuns: 40, seed: 1 });
      assert.ok(reduced < unreduced);
    });
  }
});

function executionsOf(program: Program, strategy: Strategy): { all: number; deadlocked: number } {
  const ends = { all: 0, deadlocked: 0 };
  new Coroutines(program, { checks: false }).runAll(strategy, 0, ({ end }) => {
    if (end !== 'abandoned') ends.all++;
    if (end === 'stalled') ends.deadlocked++;
    return false;
  });
  return ends;
}

describe('dpor within a bound', () => {
  test('runs far fewer executions than all schedules within it', () => {
    const bound = { preemptions: 2 };
    const all = executionsOf(lastzero(4), new DepthFirst(bound)).all;
    assert.ok(executionsOf(lastzero(4), new BoundedDpor(bound)).all * 10 < all);
  });

  test('finds a deadlock with as many preemptions as it needs, and not with fewer', () => {
    const deadlocked = (preemptions: number): number =>
      executionsOf(abba(3), new BoundedDpor({ preemptions })).deadlocked;
    assert.equal(deadlocked(0), 0);
    assert.ok(deadlocked(1) > 0);
  });

  test('says what the bound was, and nothing of it where it left nothing out', async () => {
    const run = async (preemptions: number): Promise<string> =>
      (await explore(hotplug(false), { strategy: new BoundedDpor({ preemptions }), seed: 1 }))
        .statement;
    assert.match(await run(1), /^explored completely with at most 1 preemption: \d+ executions$/);
    assert.match(await run(999), /are all there are up to the order of independent steps$/);
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
    const strategy = new BoundedDpor({ preemptions: 9 });
    assert.throws(() => sequences(program, strategy, Infinity), NondeterminismError);
  });
});
