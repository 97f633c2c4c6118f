import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserError, type Arena, type Operation, type Step } from '../../src/program/index.ts';
import { observed } from './observed-run.ts';

const setup = (arena: Arena) => ({
  both: arena.word('both', 0, { guardedBy: 'rw' }),
  dual: arena.word('dual', 0, { writesNeed: ['m', 'n'], readsNeed: ['m', 'n'] }),
  free: arena.word('free'),
  m: arena.mutex('m', { class: 'outer' }),
  n: arena.mutex('n'),
  rw: arena.rwSemaphore('rw'),
});
type World = ReturnType<typeof setup>;
type Do<W> = (world: W) => Operation<unknown>;

/** What one agent that does these operations shows; it may end with locks held. */
function one<W>(lay: (arena: Arena) => W, ...operations: readonly Do<W>[]): string[] {
  const agent = function* (world: W): Step<void> {
    for (const operation of operations) yield* operation(world);
  };
  const found = observed<W>({ setup: lay, agents: { a: agent } });
  return found.filter((line) => !line.startsWith('lock-held-at-exit'));
}
const guards = (...operations: readonly Do<World>[]): string[] => one(setup, ...operations);
const takeM: Do<World> = ({ m }) => m.acquire();
const takeN: Do<World> = ({ n }) => n.acquire();
const readIn: Do<World> = ({ rw }) => rw.acquireRead();
const writeIn: Do<World> = ({ rw }) => rw.acquireWrite();
const writeDual: Do<World> = ({ dual }) => dual.write(1);
const readDual: Do<World> = ({ dual }) => dual.read();

describe('a declared guard', () => {
  test('is silent where the lock is held as it must be, and about other words', () => {
    const fine: readonly Do<World>[][] = [
      [readIn, ({ both }) => both.read()],
      [readIn, ({ both }) => both.compareExchange(7, 8)],
      [writeIn, ({ both }) => both.read(), ({ both }) => both.write(1), ({ both }) => both.add(1)],
      [takeM, takeN, writeDual],
      [takeM, readDual],
      [takeN, readDual],
      [({ free }) => free.write(1)],
    ];
    for (const operations of fine) assert.deepEqual(guards(...operations), []);
  });

  test('is a finding where it is not, of plain and of atomic accesses', () => {
    const broken: readonly (readonly [string, Do<World>[]])[] = [
      ['reads both', [({ both }) => both.read()]],
      ['reads both', [({ both }) => both.load()]],
      ['reads both holding m', [takeM, ({ both }) => both.read()]],
      ['writes both holding rw(r)', [readIn, ({ both }) => both.write(1)]],
      ['writes both holding rw(r)', [readIn, ({ both }) => both.add(1)]],
      ['writes both holding rw(r)', [readIn, ({ both }) => both.compareExchange(0, 1)]],
      ['writes dual holding m', [takeM, writeDual]],
      ['writes dual holding n', [takeN, writeDual]],
      ['reads dual', [readDual]],
    ];
    for (const [what, operations] of broken) {
      assert.deepEqual(guards(...operations), [`unguarded-access happened: a ${what}`]);
    }
  });

  test("asks about the agent's own hold", () => {
    const lines = observed<World>(
      {
        setup,
        agents: {
          *holder({ n, free }) {
            yield* n.acquire();
            yield* free.load();
            yield* n.release();
          },
          *other({ dual }) {
            yield* dual.read();
          },
        },
      },
      'holder other holder holder',
    );
    assert.deepEqual(lines, ['unguarded-access happened: other reads dual']);
  });

  test('may be any lock of a class', () => {
    const lay = (arena: Arena) => ({
      one: arena.spinLock('one', { class: 'kind' }),
      two: arena.spinLock('two', { class: 'kind' }),
      x: arena.word('x', 0, { writesNeed: 'kind' }),
    });
    assert.deepEqual(
      one(
        lay,
        ({ two }) => two.acquire(),
        ({ x }) => x.write(1),
      ),
      [],
    );
    assert.deepEqual(
      one(lay, ({ x }) => x.write(1)),
      ['unguarded-access happened: a writes x'],
    );
  });

  test('spares no memory of which a lock has been taken', () => {
    const lay = (arena: Arena) =>
      arena.region('struct', () => ({
        inner: arena.mutex('inner'),
        x: arena.word('x', 0, { guardedBy: 'inner' }),
      }));
    type Memory = ReturnType<typeof lay>;
    const revive: Do<Memory> = ({ region }) => region.revive();
    const take: Do<Memory> = ({ inside }) => inside.inner.acquire();
    const give: Do<Memory> = ({ inside }) => inside.inner.release();
    const write: Do<Memory> = ({ inside }) => inside.x.write(1);
    assert.deepEqual(one(lay, revive, write, take, write, give), []);
    assert.deepEqual(one(lay, revive, take, give, write), [
      'unguarded-access happened: a writes x',
    ]);
  });

  test('spares memory that was brought back until another agent comes to it', () => {
    const lay = (arena: Arena) => {
      const lock = arena.mutex('lock');
      const build = (): ReturnType<typeof words> => words(arena);
      return { lock, ...arena.region('struct', build, { retired: true }) };
    };
    const words = (arena: Arena) => ({
      x: arena.word('x', 0, { guardedBy: 'lock' }),
      y: arena.word('y'),
    });
    const agents = {
      *maker({ region, inside }: ReturnType<typeof lay>): Step<void> {
        yield* region.revive();
        yield* inside.x.write(1);
        yield* inside.x.write(2);
      },
      *user({ inside }: ReturnType<typeof lay>): Step<void> {
        yield* inside.y.load();
      },
    };
    const guarded = (order: string): string[] =>
      observed({ setup: lay, agents }, order).filter((line) => line.startsWith('unguarded'));
    assert.deepEqual(guarded('maker maker maker user'), []);
    assert.deepEqual(guarded('maker maker user maker'), [
      'unguarded-access happened: maker writes x',
    ]);
  });
});

describe('a declared rule of lock classes', () => {
  const lay = (declare: (arena: Arena) => void) => (arena: Arena) => {
    declare(arena);
    return {
      a: arena.mutex('first'),
      b: arena.mutex('second'),
      c: arena.spinLock('third'),
      x: arena.word('x'),
      done: arena.completion('done'),
    };
  };
  type Locks = ReturnType<ReturnType<typeof lay>>;
  const a: Do<Locks> = (world) => world.a.acquire();
  const b: Do<Locks> = (world) => world.b.acquire();
  const c: Do<Locks> = (world) => world.c.acquire();
  const tryA: Do<Locks> = (world) => world.a.tryAcquire();

  test('an order is broken by one agent, also through declarations that follow each other', () => {
    const ordered = lay((arena) => {
      arena.order('first', 'second');
      arena.order('second', 'third');
    });
    assert.deepEqual(one(ordered, a, b, c), []);
    assert.deepEqual(one(ordered, b, tryA), []);
    assert.deepEqual(one(ordered, b, a), [
      'lock-rule-broken happened: a acquires first holding second',
    ]);
    assert.deepEqual(one(ordered, c, a), [
      'lock-rule-broken happened: a acquires first holding third',
    ]);
  });

  test('an order is broken by who asks and never gets the lock', () => {
    const sample = {
      setup: lay((arena) => arena.order('first', 'second')),
      agents: {
        *holder(world: Locks): Step<void> {
          yield* world.a.acquire();
          yield* world.x.waitUntil(1);
        },
        *asks(world: Locks): Step<void> {
          yield* world.b.acquire();
          yield* world.a.acquire();
        },
      },
    };
    const lines = observed(sample, 'holder asks').filter((line) => line.startsWith('lock-rule'));
    assert.deepEqual(lines, ['lock-rule-broken happened: asks acquires first holding second']);
  });

  test('nothing is taken under a leaf, not even by a try', () => {
    const leaf = lay((arena) => arena.leaf('third'));
    assert.deepEqual(one(leaf, a, c), []);
    assert.deepEqual(one(leaf, c, tryA), [
      'lock-rule-broken happened: a acquires first holding third',
    ]);
  });

  test('under a lock that may not wait, what may sleep is found though it does not sleep', () => {
    const noWait = lay((arena) => arena.mayNotWait('third'));
    const found = (what: string): string[] => [
      `lock-rule-broken happened: a may wait for ${what} holding third`,
    ];
    assert.deepEqual(one(noWait, c, tryA), []);
    assert.deepEqual(one(noWait, a, c), []);
    assert.deepEqual(one(noWait, c, a), found('first'));
    assert.deepEqual(
      one(noWait, c, ({ x }) => x.waitUntil(0)),
      found('x'),
    );
    const completed: Do<Locks> = ({ done }) => done.complete();
    assert.deepEqual(
      one(noWait, completed, c, ({ done }) => done.wait()),
      found('done'),
    );
  });

  test('names that are no locks, and orders that contradict each other, are refused', () => {
    const refused = (declare: (arena: Arena) => void, message: RegExp): void => {
      const isRefused = (error: unknown): boolean =>
        error instanceof UserError && message.test(error.message);
      assert.throws(() => one(lay(declare), a), isRefused);
    };
    refused(
      (arena) => arena.word('y', 0, { guardedBy: 'frist' }),
      /word "y": `guardedBy` names "frist", which is no lock of the arena: did you mean "first"/,
    );
    refused((arena) => arena.leaf('x'), /`arena.leaf` names "x", which is no lock/);
    refused((arena) => {
      arena.order('first', 'second');
      arena.order('second', 'first');
    }, /the declared orders put "(first|second)" before itself/);
  });
});
