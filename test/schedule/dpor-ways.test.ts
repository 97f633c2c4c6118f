import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { attempt, retry, type Arena, type Step, type Word } from '../../src/program/index.ts';
import { Kind, ObjectType } from '../../src/program/kinds.ts';
import { cellSize, portSize } from '../../src/program/layout.ts';
import { make } from '../../src/program/port.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { lastzero, readers } from '../execute/classic-programs.ts';
import { programOf, randomAccessListing, randomListing } from '../execute/random-listing.ts';
import { agentsOf, sampleProgram } from '../execute/sample-programs.ts';
import type { Listing } from '../execute/lock-semantics.ts';

interface Way {
  readonly executions: number;
  readonly stalled: number;
  readonly blocked: number;
  /** Steps of all of them. */
  readonly steps: number;
  /** What the words held at the ends, and how often. */
  readonly ends: ReadonlyMap<string, number>;
}

function way(program: Program, trees: boolean): Way {
  const strategy = new Dpor();
  const coroutines = new Coroutines(program, { checks: false });
  coroutines.machine.sharersExclude = trees;
  const ends = new Map<string, number>();
  let executions = 0;
  let stalled = 0;
  let steps = 0;
  const tooMany = 20_000;
  coroutines.runAll(strategy, 0, ({ end, ...outcome }) => {
    assert.ok(end === 'completed' || end === 'stalled');
    executions++;
    steps += outcome.steps;
    if (end === 'stalled') stalled++;
    const words = program.arena.memory.join(' ');
    ends.set(words, (ends.get(words) ?? 0) + 1);
    return executions > tooMany;
  });
  assert.ok(executions <= tooMany);
  assert.equal(strategy.waiting.now, 0);
  return { executions, stalled, blocked: strategy.blocked, steps, ends };
}

/** Operations that the second account (`lock-semantics.ts`) does not know. */
const operations = [
  'futexWait',
  'futexTimedWait',
  'futexNotify',
  'futexEnqueue',
  'cellStore',
  'send',
  'receive',
  'insideStore',
  'insideLoad',
  'retire',
  'revive',
  'locked',
  'initLock',
  'reads',
  'writes',
  'exchange',
  'loop',
] as const;

interface Act {
  readonly op: (typeof operations)[number];
  readonly which: number;
  readonly value: number;
}

const act: fc.Arbitrary<Act> = fc.record({
  op: fc.constantFrom(...operations),
  which: fc.nat(1),
  value: fc.nat(2),
});

const code = fc.array(act, { minLength: 1, maxLength: 4 });

function setup(arena: Arena) {
  const words = [arena.word('word0'), arena.word('word1')];
  const cells = [0, 1].map((at) =>
    arena.block(ObjectType.cell, `cell${at}`, cellSize(arena.agentCount)),
  );
  const port = arena.block(ObjectType.port, 'port', portSize);
  const { region, inside } = arena.region('region', (own) => [
    own.word('inside0'),
    own.word('inside1'),
  ]);
  const mutex = arena.mutex('mutex');
  const percpu = arena.percpuRwSemaphore('percpu');
  const { base } = arena.objects.find(({ name }) => name === 'mutex')!;
  return { words, cells, port, region, inside, mutex, percpu, base };
}

type World = ReturnType<typeof setup>;

function* perform(world: World, { op, which, value }: Act, seen: number): Step<number> {
  const cell = world.cells[which]!;
  const word = world.words[which]!;
  switch (op) {
    case 'futexWait':
      return yield* make<number>(Kind.futexWait, cell, value % 2, 0);
    case 'futexTimedWait':
      return yield* make<number>(Kind.futexTimedWait, cell, value % 2, 0);
    case 'futexNotify':
      return yield* make<number>(Kind.futexNotify, cell, 1 + (value % 2));
    case 'futexEnqueue':
      return yield* make<number>(Kind.futexEnqueue, cell, value % 2, 0);
    case 'cellStore':
      yield* make(Kind.store, cell, 1);
      return seen;
    case 'send':
      return yield* make<number>(Kind.send, world.port, 1 + value);
    case 'receive':
      return yield* make<number>(Kind.receive, world.port);
    case 'insideStore':
      yield* world.inside[which]!.store(value + seen);
      return seen;
    case 'insideLoad':
      return yield* world.inside[which]!.load();
    case 'retire':
    case 'revive':
      yield* world.region[op]();
      return seen;
    case 'exchange':
      return yield* word.compareExchange(value, value + 1);
    case 'loop':
      yield* loop(value === 0 ? [world.words[0]!] : [world.words[0]!, world.inside[0]!]);
      return seen;
    default:
      yield* lock(world, op, word, value);
      return seen;
  }
}

function* lock(world: World, op: Act['op'], word: Word, value: number): Step<void> {
  const { mutex, percpu } = world;
  if (op === 'initLock') yield* make(Kind.initLock, world.base);
  else if (op === 'locked') {
    yield* mutex.acquire();
    yield* word.add(1);
    yield* mutex.release();
  } else if (op === 'reads') {
    yield* percpu.acquireRead();
    yield* word.load();
    yield* percpu.releaseRead();
  } else {
    yield* percpu.acquireWrite();
    yield* word.store(value);
    yield* percpu.releaseWrite();
  }
}

/** Until all of the words hold something, or four times. */
function* loop(words: readonly Word[]): Step<void> {
  for (let turn = 0; turn < 4; turn++) {
    yield* attempt();
    let all = true;
    for (const word of words) if ((yield* word.load()) === 0) all = false;
    if (all) return;
    yield* retry(1);
  }
}

function program(codes: readonly (readonly Act[])[]): Program {
  return sampleProgram<World>({
    setup,
    agents: agentsOf(
      'agent',
      codes.length,
      (index) =>
        function* (world) {
          let seen = 0;
          for (const one of codes[index]!) seen = yield* perform(world, one, seen);
        },
    ),
  });
}

describe('both ways that dpor searches', () => {
  test('run as many executions of a program, which come to the same ends', () => {
    const codes = fc.array(code, { minLength: 2, maxLength: 3 });
    let executions = 0;
    const property = fc.property(codes, (agents) => {
      const mine = way(program(agents), false);
      const other = way(program(agents), true);
      assert.equal(mine.executions, other.executions);
      assert.equal(mine.stalled, other.stalled);
      assert.equal(mine.steps, other.steps);
      assert.equal(mine.blocked + other.blocked, 0);
      assert.deepEqual(mine.ends, other.ends);
      executions += mine.executions;
    });
    fc.assert(property, { numRuns: 200, seed: 1 });
    assert.ok(executions > 1000, `${executions} executions`);
  });

  test('let a retry go on that has read a word of memory which goes', () => {
    const looker: Act[] = [{ op: 'loop', which: 0, value: 1 }];
    for (const op of ['retire', 'revive'] as const) {
      for (const trees of [false, true]) {
        const codes = [looker, [{ op, which: 0, value: 0 }]];
        const { executions, stalled, steps } = way(program(codes), trees);
        // Memory goes before it has read the word: two loads. Or after that: then it has another
        // turn. It waits at the end of its last turn for good.
        const all = 1 + 2 + (1 + 2 + 1 + 2);
        assert.deepEqual({ executions, stalled, steps }, { executions: 2, stalled: 2, steps: all });
      }
    }
  });
});

/** The most steps that wait to be run at any time, over all of the search. */
function mostWaiting(one: Program): number {
  const strategy = new Dpor();
  new Coroutines(one, { checks: false }).runAll(strategy, 0, () => false);
  return strategy.waiting.most;
}

describe('what dpor keeps', () => {
  test('does not grow with the executions of readers and a writer, of which there are 2^n', () => {
    for (const n of [4, 8, 12]) {
      const most = mostWaiting(readers(n));
      assert.ok(most <= 3 * n * n, `${most} steps for ${n} readers`);
    }
  });

  test('grows with the steps of lastzero, and not with its executions', () => {
    assert.ok(mostWaiting(lastzero(10)) <= 1000);
  });

  test('is less than the square of steps and agents, for generated programs', () => {
    const check = (listing: Listing): void => {
      const steps = listing.reduce((sum, one) => sum + one.length, 0);
      const most = mostWaiting(programOf(listing).program);
      assert.ok(most <= steps * steps * listing.length, `${most} steps of ${steps}`);
    };
    fc.assert(fc.property(randomAccessListing(), check), { numRuns: 100, seed: 1 });
    const locks = randomListing({ agents: 4, statements: 2, only: 'exclusive' });
    fc.assert(fc.property(locks, check), { numRuns: 100, seed: 1 });
  });
});
