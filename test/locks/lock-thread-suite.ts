import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Agent, AgentTable } from '../../src/locks/index.ts';
import type { LockKind, LockKindName } from './lock-kinds.ts';
import { dataWord, lockOffset, makeTable, TestThread, until } from './threads.ts';

const isAsleep = (table: AgentTable): boolean =>
  table.state().some(({ sleepsAt }) => sleepsAt !== undefined);

/** What every lock that one agent has at a time must do between worker threads. */
export function lockThreadSuite(name: LockKindName, kind: LockKind, owned: boolean): void {
  void describe(`${name} on worker threads`, () => {
    const table = makeTable();
    const main = table.join();
    const started = TestThread.start(table, 3);
    after(async () => {
      for (const thread of await started) await thread.kill();
    });
    const job = { kind: name, offset: lockOffset } as const;

    for (const [how, spins] of [
      ['spins', 100],
      ['sleeps at once', 0],
    ] as const) {
      void test(`excludes, and one that waits ${how}: no count is lost`, async () => {
        const threads = await started;
        const rounds = 10_000;
        const before = main.words[dataWord]!;
        const count = { what: 'count', ...job, word: dataWord, rounds, spins } as const;
        await Promise.all(threads.map((thread) => thread.run(count)));
        assert.equal(main.words[dataWord], before + threads.length * rounds);
      });
    }

    void test('threads and asynchronous tasks exclude each other', async () => {
      const threads = await started;
      const rounds = 3000;
      const before = main.words[dataWord]!;
      const count = { what: 'count', ...job, word: dataWord, rounds } as const;
      let running = true;
      const counting = Promise.all(threads.map((thread) => thread.run(count))).then(() => {
        running = false;
      });
      const lock = kind.make(main, lockOffset);
      let mine = 0;
      while (running) {
        await lock.withLockAsync(() => main.words[dataWord]!++);
        mine++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await counting;
      assert.equal(main.words[dataWord], before + threads.length * rounds + mine);
    });

    void test('a thread that sleeps is woken by the release', async () => {
      const [thread] = await started;
      const lock = kind.make(main, lockOffset);
      lock.lock();
      const taken = thread!.run({ what: 'take and give', ...job });
      await until(() => isAsleep(table), 'it sleeps');
      lock.unlock();
      assert.equal(await taken, 'acquired');
      assert.deepEqual(
        table.state().filter(({ sleepsAt }) => sleepsAt !== undefined),
        [],
      );
    });

    wakeTest(kind, table, main, job, started);
    robustTests(kind, owned, table, main, job, started);
    lossTests(kind, owned);
  });
}

function wakeTest(
  kind: LockKind,
  table: AgentTable,
  main: Agent,
  job: { kind: LockKindName; offset: number },
  started: Promise<TestThread[]>,
): void {
  void test('of those who sleep, each one wakes the next', async () => {
    const lock = kind.make(main, lockOffset);
    lock.lock();
    const threads = await started;
    const taken = threads.map((thread) => thread.run({ what: 'take and give', ...job }));
    const asleep = (): number => table.state().filter((agent) => agent.sleepsAt).length;
    await until(() => asleep() === threads.length, 'all sleep');
    lock.unlock();
    assert.deepEqual(new Set(await Promise.all(taken)), new Set(['acquired']));
  });
}

function robustTests(
  kind: LockKind,
  owned: boolean,
  table: AgentTable,
  main: Agent,
  job: { kind: LockKindName; offset: number },
  started: Promise<TestThread[]>,
): void {
  const died = owned ? 'ownerDied' : 'holderDied';

  void test('a thread that dies holding it is reported to one that sleeps', async () => {
    const [sleeper] = await started;
    const [holder] = await TestThread.start(table, 1);
    await holder!.run({ what: 'keep', ...job });
    const taken = sleeper!.run({ what: 'take and give', ...job });
    await until(() => isAsleep(table), 'it sleeps');
    await holder!.kill();
    assert.equal(await taken, died);
    const lock = kind.make(main, lockOffset);
    assert.equal(lock.lock(), 'acquired');
    lock.unlock();
  });

  void test('a thread that dies holding it is reported to an asynchronous wait', async () => {
    const [holder] = await TestThread.start(table, 1);
    await holder!.run({ what: 'keep', ...job });
    const lock = kind.make(main, lockOffset);
    const taken = lock.lockAsync();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await holder!.kill();
    assert.equal(await taken, died);
    if (owned) lock.makeConsistent();
    lock.unlock();
  });

  void test('a thread that dies while it waits takes no wake-up with it', async () => {
    const lock = kind.make(main, lockOffset);
    const [sleeper] = await started;
    const [dying] = await TestThread.start(table, 1);
    lock.lock();
    void dying!.run({ what: 'take', ...job });
    await until(() => isAsleep(table), 'it sleeps');
    const taken = sleeper!.run({ what: 'take and give', ...job });
    const asleep = (): number => table.state().filter((agent) => agent.sleepsAt).length;
    await until(() => asleep() === 2, 'both sleep');
    const killed = dying!.kill();
    lock.unlock();
    await killed;
    // Which of the two was there first is open: if it died while it held the lock, that is said.
    assert.ok(['acquired', died].includes(String(await taken)));
  });
}

function lossTests(kind: LockKind, owned: boolean): void {
  const skip = !owned && 'no owner';
  void test('one that releases it unrepaired makes it lost for all', { skip }, () => {
    const lost = makeTable();
    const [one, other, third] = [lost.join(), lost.join(), lost.join({ thread: 99 })];
    kind.make(third, lockOffset).lock();
    lost.bury(99);
    const lock = kind.make(one, lockOffset);
    assert.equal(lock.tryLock(), true);
    assert.equal(lock.inconsistent, true);
    lock.unlock();
    const refused = { code: 'ENOTRECOVERABLE' };
    assert.throws(() => lock.lock(), refused);
    assert.throws(() => kind.make(other, lockOffset).tryLock(), refused);
    assert.throws(() => kind.make(other, lockOffset).lockFor(1), refused);
  });

  void test('a closure repairs, or the lock is given up with an error', { skip }, () => {
    for (const repairs of [true, false]) {
      const fresh = makeTable();
      kind.make(fresh.join({ thread: 99 }), lockOffset).lock();
      fresh.bury(99);
      const lock = kind.make(fresh.join(), lockOffset);
      if (repairs) {
        let repaired = 0;
        assert.equal(
          lock.withLock(
            () => 7,
            () => repaired++,
          ),
          7,
        );
        assert.equal(repaired, 1);
        assert.equal(lock.lock(), 'acquired');
      } else {
        assert.throws(() => lock.withLock(() => 7), { code: 'EOWNERDEAD' });
        assert.throws(() => lock.guard(), { code: 'ENOTRECOVERABLE' });
      }
    }
  });

  void test('an agent that takes a dead one’s slot has none of its locks', () => {
    const fresh = makeTable();
    const holder = fresh.join({ thread: 99 });
    kind.make(holder, lockOffset).lock();
    fresh.bury(99);
    const heir = fresh.join();
    assert.equal(heir.slot, holder.slot);
    const lock = kind.make(heir, lockOffset);
    if (owned) assert.throws(() => lock.unlock(), { code: 'EPERM' });
    assert.equal(lock.tryLock(), true);
    assert.equal(lock.inconsistent, owned);
  });
}
