import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, Mutex, RwLock, Step } from '../../src/program/index.ts';
import { observed } from './observed-run.ts';

type Locks = Readonly<Record<string, Mutex>>;

const mutexes =
  (...names: string[]) =>
  (arena: Arena): Locks =>
    Object.fromEntries(names.map((name) => [name, arena.mutex(name)]));

/** An agent that takes these mutexes, each inside of the one before, and gives them back. */
const nest = (...names: string[]) =>
  function* (locks: Locks): Step<void> {
    for (const name of names) yield* locks[name]!.acquire();
    for (const name of names.toReversed()) yield* locks[name]!.release();
  };

/** What one agent after the other, without any overlap, shows: never a deadlock. */
function inTurn(...nests: readonly string[][]): string[] {
  const names = [...new Set(nests.flat())];
  const agents = Object.fromEntries(
    nests.map((order, i) => [String.fromCharCode(97 + i), nest(...order)]),
  );
  return observed({ setup: mutexes(...names), agents });
}

describe('a lock inversion is seen in a run that did not hang', () => {
  test('two orders of two mutexes', () => {
    assert.deepEqual(inTurn(['one', 'two'], ['two', 'one']), [
      'lock-inversion possible: a acquires two from one holding one; ' +
        'b acquires one from two holding two',
    ]);
  });

  test('and one order is none', () => {
    assert.deepEqual(inTurn(['one', 'two'], ['one', 'two'], ['two'], ['one']), []);
  });

  test('a cycle of three', () => {
    assert.deepEqual(inTurn(['one', 'two'], ['two', 'three'], ['three', 'one']), [
      'lock-inversion possible: a acquires two from one holding one; ' +
        'b acquires three from two holding two; c acquires one from three holding three',
    ]);
  });

  test('a cycle with a chord is told as the shorter cycle', () => {
    assert.deepEqual(inTurn(['one', 'two', 'three'], ['three', 'one']), [
      'lock-inversion possible: a acquires three from one holding one two; ' +
        'b acquires one from three holding three',
    ]);
  });

  test('by one agent that did both, since two may do the same', () => {
    const lines = observed({
      setup: mutexes('one', 'two'),
      agents: {
        *a(locks) {
          yield* nest('one', 'two')(locks);
          yield* nest('two', 'one')(locks);
        },
      },
    });
    assert.deepEqual(lines, [
      'lock-inversion possible: a acquires one from two holding two; ' +
        'a acquires two from one holding one',
    ]);
  });

  test('between classes, though no instance is the same', () => {
    const setup = (arena: Arena) => ({
      a1: arena.mutex('a1', { class: 'device' }),
      a2: arena.mutex('a2', { class: 'device' }),
      b1: arena.mutex('b1', { class: 'memory' }),
      b2: arena.mutex('b2', { class: 'memory' }),
    });
    assert.deepEqual(observed({ setup, agents: { a: nest('a1', 'b1'), b: nest('b2', 'a2') } }), [
      'lock-inversion possible: a acquires b1 from a1 holding a1; b acquires a2 from b2 holding b2',
    ]);
  });

  test('the order of locks that were given back out of order holds no more', () => {
    const lines = observed({
      setup: mutexes('one', 'two', 'three'),
      agents: {
        *a({ one, two, three }: Locks) {
          yield* one!.acquire();
          // By try, so that nothing leads from one to two.
          yield* two!.tryAcquire();
          yield* one!.release();
          yield* three!.acquire();
          yield* three!.release();
          yield* two!.release();
        },
        b: nest('three', 'one'),
      },
    });
    assert.deepEqual(lines, []);
  });

  test('not where the execution ends in a deadlock, which says it all', () => {
    const lines = observed(
      { setup: mutexes('one', 'two'), agents: { a: nest('one', 'two'), b: nest('two', 'one') } },
      'a b',
    );
    assert.deepEqual(
      lines.map((line) => line.split(':')[0]),
      ['deadlock happened'],
    );
  });
});

describe('a guard lock', () => {
  test('that both sides hold keeps them apart, and is named', () => {
    assert.deepEqual(inTurn(['gate', 'one', 'two'], ['gate', 'two', 'one']), [
      'lock-inversion guarded: a acquires two from one holding gate one; ' +
        'b acquires one from two holding gate two | guards: gate',
    ]);
  });

  test('that only one side holds guards nothing', () => {
    assert.deepEqual(inTurn(['gate', 'one', 'two'], ['two', 'one']), [
      'lock-inversion possible: a acquires two from one holding gate one; ' +
        'b acquires one from two holding two',
    ]);
  });

  test('guards only the sides that hold it: a third one opens the cycle again', () => {
    const lines = inTurn(['gate', 'one', 'two'], ['gate', 'two', 'one'], ['two', 'one']);
    assert.deepEqual(lines, [
      'lock-inversion guarded: a acquires two from one holding gate one; ' +
        'b acquires one from two holding gate two | guards: gate',
      'lock-inversion possible: a acquires two from one holding gate one; ' +
        'c acquires one from two holding two',
    ]);
  });

  test('held for reading on both sides guards nothing, on one side for writing it does', () => {
    const setup = (arena: Arena) => ({
      ...mutexes('one', 'two')(arena),
      gate: arena.rwLock('gate'),
    });
    type World = { one: Mutex; two: Mutex; gate: RwLock };
    const gated = (mode: 'Read' | 'Write', ...order: string[]) =>
      function* (world: World): Step<void> {
        yield* world.gate[`acquire${mode}`]();
        yield* nest(...order)(world as unknown as Locks);
        yield* world.gate[`release${mode}`]();
      };
    const level = (mode: 'Read' | 'Write'): (string | undefined)[] =>
      observed<World>({
        setup: setup as unknown as (arena: Arena) => World,
        agents: { a: gated('Read', 'one', 'two'), b: gated(mode, 'two', 'one') },
      }).map((line) => line.split(':')[0]);
    assert.deepEqual(level('Read'), ['lock-inversion possible']);
    assert.deepEqual(level('Write'), ['lock-inversion guarded']);
  });

  test('of a cycle of three keeps it apart when two of its sides hold it', () => {
    const lines = inTurn(['gate', 'one', 'two'], ['gate', 'two', 'three'], ['three', 'one']);
    assert.deepEqual(
      lines.map((line) => line.replace(/:.*\|/, ' |')),
      ['lock-inversion guarded | guards: gate'],
    );
  });
});

describe('modes of reader/writer locks', () => {
  type Kind = 'rwLock' | 'rwSemaphore' | 'percpuRwSemaphore';
  type Pair = { one: RwLock; two: RwLock };
  /** Levels of what two agents show that take two such locks in opposite orders, in these modes. */
  const opposite = (kind: Kind, modes: readonly [string, string, string, string]): string[] => {
    const agent = (first: 'one' | 'two', second: 'one' | 'two', outer: string, inner: string) =>
      function* (locks: Pair): Step<void> {
        yield* locks[first][`acquire${outer as 'Read'}`]();
        yield* locks[second][`acquire${inner as 'Read'}`]();
        yield* locks[second][`release${inner as 'Read'}`]();
        yield* locks[first][`release${outer as 'Read'}`]();
      };
    return observed<Pair>({
      setup: (arena) => ({ one: arena[kind]('one'), two: arena[kind]('two') }),
      agents: {
        a: agent('one', 'two', modes[0], modes[1]),
        b: agent('two', 'one', modes[2], modes[3]),
      },
    }).map((line) => line.split(':')[0]!);
  };
  const reading = ['Read', 'Read', 'Read', 'Read'] as const;

  test('readers of rwLocks in opposite orders never wait for each other', () => {
    assert.deepEqual(opposite('rwLock', reading), []);
  });

  for (const kind of ['rwSemaphore', 'percpuRwSemaphore'] as const) {
    test(`readers of ${kind}s in opposite orders may, when writers queue in between`, () => {
      assert.deepEqual(opposite(kind, reading), ['lock-inversion possible']);
    });
  }

  test('a reader of an rwLock inside of readers waits for no reader', () => {
    // a holds one for reading and wants two for writing; b holds two for reading and wants one for
    // reading.
    assert.deepEqual(opposite('rwLock', ['Read', 'Write', 'Read', 'Read']), []);
    assert.deepEqual(opposite('rwLock', ['Read', 'Write', 'Read', 'Write']), [
      'lock-inversion possible',
    ]);
    assert.deepEqual(opposite('rwLock', ['Write', 'Read', 'Write', 'Read']), [
      'lock-inversion possible',
    ]);
  });

  test('a reader that reads again is possible recursion for an rwSemaphore only', () => {
    const lines = (kind: Kind): string[] =>
      observed({
        setup: (arena: Arena) => ({
          one: arena[kind]('one', { class: 'rw' }),
          two: arena[kind]('two', { class: 'rw' }),
        }),
        agents: {
          *a({ one, two }: Pair) {
            yield* one.acquireRead();
            yield* two.acquireRead();
            yield* two.releaseRead();
            yield* one.releaseRead();
          },
        },
      });
    assert.deepEqual(lines('rwLock'), []);
    assert.deepEqual(lines('rwSemaphore'), [
      'recursive-locking possible: a acquires two(r) from one(r) holding one(r)',
    ]);
  });
});

describe('trylocks', () => {
  test('of the second lock make no edge: whoever fails goes on', () => {
    const lines = observed({
      setup: mutexes('one', 'two'),
      agents: {
        *a({ one, two }: Locks) {
          yield* one!.acquire();
          if (yield* two!.tryAcquire()) yield* two!.release();
          yield* one!.release();
        },
        b: nest('two', 'one'),
      },
    });
    assert.deepEqual(lines, []);
  });

  test('of the first lock do: it is held all the same', () => {
    const lines = observed({
      setup: mutexes('one', 'two'),
      agents: {
        *a({ one, two }: Locks) {
          if (!(yield* one!.tryAcquire())) return;
          yield* two!.acquire();
          yield* two!.release();
          yield* one!.release();
        },
        b: nest('two', 'one'),
      },
    });
    assert.deepEqual(lines, [
      'lock-inversion possible: a acquires two from one holding one; ' +
        'b acquires one from two holding two',
    ]);
  });

  test('an active reference drained inside of a lock that its users take is an inversion', () => {
    const setup = (arena: Arena) => ({
      m: arena.mutex('m'),
      active: arena.activeRef('active', { active: true }),
    });
    type World = ReturnType<typeof setup>;
    const lines = observed<World>({
      setup,
      agents: {
        *user({ m, active }) {
          if (!(yield* active.tryAcquire())) return;
          yield* m.acquire();
          yield* m.release();
          yield* active.release();
        },
        *remover({ m, active }) {
          yield* m.acquire();
          yield* active.drain();
          yield* m.release();
        },
      },
    });
    assert.deepEqual(lines, [
      'lock-inversion possible: remover acquires active from m holding m; ' +
        'user acquires m from active(r) holding active(r)',
    ]);
  });
});

describe('locks of one class inside of each other', () => {
  test('are possible recursion, and an inversion no more', () => {
    const lines = observed({
      setup: (arena: Arena): Locks => ({
        parent: arena.mutex('parent', { class: 'device' }),
        child: arena.mutex('child', { class: 'device' }),
      }),
      agents: { a: nest('parent', 'child') },
    });
    assert.deepEqual(lines, [
      'recursive-locking possible: a acquires child from parent holding parent',
    ]);
  });

  test('in the same order by classes of their own are fine', () => {
    assert.deepEqual(inTurn(['parent', 'child'], ['parent', 'child']), []);
  });
});
