import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import {
  attempt,
  check,
  forget,
  retry,
  scenario,
  type Scenario,
  type Word,
} from '../../src/program/index.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { StateSearch } from '../../src/schedule/strategies/states.ts';
import { outcomesOf } from '../execute/all-outcomes.ts';
import { counter } from '../execute/classic-programs.ts';
import type { Listing } from '../execute/lock-semantics.ts';
import { randomAccessListing, randomListing } from '../execute/random-listing.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { finalState, reached, statesOf } from './all-states.ts';

const statesMax = 1_000_000;
const checking = (): StateSearch => new StateSearch({ statesMax, checkForget: 1 });

function statesMet(program: Program, strategy = new StateSearch()): number {
  new Coroutines(program).runAll(strategy, 0, () => false);
  assert.ok(strategy.exhausted);
  return strategy.statesMet;
}

/** States of `counter(n, k)` whose agents know nothing but their round and what they hold. */
function statesOfCounter(n: number, k: number): number {
  interface Agent {
    readonly round: number;
    /** Next: 0 lock, 1 read, 2 write, 3 unlock. */
    readonly at: number;
    readonly seen: number;
  }
  const met = new Set<string>();
  const walk = (agents: readonly Agent[], owner: number, x: number): void => {
    const key = JSON.stringify([agents, owner, x]);
    if (met.has(key) || agents.every(({ round }) => round === k)) return;
    met.add(key);
    for (const [i, { round, at, seen }] of agents.entries()) {
      if (round === k || (at === 0 && owner >= 0)) continue;
      const next = at === 3 ? { round: round + 1, at: 0, seen: 0 } : { round, at: at + 1, seen };
      const after = agents.map((one, j) => {
        return j === i ? { ...next, seen: at === 1 ? x : next.seen } : one;
      });
      walk(after, at === 0 ? i : at === 3 ? -1 : owner, at === 2 ? seen + 1 : x);
    }
  };
  walk(Array<Agent>(n).fill({ round: 0, at: 0, seen: 0 }), -1, 0);
  return met.size;
}

describe('agents that forget what they were answered', () => {
  for (const [n, k] of [
    [2, 2],
    [3, 3],
    [4, 3],
  ] as const) {
    test(`leave as many states of counter(${n},${k}) as there are`, () => {
      assert.equal(statesMet(counter(n, k, true)), statesOfCounter(n, k));
    });
  }

  // Programs from a fixed seed: the same on every machine.
  const sorts: readonly (readonly [string, fc.Arbitrary<Listing>])[] = [
    ['two agents with all kinds of operations', randomListing({ agents: 2, statements: 3 })],
    ['three agents with all kinds of operations', randomListing({ agents: 3, statements: 2 })],
    ['four or five agents that load and store', randomAccessListing()],
  ];
  for (const [name, listings] of sorts) {
    test(`come to the same final states by just the states there are: ${name}`, () => {
      const property = fc.property(listings, (listing) => {
        const expected = statesOf(listing, 2000, false);
        const outcomes = outcomesOf(listing, 4000);
        if (expected === undefined || outcomes === undefined) return;
        const { states, met } = reached(listing, true);
        assert.equal(met, expected);
        const finals = new Set([...outcomes].map(finalState));
        assert.deepEqual([...states].sort(), [...finals].sort());
      });
      fc.assert(property, { numRuns: 60, seed: 1 });
    });
  }

  test('are known as well as ever where their word is checked', () => {
    assert.equal(statesMet(counter(3, 2, true), checking()), statesMet(counter(3, 2)));
  });

  test('begin a turn of a retry loop anew', () => {
    const program = sampleProgram<{ x: Word; y: Word }>({
      setup: (arena) => ({ x: arena.word('x'), y: arena.word('y') }),
      agents: {
        *looker({ x, y }) {
          yield* attempt();
          yield* x.load();
          yield* forget();
          if ((yield* y.load()) === 0) yield* retry(1);
        },
        *changer({ x }) {
          yield* x.store(1);
        },
      },
    });
    const ends = new Set<string>();
    const strategy = new DepthFirst({ preemptions: unbounded });
    new Coroutines(program).runAll(strategy, 0, ({ end }) => ends.add(end).size > 9);
    assert.deepEqual([...ends].sort(), ['abandoned', 'stalled']);
  });

  test('still know how much of their life is over, if they are to die', () => {
    const made = scenario<{ x: Word; y: Word; z: Word; w: Word }>({
      name: 'mortal',
      summary: 'an agent that dies on its way',
      source: 'a test',
      setup: (arena) => ({
        x: arena.word('x'),
        y: arena.word('y'),
        z: arena.word('z'),
        w: arena.word('w'),
      }),
      agents: {
        *a({ x, y, z, w }) {
          if ((yield* x.load()) === 0) yield* y.load();
          yield* forget();
          yield* z.store(1);
          yield* w.store(1);
        },
        *b({ x }) {
          yield* x.store(1);
          yield* x.store(0);
        },
      },
      variants: { only: { summary: 'the only one' } },
    }) as Scenario;
    const deaths = [{ agent: 'a', operations: 3 }];
    const program = instantiate(made, { variant: 'only', form: 'full', deaths });
    const { base } = program.arena.objects[3]!;
    const last = new Set<number>();
    const coroutines = new Coroutines(program, { checks: false });
    coroutines.runAll(new StateSearch(), 0, ({ end }) => {
      if (end !== 'abandoned') last.add(program.arena.memory[base]!);
      return false;
    });
    assert.deepEqual([last.has(0), last.has(1)], [true, true]);
  });
});

interface Words {
  readonly x: Word;
  readonly y: Word;
}

/** A reader that says that it has forgotten what x was, and a writer of x. */
function forgetful(after: (world: Words, x: number) => Generator<undefined, void, undefined>) {
  return sampleProgram<Words>({
    setup: (arena) => ({ x: arena.word('x'), y: arena.word('y') }),
    agents: {
      *reader(world) {
        const x = yield* world.x.load();
        yield* forget();
        yield* after(world, x);
      },
      *writer({ x }) {
        yield* x.store(1);
        yield* x.store(0);
      },
    },
  });
}

const run = (program: Program, strategy = new StateSearch()): Promise<Exploration> =>
  explore(program, { strategy, seed: 1, minimise: false });

describe('an agent that depends on what it says to have forgotten', () => {
  const message = (now: string, before: string): RegExp =>
    new RegExp(
      `^scenario "[^"]+": agent reader has said \`forget\`, and comes to ${now} where it came to ` +
        `${before} another time: give \`forget\` a number that says all it still depends on, or ` +
        'leave it out$',
    );

  test('is named with what it does where that is seen', async () => {
    const at = forgetful(function* ({ x, y }, seen) {
      yield* (seen === 0 ? y : x).load();
    });
    const either = message('load [xy]', 'load [xy]');
    await assert.rejects(run(at), { name: 'UserError', message: either });
    const operand = forgetful(function* ({ y }, seen) {
      yield* y.store(seen);
    });
    await assert.rejects(run(operand), { message: message('store y with .* operand', 'store y') });
    const ending = forgetful(function* ({ y }, seen) {
      if (seen === 0) yield* y.load();
    });
    await assert.rejects(run(ending), { message: message('(its end|load y)', '(its end|load y)') });
  });

  test('is found out for certain where its word is checked', async () => {
    const later = forgetful(function* ({ y }, seen) {
      yield* y.load();
      check(seen === 0, 'x was 0');
    });
    const trusted = await run(later);
    assert.ok(trusted.complete);
    assert.deepEqual(trusted.findings, [], 'what it was told to forget is lost');
    assert.match(trusted.statement, /by \d+ states, taking agents' word for what they forget:/);
    await assert.rejects(run(later, checking()), {
      message: message('(its end|its failure)', '(its end|its failure)'),
    });
  });

  test('must say it with a whole number', () => {
    assert.throws(() => forget(0.5), {
      name: 'WrongValueError',
      message: '`forget` takes a whole number of 32 bits, not 0.5',
    });
  });
});
