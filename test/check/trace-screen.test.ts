import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Arena, Mutex, Step } from '../../src/program/index.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, counter } from '../execute/classic-programs.ts';
import { sampleProgram, type Sample } from '../execute/sample-programs.ts';

const executions = 400;

/** The keys that each of some random executions shows; how many of them all checkers looked at. */
function run(program: Program, checkAgain: boolean): { keys: string[][]; checked: number } {
  const coroutines = new Coroutines(program, { checkAgain });
  const checks = coroutines.checks!;
  let checked = 0;
  const begin = checks.begin.bind(checks);
  checks.begin = () => {
    checked++;
    begin();
  };
  const keys: string[][] = [];
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => {
    keys.push(coroutines.findings.map(({ key }) => key).sort());
    return keys.length === executions;
  });
  return { keys, checked };
}

/** Asserts that recording loses nothing; what was shown, and how often checkers were asked. */
function compared(program: Program): { shown: Set<string>; checked: number } {
  const { keys, checked } = run(program, false);
  assert.deepEqual(keys, run(program, true).keys);
  return { shown: new Set(keys.flat()), checked };
}

/** Two locks, a lock for readers and writers, two words: enough for each of the mistakes below. */
const setup = (arena: Arena) => ({
  one: arena.mutex('one'),
  two: arena.mutex('two'),
  rw: arena.rwSemaphore('rw'),
  x: arena.word('x'),
  order: arena.word('order'),
});
type World = ReturnType<typeof setup>;

/** Some atomic steps of each agent first, so that there are many traces. */
function* mingle({ order }: World, times = 3): Step<number> {
  let seen = 0;
  for (let i = 0; i < times; i++) seen = yield* order.add(1);
  return seen;
}

function* mingler(world: World): Step {
  yield* mingle(world);
}

function* nest(outer: Mutex, inner: Mutex): Step {
  yield* outer.acquire();
  yield* inner.acquire();
  yield* inner.release();
  yield* outer.release();
}

const sample = (agents: Sample<World>['agents']): Program => sampleProgram({ setup, agents });

describe('most new traces need no checkers', () => {
  test('where one lock is held at all accesses to a word', () => {
    const { shown, checked } = compared(counter(4, 3));
    assert.equal(shown.size, 0);
    assert.ok(checked <= 10, `${checked} of ${executions} checked`);
  });

  test('where they show an inversion that an earlier one has shown', () => {
    const { shown, checked } = compared(abba(5, true));
    assert.equal(shown.size, 1);
    assert.ok(checked <= 30, `${checked} of ${executions} checked`);
  });

  test('where readers read under a lock for reading, and a writer under it for writing', () => {
    function* reader(world: World): Step {
      yield* mingle(world);
      yield* world.rw.acquireRead();
      yield* world.x.read();
      yield* world.rw.releaseRead();
    }
    const { shown, checked } = compared(
      sample({
        one: reader,
        two: reader,
        *writer(world) {
          yield* mingle(world);
          yield* world.rw.acquireWrite();
          yield* world.x.write(1);
          yield* world.rw.releaseWrite();
        },
      }),
    );
    assert.equal(shown.size, 0);
    assert.ok(checked <= 40, `${checked} of ${executions} checked`);
  });

  test('where nobody writes, and where nobody accesses plainly', () => {
    function* agent(world: World): Step {
      yield* mingle(world);
      yield* world.x.read();
    }
    const { checked } = compared(sample({ one: agent, two: agent, three: agent }));
    assert.ok(checked <= 10, `${checked} of ${executions} checked`);
  });
});

/** Programs with one mistake each, and what it is called. */
const mistakes: readonly { what: string; agents: Sample<World>['agents']; key: RegExp }[] = [
  {
    what: 'a write under a lock that is held for reading',
    agents: Object.fromEntries(
      ['one', 'two'].map((name) => [
        name,
        function* (world: World): Step {
          yield* mingle(world);
          yield* world.rw.acquireRead();
          yield* world.x.write(1);
          yield* world.rw.releaseRead();
        },
      ]),
    ),
    key: /^data-race x/,
  },
  {
    what: 'each under a lock of its own',
    agents: {
      *one(world) {
        yield* world.one.acquire();
        yield* world.x.write(1);
        yield* world.one.release();
        yield* mingle(world);
      },
      *two(world) {
        yield* mingle(world);
        yield* world.two.acquire();
        yield* world.x.read();
        yield* world.two.release();
      },
    },
    key: /^data-race x/,
  },
  {
    what: 'an atomic write beside a plain read',
    agents: {
      *one(world) {
        yield* mingle(world);
        yield* world.x.store(1);
      },
      *two(world) {
        yield* mingle(world);
        yield* world.x.read();
      },
    },
    key: /^data-race x/,
  },
  {
    what: 'a lock that is kept in few schedules',
    agents: {
      *one(world) {
        yield* world.one.acquire();
        if ((yield* mingle(world)) !== 3) yield* world.one.release();
      },
      two: mingler,
    },
    key: /^lock-held-at-exit one/,
  },
  {
    what: 'a lock that is released twice in few schedules',
    agents: {
      *one(world) {
        yield* world.one.acquire();
        const last = yield* mingle(world);
        yield* world.one.release();
        if (last === 3) yield* world.one.release();
      },
      two: mingler,
    },
    key: /^bad-unlock one/,
  },
  {
    what: 'an assertion that fails in few schedules',
    agents: {
      *one(world) {
        const last = yield* mingle(world);
        if (last !== 3) yield* world.one.acquire();
        yield* world.one.assertHeld();
        if (last !== 3) yield* world.one.release();
      },
      two: mingler,
    },
    key: /^assertion-failed one is not held/,
  },
  {
    what: 'an agent that fails in few schedules',
    agents: {
      *one(world) {
        if ((yield* mingle(world)) === 3) throw new Error('three');
      },
      two: mingler,
    },
    key: /^failed one three/,
  },
  {
    what: 'a wait that is in vain in few schedules',
    agents: {
      *one(world) {
        if ((yield* mingle(world)) === 3) yield* world.x.waitUntil(1);
      },
      two: mingler,
    },
    key: /^deadlock stall/,
  },
  {
    what: 'two orders of locks, each in some schedules',
    agents: {
      *one(world) {
        if ((yield* mingle(world)) !== 2) yield* nest(world.one, world.two);
      },
      *two(world) {
        if ((yield* mingle(world)) !== 3) yield* nest(world.two, world.one);
      },
    },
    key: /^lock-inversion one -> two/,
  },
  {
    what: 'an order of locks that few schedules show',
    agents: {
      *one(world) {
        yield* nest(world.one, world.two);
        yield* mingle(world);
      },
      *two(world) {
        if ((yield* mingle(world)) === 4) yield* nest(world.two, world.one);
      },
    },
    key: /^lock-inversion one -> two/,
  },
];

describe('what the checkers would find is not passed over', () => {
  for (const { what, agents, key } of mistakes) {
    test(what, () => {
      const shown = [...compared(sample(agents)).shown];
      assert.ok(
        shown.some((one) => key.test(one)),
        shown.join(', '),
      );
    });
  }

  test('nor an invariant that does not hold at the end', () => {
    const program = sampleProgram<World>({
      setup,
      agents: {
        *one(world) {
          yield* mingle(world);
          yield* world.x.store(1);
        },
        *two(world) {
          if ((yield* mingle(world)) === 5) yield* world.x.store(2);
        },
      },
      invariants: [{ name: 'one was last', when: 'end', holds: ({ x }) => x.peek() === 1 }],
    });
    assert.deepEqual([...compared(program).shown], ['invariant-violated one was last']);
  });
});
