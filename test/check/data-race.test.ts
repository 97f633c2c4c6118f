import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { observed, observedInAll } from './observed-run.ts';
import { add, doing, load, race, read, setup, store, two, write, type Do } from './race-agents.ts';

describe('two accesses that nothing orders race', () => {
  test('when one of them writes, though they were far apart in time', () => {
    assert.deepEqual(two([write], [write]), race('writes', 'writes'));
    assert.deepEqual(two([write], [read]), race('writes', 'reads'));
    assert.deepEqual(two([read], [write]), race('reads', 'writes'));
  });

  test('when one of them is plain and the other atomic', () => {
    assert.deepEqual(two([write], [load]), race('writes', 'reads atomically'));
    assert.deepEqual(two([write], [store]), race('writes', 'writes atomically'));
    assert.deepEqual(two([store], [write]), race('writes atomically', 'writes'));
    assert.deepEqual(two([load], [write]), race('reads atomically', 'writes'));
    assert.deepEqual(two([store], [read]), race('writes atomically', 'reads'));
    assert.deepEqual(two([read], [add]), race('reads', 'writes atomically'));
  });

  test('not when both read, or both are atomic', () => {
    assert.deepEqual(two([read], [read]), []);
    assert.deepEqual(two([read], [load]), []);
    assert.deepEqual(two([load], [read]), []);
    assert.deepEqual(two([store, load, add], [add, load, store], 'a b a b a b'), []);
  });

  test('not when a later atomic access of the first one is what the second one reads from', () => {
    assert.deepEqual(two([write, store], [load]), []);
    assert.deepEqual(two([read, add], [add]), []);
    assert.deepEqual(two([store, write], [load]), race('writes', 'reads atomically'));
    assert.deepEqual(two([write, store], [store]), race('writes', 'writes atomically'));
  });

  test('not when one agent does both', () => {
    assert.deepEqual(two([write, read, store, load, write], []), []);
  });

  test('with each reader since the last write', () => {
    const agents = { a: doing(read), b: doing(read), c: doing(write) };
    assert.deepEqual(observed({ setup, agents }), [
      'data-race happened: a reads x; c writes x',
      'data-race happened: b reads x; c writes x',
    ]);
  });

  test('with the locks that the later one held', () => {
    const lines = two([write], [({ m }) => m.acquire(), write, ({ m }) => m.release()]);
    assert.deepEqual(lines, ['data-race happened: a writes x; b writes x holding m']);
  });

  test('under two locks that are not the same', () => {
    const lines = two(
      [({ m }) => m.acquire(), write, ({ m }) => m.release()],
      [({ n }) => n.acquire(), write, ({ n }) => n.release()],
    );
    assert.deepEqual(lines, ['data-race happened: a writes x; b writes x holding n']);
  });

  test('a failed compareExchange only reads', () => {
    const failing: Do = ({ x }) => x.compareExchange(7, 8);
    assert.deepEqual(two([read], [failing]), []);
    assert.deepEqual(two([write], [failing]), race('writes', 'reads atomically'));
  });
});

describe('accesses are ordered by', () => {
  const locks: readonly { name: string; take: Do; give: Do }[] = [
    { name: 'a mutex', take: ({ m }) => m.acquire(), give: ({ m }) => m.release() },
    { name: 'a mutex taken by try', take: ({ m }) => m.tryAcquire(), give: ({ m }) => m.release() },
    { name: 'a spin lock', take: ({ spin }) => spin.acquire(), give: ({ spin }) => spin.release() },
    { name: 'a writer', take: ({ rw }) => rw.acquireWrite(), give: ({ rw }) => rw.releaseWrite() },
    {
      name: 'a writer by try',
      take: ({ sem }) => sem.tryAcquireWrite(),
      give: ({ sem }) => sem.releaseWrite(),
    },
  ];
  for (const { name, take, give } of locks) {
    test(`${name} on both sides`, () => {
      assert.deepEqual(two([take, write, give], [take, write, give]), []);
    });

    test(`${name} only up to its release`, () => {
      assert.deepEqual(two([take, give, write], [take, write, give]).length, 1);
    });
  }

  for (const lock of ['rw', 'sem'] as const) {
    const readSide: Do[] = [(w) => w[lock].acquireRead(), read, (w) => w[lock].releaseRead()];
    const readWrites: Do[] = [(w) => w[lock].acquireRead(), write, (w) => w[lock].releaseRead()];
    const writeSide: Do[] = [(w) => w[lock].acquireWrite(), write, (w) => w[lock].releaseWrite()];

    test(`${lock}: a reader and a writer, whoever comes first`, () => {
      assert.deepEqual(two(readSide, writeSide), []);
      assert.deepEqual(two(writeSide, readSide), []);
      assert.deepEqual(
        observedInAll({ setup, agents: { a: doing(...readSide), b: doing(...writeSide) } }),
        [],
      );
    });

    test(`${lock}: readers do not order each other`, () => {
      assert.deepEqual(two(readWrites, readWrites), [
        `data-race happened: a writes x; b writes x holding ${lock}(r)`,
      ]);
    });

    test(`${lock}: all readers are ordered before the next writer`, () => {
      const agents = { a: doing(...readSide), b: doing(...readSide), c: doing(...writeSide) };
      assert.deepEqual(observed({ setup, agents }, 'a b a b a b'), []);
      assert.deepEqual(observedInAll({ setup, agents }), []);
    });

    test(`${lock}: a downgraded writer before its readers and after them before a writer`, () => {
      const agents = {
        a: doing(
          (w) => w[lock].acquireWrite(),
          write,
          (w) => w[lock].downgrade(),
          read,
          (w) => w[lock].releaseRead(),
        ),
        b: doing(...readSide),
        c: doing(...writeSide),
      };
      assert.deepEqual(observedInAll({ setup, agents }), []);
    });
  }

  test('a completion, from before complete to after the wait', () => {
    const complete: Do = ({ done }) => done.complete();
    const all: Do = ({ done }) => done.completeAll();
    const wait: Do = ({ done }) => done.wait();
    assert.deepEqual(two([write, complete], [wait, write]), []);
    assert.deepEqual(two([write, all], [wait, write]), []);
    assert.deepEqual(two([complete, write], [wait, write]), race('writes', 'writes'));
  });

  test('every complete before a wait that follows it', () => {
    const agents = {
      a: doing(write, ({ done }) => done.complete()),
      b: doing(
        ({ other }) => other.write(1),
        ({ done }) => done.complete(),
      ),
      c: doing(
        ({ done }) => done.wait(),
        ({ done }) => done.wait(),
        read,
        ({ other }) => other.read(),
      ),
    };
    assert.deepEqual(observedInAll({ setup, agents }), []);
  });

  test('an atomic store and the load or wait that reads it', () => {
    const publish: Do = ({ flag }) => flag.store(1);
    assert.deepEqual(two([write, publish], [({ flag }) => flag.load(), read]), []);
    assert.deepEqual(two([write, publish], [({ flag }) => flag.waitUntil(1), read]), []);
    assert.deepEqual(
      two([write, ({ flag }) => flag.add(1)], [({ flag }) => flag.add(1), write]),
      [],
    );
    const exchange: Do = ({ flag }) => flag.exchange(2);
    assert.deepEqual(two([write, exchange], [({ flag }) => flag.compareExchange(2, 3), write]), []);
  });

  test('an atomic load and a later store not at all', () => {
    const lines = two([write, ({ flag }) => flag.load()], [({ flag }) => flag.store(1), read]);
    assert.deepEqual(lines, race('writes', 'reads'));
  });

  test('a store that another store has replaced no more', () => {
    const agents = {
      a: doing(write, ({ flag }) => flag.store(1)),
      b: doing(({ flag }) => flag.store(2)),
      c: doing(({ flag }) => flag.load(), read),
    };
    assert.deepEqual(observed({ setup, agents }), ['data-race happened: a writes x; c reads x']);
  });

  test('a store that an atomic addition went on from', () => {
    const agents = {
      a: doing(write, ({ flag }) => flag.store(1)),
      b: doing(({ flag }) => flag.add(2)),
      c: doing(({ flag }) => flag.load(), read),
    };
    assert.deepEqual(observed({ setup, agents }), []);
  });

  test('an active reference: its users before the end of the drain, and no longer', () => {
    const use = doing(
      ({ active }) => active.tryAcquire(),
      read,
      ({ active }) => active.release(),
    );
    const late = doing(
      ({ active }) => active.tryAcquire(),
      ({ active }) => active.release(),
      read,
    );
    const remove = doing(({ active }) => active.drain(), write);
    assert.deepEqual(observed({ setup, agents: { use, remove } }), []);
    assert.deepEqual(observed({ setup, agents: { late, remove } }, 'late late remove'), [
      'data-race happened: late reads x; remove writes x',
    ]);
  });

  test('activating a reference before its users', () => {
    const agents = {
      a: doing(
        ({ active }) => active.drain(),
        write,
        ({ active }) => active.activate(),
      ),
      b: doing(
        ({ active }) => active.tryAcquire(),
        read,
        ({ active }) => active.release(),
      ),
    };
    assert.deepEqual(observed({ setup, agents }), []);
  });

  test('order passes on from agent to agent', () => {
    const agents = {
      a: doing(write, ({ flag }) => flag.store(1)),
      b: doing(
        ({ flag }) => flag.waitUntil(1),
        ({ done }) => done.complete(),
      ),
      c: doing(({ done }) => done.wait(), write),
    };
    assert.deepEqual(observedInAll({ setup, agents }), []);
  });
});

test('a race of an execution is forgotten in the next one', () => {
  const lines = observedInAll({
    setup,
    agents: {
      a: doing(
        ({ m }) => m.acquire(),
        write,
        ({ m }) => m.release(),
      ),
      b: doing(
        ({ m }) => m.acquire(),
        write,
        ({ m }) => m.release(),
      ),
      c: doing(
        ({ m }) => m.acquire(),
        read,
        ({ m }) => m.release(),
      ),
    },
  });
  assert.deepEqual(lines, []);
});
