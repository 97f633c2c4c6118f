import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Arena, retry, sleep, UserError, type Step } from '../../src/program/index.ts';
import { ForgottenYieldError } from '../../src/program/errors.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { sampleProgram, sampleScenario, type Sample } from '../execute/sample-programs.ts';

/** Runs one agent alone; what it returned. */
function alone<World>(
  setup: Sample<World>['setup'],
  agent: (world: World) => Step<unknown>,
): unknown {
  let result: unknown;
  const program = sampleProgram<World>({
    setup,
    agents: {
      *a(world) {
        result = yield* agent(world);
      },
    },
  });
  const coroutines = new Coroutines(program);
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => true);
  return result ?? coroutines.findings.map(({ title }) => title);
}

describe('what an operation answers to its agent', () => {
  const word = (arena: Arena) => arena.word('x', 5);

  test('words give the value, or the value before', () => {
    const answers = alone(word, function* (x) {
      const before = [yield* x.add(2), yield* x.exchange(1), yield* x.compareExchange(1, 9)];
      return [...before, yield* x.compareExchange(1, 2), yield* x.read(), yield* x.load()];
    });
    assert.deepEqual(answers, [5, 7, 1, 9, 9, 9]);
  });

  test('words have 32 bits and a sign, and go round', () => {
    const answers = alone(word, function* (x) {
      yield* x.store(0x7fffffff);
      yield* x.add(1);
      return [yield* x.load()];
    });
    assert.deepEqual(answers, [-0x80000000]);
  });

  test('waits give the value that ended them', () => {
    const answers = alone(word, function* (x) {
      return [
        yield* x.waitUntil(5),
        yield* x.waitUntilNot(4),
        yield* x.waitUntilAtLeast(3),
        yield* x.waitUntilAtMost(8),
      ];
    });
    assert.deepEqual(answers, [5, 5, 5, 5]);
  });

  test('trylocks give true or false', () => {
    const answers = alone(
      (arena: Arena) => ({ m: arena.mutex('m'), rw: arena.rwLock('rw') }),
      function* ({ m, rw }) {
        const tries = [yield* m.tryAcquire(), yield* m.tryAcquire()];
        tries.push(yield* rw.tryAcquireRead(), yield* rw.tryAcquireWrite());
        yield* rw.releaseRead();
        tries.push(yield* rw.tryAcquireWrite(), yield* rw.tryAcquireRead());
        return tries;
      },
    );
    assert.deepEqual(answers, [true, false, true, false, true, false]);
  });

  test('hold gives what its body gives, and releases the lock though the body throws', () => {
    const answers = alone(
      (arena: Arena) => arena.mutex('m'),
      function* (m) {
        const given = yield* m.hold(function* () {
          yield* m.assertHeld();
          return 3;
        });
        try {
          yield* m.hold(function* () {
            yield* m.assertHeld();
            throw new Error('out');
          });
        } catch {
          return [given, yield* m.tryAcquire()];
        }
        return [];
      },
    );
    assert.deepEqual(answers, [3, true]);
  });
});

describe('a mistake with an operation is told:', () => {
  test('made outside of an agent and yielded there', () => {
    const arena = new Arena(1);
    const x = arena.word('x');
    arena.seal();
    const stray = function* (): Step<number> {
      return yield* x.load();
    };
    assert.throws(() => stray().next(), /an operation was yielded outside of an agent/);
  });

  test('made outside of an agent does not reach into the next execution', () => {
    const program = sampleProgram({
      setup: (arena: Arena) => arena.word('x'),
      agents: {
        *a(x) {
          yield* x.load();
        },
      },
    });
    (program.world as ReturnType<Arena['word']>).load();
    const coroutines = new Coroutines(program);
    let steps = 0;
    coroutines.runAll(new RandomWalk({ seed: 1 }), 0, (outcome) => {
      steps = outcome.steps;
      return true;
    });
    assert.equal(steps, 1);
  });

  test('made and never yielded, before another or at the end', () => {
    const forgets = (order: 'before' | 'after'): void => {
      alone(
        (arena: Arena) => arena.word('x'),
        function* (x) {
          if (order === 'before') x.store(1);
          yield* x.load();
          if (order === 'after') x.store(1);
        },
      );
    };
    assert.throws(() => forgets('before'), ForgottenYieldError);
    assert.throws(() => forgets('after'), ForgottenYieldError);
  });

  test('a time that is none', () => {
    for (const ms of [-1, Number.NaN, 3_600_001, Infinity]) {
      assert.throws(() => sleep(ms), /`sleep` takes 0 to 3600000 milliseconds/);
      assert.throws(() => retry(ms), /`retry` takes 0 to 3600000 milliseconds/);
    }
  });
});

describe('a set-up that fails is one line:', () => {
  test('with what it threw', () => {
    const broken = sampleScenario<object>({
      setup: () => {
        throw new TypeError('no such thing');
      },
      agents: {
        // oxlint-disable-next-line require-yield
        *a() {
          // Never gets here.
        },
      },
    });
    assert.throws(
      () => instantiate(broken, { variant: 'default', form: 'full' }),
      (error) =>
        error instanceof UserError &&
        /"sample", variant "\w+": its set-up fails at \S+:\d+: TypeError: no such thing$/.test(
          error.message,
        ),
    );
  });

  test('that it is asynchronous, or makes operations', () => {
    const refused = (setup: (arena: Arena) => unknown): string => {
      const bad = sampleScenario<unknown>({
        setup,
        agents: {
          // oxlint-disable-next-line require-yield
          *a() {
            // Never gets here.
          },
        },
      });
      try {
        instantiate(bad, { variant: 'default', form: 'full' });
      } catch (error) {
        assert.ok(error instanceof UserError);
        return error.message;
      }
      return 'accepted';
    };
    assert.equal(
      refused(async () => ({})),
      'scenario "sample": its set-up is asynchronous: ' +
        'it must lay out and return the world at once',
    );
    assert.equal(
      refused((arena) => arena.word('x').store(1)),
      'scenario "sample": its set-up makes an operation, which only agents may: ' +
        'give first values to `arena.word`',
    );
  });

  test('that the scenario has no such form or variant, with the nearest', () => {
    const made = sampleScenario<unknown>({
      setup: () => ({}),
      agents: {
        // oxlint-disable-next-line require-yield
        *a() {
          // Nothing to do.
        },
      },
    });
    assert.throws(
      () => instantiate(made, { variant: 'defalt', form: 'full' }),
      /^UserError: scenario "sample" has no variant "defalt": did you mean "default"\? it has /,
    );
    assert.throws(
      () => instantiate(made, { variant: 'default', form: 'smal' }),
      /^UserError: scenario "sample" has no form "smal": it has full$/,
    );
  });
});

describe('time under control', () => {
  test('is virtual: it begins on the same day and moves by sleeping', () => {
    const seen = (): unknown =>
      alone(
        (arena: Arena) => arena.word('x'),
        function* (x) {
          const begin = Date.now();
          yield* sleep(250);
          yield* x.load();
          return [begin, Date.now() - begin, performance.now(), Math.random()];
        },
      );
    const first = seen() as number[];
    assert.deepEqual(first, seen());
    assert.equal(new Date(first[0]!).toISOString(), '2018-10-30T00:00:00.000Z');
    assert.deepEqual(first.slice(1, 3), [250, 250]);
  });

  test('is real again afterwards', () => {
    const clocks = (): unknown[] => [
      Object.getOwnPropertyDescriptor(Date, 'now')!.value,
      Object.getOwnPropertyDescriptor(Math, 'random')!.value,
      Reflect.get(performance, 'now'),
    ];
    const before = clocks();
    alone(
      (arena: Arena) => arena.word('x'),
      function* (x) {
        yield* x.load();
      },
    );
    assert.deepEqual(clocks(), before);
  });
});
