import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, Step } from '../../src/program/index.ts';
import { observed, observedInAll } from './observed-run.ts';

const twoLocks = (arena: Arena) => ({ one: arena.mutex('one'), two: arena.mutex('two') });

describe('a deadlock is', () => {
  type World = ReturnType<typeof twoLocks>;
  const a = function* ({ one, two }: World): Step<void> {
    yield* one.acquire();
    yield* two.acquire();
    yield* two.release();
    yield* one.release();
  };
  const b = function* ({ one, two }: World): Step<void> {
    yield* two.acquire();
    yield* one.acquire();
    yield* one.release();
    yield* two.release();
  };
  const opposite = { setup: twoLocks, agents: { a, b } };

  test('two agents that took two mutexes in opposite orders, each having the first', () => {
    assert.deepEqual(observed(opposite, 'a b'), [
      'deadlock happened: a waits for two holding one; b waits for one holding two',
    ]);
  });

  test('not the same agents one after the other', () => {
    assert.ok(!observed(opposite, 'a a a a b').some((line) => line.startsWith('deadlock')));
  });

  test('three agents in a ring', () => {
    const setup = (arena: Arena) => [0, 1, 2].map((i) => arena.mutex(`m${i}`));
    const agent = (i: number) =>
      function* (locks: ReturnType<typeof setup>) {
        yield* locks[i]!.acquire();
        yield* locks[(i + 1) % 3]!.acquire();
      };
    assert.deepEqual(
      observed({ setup, agents: { a: agent(0), b: agent(1), c: agent(2) } }, 'a b c'),
      [
        'deadlock happened: a waits for m1 holding m0; b waits for m2 holding m1; ' +
          'c waits for m0 holding m2',
      ],
    );
  });

  test('the smallest ring, where the last wait closes two of them', () => {
    const setup = (arena: Arena) => ({
      r: arena.rwSemaphore('r'),
      l: arena.mutex('l'),
      m: arena.mutex('m'),
    });
    type Three = ReturnType<typeof setup>;
    const agents = {
      *a({ r, l }: Three): Step<void> {
        yield* l.acquire();
        yield* r.acquireWrite();
      },
      *b({ r, m }: Three): Step<void> {
        yield* r.acquireRead();
        yield* m.acquire();
      },
      *c({ l, m }: Three): Step<void> {
        yield* m.acquire();
        yield* l.acquire();
      },
      *d({ r, l }: Three): Step<void> {
        yield* r.acquireRead();
        yield* l.acquire();
      },
    };
    const other = Object.fromEntries(
      ['a', 'd', 'b', 'c'].map((name) => [name, agents[name as keyof typeof agents]]),
    );
    for (const inOrder of [agents, other]) {
      const [line] = observed({ setup, agents: inOrder }, 'b d c a a');
      assert.equal(
        line,
        'deadlock happened: a waits for r holding l; d waits for l holding r(r) | ' +
          'also stuck: b waits for m holding r(r); c waits for l holding m',
      );
    }
  });

  test('a part of the agents, while another one goes on to its end', () => {
    const setup = (arena: Arena) => ({ ...twoLocks(arena), x: arena.word('x') });
    const lines = observed(
      {
        setup,
        agents: {
          a,
          b,
          *c({ x }: ReturnType<typeof setup>) {
            for (let i = 0; i < 3; i++) yield* x.add(1);
          },
        },
      },
      'a b c c c',
    );
    assert.deepEqual(lines, [
      'deadlock happened: a waits for two holding one; b waits for one holding two',
    ]);
  });

  test('two agents, though a third one goes on and on', () => {
    const setup = (arena: Arena) => ({ ...twoLocks(arena), x: arena.word('x') });
    const c = function* ({ x }: ReturnType<typeof setup>): Step<void> {
      for (;;) yield* x.add(1);
    };
    assert.deepEqual(observed({ setup, agents: { a, b, c }, stepsMax: 100 }, 'a b'), [
      'deadlock happened: a waits for two holding one; b waits for one holding two',
    ]);
  });

  test('an agent that takes its own mutex again', () => {
    const lines = observed({
      setup: twoLocks,
      agents: {
        *a({ one }) {
          yield* one.acquire();
          yield* one.acquire();
        },
      },
    });
    assert.deepEqual(lines, ['deadlock happened: a waits for one holding one']);
  });

  test('told with the agents that are stuck behind it', () => {
    const lines = observed(
      {
        setup: twoLocks,
        agents: {
          a,
          b,
          *c({ one }: ReturnType<typeof twoLocks>) {
            yield* one.acquire();
            yield* one.release();
          },
        },
      },
      'a b',
    );
    assert.deepEqual(lines, [
      'deadlock happened: a waits for two holding one; b waits for one holding two | ' +
        'also stuck: c waits for one',
    ]);
  });
});

describe('readers and writers deadlock', () => {
  const crossed = (make: 'rwLock' | 'rwSemaphore' | 'percpuRwSemaphore') => {
    const setup = (arena: Arena) => ({ rw: arena[make]('rw'), m: arena.mutex('m') });
    return {
      setup,
      agents: {
        // Reads, and takes the mutex inside.
        *a({ rw, m }: ReturnType<typeof setup>) {
          yield* rw.acquireRead();
          yield* m.acquire();
          yield* m.release();
          yield* rw.releaseRead();
        },
        // Has the mutex, and reads inside.
        *b({ rw, m }: ReturnType<typeof setup>) {
          yield* m.acquire();
          yield* rw.acquireRead();
          yield* rw.releaseRead();
          yield* m.release();
        },
        *w({ rw }: ReturnType<typeof setup>) {
          yield* rw.acquireWrite();
          yield* rw.releaseWrite();
        },
      },
    };
  };

  for (const make of ['rwSemaphore', 'percpuRwSemaphore'] as const) {
    test(`${make}: a new reader waits for the queued writer, which waits for a reader`, () => {
      assert.deepEqual(observed(crossed(make), 'a b w'), [
        'deadlock happened: a waits for m holding rw(r); b waits for rw(r) holding m; ' +
          'w waits for rw',
      ]);
    });

    test(`${make}: a reader that reads again behind a queued writer`, () => {
      const lines = observed(
        {
          setup: (arena: Arena) => ({ rw: arena[make]('rw') }),
          agents: {
            *r({ rw }) {
              yield* rw.acquireRead();
              yield* rw.acquireRead();
              yield* rw.releaseRead();
              yield* rw.releaseRead();
            },
            *w({ rw }) {
              yield* rw.acquireWrite();
              yield* rw.releaseWrite();
            },
          },
        },
        'r w',
      );
      assert.deepEqual(lines, [
        'deadlock happened: r waits for rw(r) holding rw(r); w waits for rw',
      ]);
    });
  }

  test('an rwLock does not: its readers overtake a waiting writer', () => {
    assert.ok(!observedInAll(crossed('rwLock')).some((line) => line.startsWith('deadlock')));
  });

  test('a reader that writes without leaving waits for itself', () => {
    for (const make of ['rwLock', 'rwSemaphore', 'percpuRwSemaphore'] as const) {
      const lines = observed({
        setup: (arena: Arena) => ({ rw: arena[make]('rw') }),
        agents: {
          *a({ rw }) {
            yield* rw.acquireRead();
            yield* rw.acquireWrite();
          },
        },
      });
      assert.deepEqual(lines, ['deadlock happened: a waits for rw holding rw(r)'], make);
    }
  });

  test('a downgraded writer lets readers in, and blocks writers', () => {
    const setup = (arena: Arena) => ({
      rw: arena.rwSemaphore('rw'),
      done: arena.completion('done'),
    });
    type World = ReturnType<typeof setup>;
    const waiter = function* ({ rw, done }: World) {
      yield* rw.acquireWrite();
      yield* rw.downgrade();
      yield* done.wait();
      yield* rw.releaseRead();
    };
    const reads = function* ({ rw, done }: World) {
      yield* rw.acquireRead();
      yield* done.complete();
      yield* rw.releaseRead();
    };
    const writes = function* ({ rw, done }: World) {
      yield* rw.acquireWrite();
      yield* done.complete();
      yield* rw.releaseWrite();
    };
    assert.deepEqual(observedInAll({ setup, agents: { a: waiter, b: reads } }), []);
    assert.deepEqual(observed({ setup, agents: { a: waiter, b: writes } }, 'a a b'), [
      'deadlock happened: a waits for done holding rw(r) | also stuck: b waits for rw',
    ]);
  });
});

describe('an active reference deadlocks', () => {
  const setup = (arena: Arena) => ({
    active: arena.activeRef('active', { active: true }),
    m: arena.mutex('m'),
  });
  type World = ReturnType<typeof setup>;
  const user = function* ({ active, m }: World) {
    if (!(yield* active.tryAcquire())) return;
    yield* m.acquire();
    yield* m.release();
    yield* active.release();
  };

  test('when the remover drains it with a lock held that its user wants', () => {
    const remover = function* ({ active, m }: World) {
      yield* m.acquire();
      yield* active.drain();
      yield* m.release();
    };
    assert.deepEqual(observed({ setup, agents: { user, remover } }, 'user remover remover'), [
      'deadlock happened: remover waits for active holding m; user waits for m holding active(r)',
    ]);
  });

  test('when its user drains it itself', () => {
    const lines = observed({
      setup,
      agents: {
        *suicide({ active }) {
          yield* active.tryAcquire();
          yield* active.drain();
        },
      },
    });
    assert.deepEqual(lines, ['deadlock happened: suicide waits for active holding active(r)']);
  });

  test('not when the lock is taken after the drain', () => {
    const remover = function* ({ active, m }: World) {
      yield* active.drain();
      yield* m.acquire();
      yield* m.release();
    };
    assert.deepEqual(observedInAll({ setup, agents: { user, remover } }), []);
  });
});
