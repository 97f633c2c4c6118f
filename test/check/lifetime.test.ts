import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, Mutex, Region, Step, Word } from '../../src/program/index.ts';
import { observed, observedInAll } from './observed-run.ts';

interface World {
  readonly outer: Mutex;
  readonly region: Region;
  readonly x: Word;
  readonly lock: Mutex;
}

const setupAs =
  (retired: boolean) =>
  (arena: Arena): World => {
    const outer = arena.mutex('outer');
    const { region, inside } = arena.region(
      'block',
      () => ({ x: arena.word('x'), lock: arena.mutex('lock') }),
      { retired },
    );
    return { outer, region, ...inside };
  };
const setup = setupAs(false);

/** What one agent shows. */
const one = (agent: (world: World) => Step<void>, retired = false): string[] =>
  observed({ setup: setupAs(retired), agents: { a: agent } });

describe('memory that is gone', () => {
  test('is used after its removal by a plain or atomic access, or by a lock in it', () => {
    const uses: readonly (readonly [string, (world: World) => Step<unknown>])[] = [
      [
        'x',
        function* ({ x }) {
          return yield* x.read();
        },
      ],
      [
        'x',
        function* ({ x }) {
          return yield* x.write(1);
        },
      ],
      [
        'x',
        function* ({ x }) {
          return yield* x.load();
        },
      ],
      [
        'x',
        function* ({ x }) {
          return yield* x.add(1);
        },
      ],
      [
        'lock',
        function* ({ lock }) {
          return yield* lock.tryAcquire();
        },
      ],
    ];
    for (const [name, use] of uses) {
      const lines = one(function* (world) {
        yield* world.region.retire();
        yield* use(world);
      });
      assert.ok(lines.includes(`use-after-remove happened: a uses ${name}`), name);
    }
  });

  test('may be used before its removal and after its return', () => {
    const lines = one(function* ({ region, x, lock }) {
      yield* x.write(1);
      yield* region.retire();
      yield* region.revive();
      yield* lock.acquire();
      yield* x.write(2);
      yield* lock.release();
    });
    assert.deepEqual(lines, []);
  });

  test('can be gone from the start', () => {
    const use = function* ({ x }: World): Step<void> {
      yield* x.read();
    };
    assert.deepEqual(one(use, true), ['use-after-remove happened: a uses x']);
    assert.deepEqual(one(use, false), []);
  });

  test('is back in the next execution, if it was there at the start', () => {
    const agents = {
      *a({ x, outer }: World): Step<void> {
        yield* outer.acquire();
        yield* x.write(1);
        yield* outer.release();
      },
      *b({ outer }: World): Step<void> {
        yield* outer.acquire();
        yield* outer.release();
      },
      *c({ region, outer, x }: World): Step<void> {
        yield* outer.acquire();
        yield* region.retire();
        yield* region.revive();
        yield* x.write(2);
        yield* outer.release();
      },
    };
    assert.deepEqual(observedInAll({ setup, agents }), []);
  });

  test('does not take what lies beside it with it', () => {
    const lines = observed({
      setup: (arena: Arena) => ({
        before: arena.word('before'),
        region: arena.region('block', () => arena.word('x')).region,
        after: arena.word('after'),
      }),
      agents: {
        *a({ before, region, after }) {
          yield* region.retire();
          yield* before.write(1);
          yield* after.write(1);
        },
      },
    });
    assert.deepEqual(lines, []);
  });

  test('removed beside an access that nothing orders with it is a race, not yet a use', () => {
    const agents = {
      *user({ x }: World): Step<void> {
        yield* x.read();
      },
      *remover({ region }: World): Step<void> {
        yield* region.retire();
      },
    };
    assert.deepEqual(observed({ setup, agents }, 'user remover'), [
      'data-race happened: remover removes x; user reads x',
    ]);
    const late = observed({ setup, agents }, 'remover user');
    assert.ok(late.includes('use-after-remove happened: user uses x'));
  });

  test('removed under the lock of its users is neither', () => {
    const agents = {
      *user({ outer, x }: World): Step<void> {
        yield* outer.acquire();
        yield* x.read();
        yield* outer.release();
      },
      *remover({ outer, region }: World): Step<void> {
        yield* outer.acquire();
        yield* region.retire();
        yield* outer.release();
      },
    };
    assert.deepEqual(observed({ setup, agents }, 'user user user remover'), []);
  });
});

describe('a lock', () => {
  test('whose memory goes while it is held is freed', () => {
    const lines = one(function* ({ lock, region }) {
      yield* lock.acquire();
      yield* region.retire();
    });
    assert.deepEqual(
      lines.filter((line) => line.startsWith('held-lock-freed')),
      ['held-lock-freed happened: a removes the memory of lock holding lock'],
    );
  });

  test('that was given back before its memory goes is not', () => {
    const lines = one(function* ({ lock, region }) {
      yield* lock.acquire();
      yield* lock.release();
      yield* region.retire();
    });
    assert.deepEqual(lines, []);
  });

  test('initialised again while held is a finding, and free it is none', () => {
    const again = one(function* ({ outer }) {
      yield* outer.acquire();
      yield* outer.init();
    });
    assert.equal(again[0], 'held-lock-reinitialised happened: a initialises outer holding outer');
    const free = one(function* ({ outer }) {
      yield* outer.init();
      yield* outer.acquire();
      yield* outer.release();
    });
    assert.deepEqual(free, []);
  });

  test('released by an agent that does not hold it is a bad unlock', () => {
    const nobody = one(function* ({ outer }) {
      yield* outer.release();
    });
    assert.deepEqual(nobody, ['bad-unlock happened: a releases outer']);
    const twice = one(function* ({ outer }) {
      yield* outer.acquire();
      yield* outer.release();
      yield* outer.release();
    });
    assert.deepEqual(twice, ['bad-unlock happened: a releases outer']);
    const agents = {
      *a({ outer }: World): Step<void> {
        yield* outer.acquire();
      },
      *b({ outer }: World): Step<void> {
        yield* outer.release();
      },
    };
    assert.deepEqual(observed({ setup, agents }, 'a b'), [
      'bad-unlock happened: b releases outer',
      'lock-held-at-exit happened: a ends with outer holding outer',
    ]);
  });

  test('released in the wrong mode is a bad unlock', () => {
    const rw = (agent: (lock: ReturnType<Arena['rwSemaphore']>) => Step<void>): string[] =>
      observed({ setup: (arena: Arena) => arena.rwSemaphore('rw'), agents: { a: agent } });
    const lines = rw(function* (lock) {
      yield* lock.acquireRead();
      yield* lock.releaseWrite();
    });
    assert.ok(lines.some((line) => line.startsWith('bad-unlock happened: a releases rw')));
    const other = rw(function* (lock) {
      yield* lock.acquireWrite();
      yield* lock.releaseRead();
    });
    assert.ok(other.some((line) => line.startsWith('bad-unlock happened: a releases rw')));
  });

  test('downgraded by an agent that does not hold it for writing is a bad unlock', () => {
    const lines = observed({
      setup: (arena: Arena) => arena.rwSemaphore('rw'),
      agents: {
        *a(lock) {
          yield* lock.downgrade();
          yield* lock.releaseRead();
        },
      },
    });
    assert.ok(lines.some((line) => line.startsWith('bad-unlock')));
  });

  test('that a trylock did not get is not held', () => {
    const agents = {
      *a({ outer }: World): Step<void> {
        yield* outer.acquire();
        yield* outer.release();
      },
      *b({ outer }: World): Step<void> {
        if (yield* outer.tryAcquire()) yield* outer.release();
      },
    };
    assert.deepEqual(observedInAll({ setup, agents }), []);
  });

  test('that an agent ends with is held at exit, each of them', () => {
    const lines = one(function* ({ outer, lock }) {
      yield* outer.acquire();
      yield* lock.acquire();
    });
    assert.deepEqual(lines, [
      'lock-held-at-exit happened: a ends with lock holding outer lock',
      'lock-held-at-exit happened: a ends with outer holding outer lock',
    ]);
  });

  test('an active reference that is not given back is held at exit', () => {
    const lines = observed({
      setup: (arena: Arena) => arena.activeRef('active', { active: true }),
      agents: {
        *a(active) {
          yield* active.tryAcquire();
        },
      },
    });
    assert.deepEqual(lines, ['lock-held-at-exit happened: a ends with active holding active(r)']);
  });
});
