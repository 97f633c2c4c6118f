import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Agent, AgentTable, Lock } from '../../src/locks/index.ts';
import { exclusiveSuite } from './lock-suite.ts';
import { lockKinds, type LockKind, type LockKindName } from './lock-kinds.ts';
import { dataWord, lockOffset, makeTable, TestThread, until } from './threads.ts';

/** What tells reader/writer locks apart. */
export interface RwTraits {
  /** A queued writer stops new readers. */
  readonly queues: boolean;
}

interface Modes {
  readonly table: AgentTable;
  /** Of each of three agents of this thread. */
  readonly read: readonly [Lock, Lock, Lock];
  readonly write: readonly [Lock, Lock, Lock];
}

function modesOf(readKind: LockKind, writeKind: LockKind): Modes {
  const table = makeTable();
  const agents = [table.join(), table.join(), table.join()] as const;
  const each = (kind: LockKind): [Lock, Lock, Lock] =>
    agents.map((agent) => kind.make(agent, lockOffset)) as [Lock, Lock, Lock];
  return { table, read: each(readKind), write: each(writeKind) };
}

const isAsleep = (table: AgentTable): boolean =>
  table.state().some(({ sleepsAt }) => sleepsAt !== undefined);

/** What every reader/writer lock must do; its writing mode is an exclusive lock besides. */
export function rwSuite(
  name: 'RwLock' | 'RwSemaphore' | 'PercpuRwSemaphore',
  traits: RwTraits,
): void {
  const readName: LockKindName = `${name}.read`;
  const writeName: LockKindName = `${name}.write`;
  const readKind = lockKinds[readName];
  const writeKind = lockKinds[writeName];
  exclusiveSuite(writeName);

  void describe(`${name}, read and written`, () => {
    void test('is shared by readers, and by no writer with them', () => {
      const { read, write } = modesOf(readKind, writeKind);
      assert.equal(read[0].lock(), 'acquired');
      assert.equal(read[1].tryLock(), true);
      assert.equal(write[2].tryLock(), false);
      assert.equal(write[2].lockFor(2), false);
      read[0].unlock();
      assert.equal(write[2].tryLock(), false);
      read[1].unlock();
      assert.equal(write[2].tryLock(), true);
      assert.equal(read[0].tryLock(), false);
      assert.equal(read[0].lockFor(2), false);
      write[2].unlock();
      assert.equal(read[0].lockFor(1000), true);
      read[0].unlock();
    });

    void test('a writer that gave up stops no reader', () => {
      const { read, write } = modesOf(readKind, writeKind);
      read[0].lock();
      for (let round = 0; round < 3; round++) assert.equal(write[1].lockFor(2), false);
      assert.equal(read[2].tryLock(), true);
      read[2].unlock();
      read[0].unlock();
      assert.equal(read[2].lock(), 'acquired');
      read[2].unlock();
      assert.equal(write[0].lock(), 'acquired');
    });

    void test('readers may take it again while no writer waits', () => {
      const { read, write } = modesOf(readKind, writeKind);
      read[0].lock();
      read[0].lock();
      read[0].unlock();
      assert.equal(write[1].tryLock(), false);
      read[0].unlock();
      assert.equal(write[1].tryLock(), true);
    });

    queueTest(readKind, writeKind, traits);
    shareTests(readKind, writeKind);
    asynchronousReaderTests(readKind, writeKind);
    deadTests(readKind, writeKind);
  });

  void describe(`${name}, read and written on worker threads`, () => {
    rwThreadTests(readName, writeName);
  });
}

function queueTest(readKind: LockKind, writeKind: LockKind, traits: RwTraits): void {
  const verb = traits.queues ? 'stops' : 'does not stop';
  void test(`a queued writer ${verb} new readers`, async () => {
    const { read, write } = modesOf(readKind, writeKind);
    read[0].lock();
    const writing = write[1].lockAsync();
    await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(read[2].tryLock(), !traits.queues);
    if (traits.queues) assert.throws(() => read[0].lock(), { code: 'EDEADLK' });
    else {
      read[2].unlock();
      assert.equal(read[0].lock(), 'acquired');
      read[0].unlock();
    }
    read[0].unlock();
    assert.equal(await writing, 'acquired');
    assert.equal(read[2].tryLock(), false);
    write[1].unlock();
    assert.equal(read[2].tryLock(), true);
  });
}

function shareTests(readKind: LockKind, writeKind: LockKind): void {
  void test('a share is given back by nobody who has none', () => {
    const { read, write } = modesOf(readKind, writeKind);
    const refused = { code: 'EPERM', message: /agent 2, which has no share/ };
    assert.throws(() => read[1].unlock(), refused);
    read[0].lock();
    assert.throws(() => read[1].unlock(), refused);
    assert.throws(() => write[0].unlock(), { code: 'EPERM' });
    assert.equal(write[2].tryLock(), false);
    read[0].unlock();
    assert.throws(() => read[0].unlock(), { code: 'EPERM' });
    assert.equal(write[2].tryLock(), true);
    assert.throws(() => read[2].unlock(), { code: 'EPERM' });
  });

  void test('an agent that reads does not wait for itself to write, nor the other way', () => {
    const { read, write } = modesOf(readKind, writeKind);
    read[0].lock();
    assert.throws(() => write[0].lock(), { code: 'EDEADLK' });
    assert.equal(write[0].tryLock(), false);
    read[0].unlock();
    write[0].lock();
    assert.throws(() => read[0].lock(), { code: 'EDEADLK' });
    assert.equal(read[0].tryLock(), false);
  });

  void test('a writer becomes a reader without anybody in between', () => {
    const { read, write } = modesOf(readKind, writeKind);
    const writer = write[0] as Lock & { downgrade(): void };
    assert.throws(() => writer.downgrade(), { code: 'EPERM' });
    writer.lock();
    writer.downgrade();
    assert.equal(write[1].tryLock(), false);
    assert.equal(read[1].tryLock(), true);
    read[0].unlock();
    read[1].unlock();
    assert.equal(write[1].tryLock(), true);
  });
}

function asynchronousReaderTests(readKind: LockKind, writeKind: LockKind): void {
  void test('asynchronous readers and writers all get it', async () => {
    const { read, write } = modesOf(readKind, writeKind);
    write[0].lock();
    let readers = 0;
    const reading = [read[1], read[2], read[1]].map(async (lock) => {
      await lock.withLockAsync(() => readers++);
    });
    const writing = write[1].withLockAsync(() => 'wrote');
    await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(readers, 0);
    write[0].unlock();
    assert.equal(await writing, 'wrote');
    await Promise.all(reading);
    assert.equal(readers, 3);
    assert.equal(write[2].tryLock(), true);
  });

  void test('an asynchronous writer that is aborted lets readers go', async () => {
    const { read, write } = modesOf(readKind, writeKind);
    read[0].lock();
    const controller = new AbortController();
    const refused = assert.rejects(write[1].lockAsync({ signal: controller.signal }));
    const reading = read[2].lockAsync();
    controller.abort();
    await refused;
    assert.equal(await reading, 'acquired');
    read[2].unlock();
    assert.equal(read[2].tryLock(), true);
  });
}

function deadTests(readKind: LockKind, writeKind: LockKind): void {
  void test('a dead reader’s share is taken back by the next writer', () => {
    const { table, read, write } = modesOf(readKind, writeKind);
    const dead = readKind.make(table.join({ thread: 99 }), lockOffset);
    dead.lock();
    dead.lock();
    read[0].lock();
    table.bury(99);
    assert.equal(write[1].lockFor(5), false);
    read[0].unlock();
    assert.equal(write[1].lock(), 'holderDied');
    write[1].unlock();
    assert.equal(write[1].lock(), 'acquired');
  });

  void test('a dead reader’s share is not its heir’s', () => {
    const { table, write } = modesOf(readKind, writeKind);
    readKind.make(table.join({ thread: 99 }), lockOffset).lock();
    table.bury(99);
    const heir = readKind.make(table.join(), lockOffset);
    assert.throws(() => heir.unlock(), { code: 'EPERM' });
    heir.lock();
    assert.equal(write[1].tryLock(), false);
    heir.unlock();
    assert.equal(write[1].tryLock(), true);
  });

  void test('readers are told that the writer died until a writer has repaired it', () => {
    const { table, read, write } = modesOf(readKind, writeKind);
    writeKind.make(table.join({ thread: 99 }), lockOffset).lock();
    table.bury(99);
    for (const lock of read) {
      assert.throws(() => lock.lock(), { code: 'EOWNERDEAD' });
      assert.throws(() => lock.tryLock(), { code: 'EOWNERDEAD' });
    }
    assert.equal(write[0].lock(), 'ownerDied');
    const writer = write[0] as Lock & { downgrade(): void };
    assert.throws(() => writer.downgrade(), { code: 'EOWNERDEAD' });
    assert.throws(() => read[0].makeConsistent(), { code: 'EPERM' });
    write[0].makeConsistent();
    writer.downgrade();
    assert.equal(read[1].lock(), 'acquired');
  });

  void test('readers are refused for ever if nobody repairs it', () => {
    const { table, read, write } = modesOf(readKind, writeKind);
    writeKind.make(table.join({ thread: 99 }), lockOffset).lock();
    table.bury(99);
    assert.equal(write[0].lock(), 'ownerDied');
    write[0].unlock();
    for (const lock of [...read, ...write]) {
      assert.throws(() => lock.lock(), { code: 'ENOTRECOVERABLE' });
    }
  });
}

function rwThreadTests(readName: LockKindName, writeName: LockKindName): void {
  const table = makeTable();
  const main = table.join();
  const started = TestThread.start(table, 4);
  after(async () => {
    for (const thread of await started) await thread.kill();
  });

  void test('readers never see half of a change', async () => {
    const threads = await started;
    const place = { offset: lockOffset, word: dataWord, rounds: 10_000 };
    const answers = await Promise.all(
      threads.map((thread, at) =>
        at % 2 === 0
          ? thread.run({ what: 'compare', kind: readName, ...place })
          : thread.run({ what: 'count', kind: writeName, ...place }),
      ),
    );
    assert.deepEqual(answers, [0, place.rounds, 0, place.rounds]);
    assert.equal(main.words[dataWord], 2 * place.rounds);
  });

  void test('sleeping readers and writers are woken by the release', async () => {
    const threads = await started;
    const writer = lockKinds[writeName].make(main, lockOffset);
    writer.lock();
    const taken = threads.map((thread, at) =>
      thread.run({
        what: 'take and give',
        kind: at % 2 === 0 ? readName : writeName,
        offset: lockOffset,
      }),
    );
    const asleep = (): number => table.state().filter(({ sleepsAt }) => sleepsAt).length;
    await until(() => asleep() === threads.length, 'all sleep');
    writer.unlock();
    assert.deepEqual(new Set(await Promise.all(taken)), new Set(['acquired']));
  });

  sleeperTests(table, main, started, readName, writeName);
}

function sleeperTests(
  table: AgentTable,
  main: Agent,
  started: Promise<TestThread[]>,
  readName: LockKindName,
  writeName: LockKindName,
): void {
  void test('a sleeping writer hears that the reader died', async () => {
    const [thread] = await started;
    const [reader] = await TestThread.start(table, 1);
    await reader!.run({ what: 'keep', kind: readName, offset: lockOffset });
    const taken = thread!.run({ what: 'take and give', kind: writeName, offset: lockOffset });
    await until(() => isAsleep(table), 'it sleeps');
    await reader!.kill();
    assert.equal(await taken, 'holderDied');
  });

  void test('a sleeping reader hears that the writer died', async () => {
    const [thread] = await started;
    const [writer] = await TestThread.start(table, 1);
    await writer!.run({ what: 'keep', kind: writeName, offset: lockOffset });
    const taken = thread!.run({ what: 'take and give', kind: readName, offset: lockOffset });
    await until(() => isAsleep(table), 'it sleeps');
    await writer!.kill();
    assert.match(String(await taken), /its writer died/);
    const repairer = lockKinds[writeName].make(main, lockOffset);
    assert.equal(repairer.lock(), 'ownerDied');
    repairer.makeConsistent();
    repairer.unlock();
  });

  void test('readers go on when a writer that waited died', async () => {
    const [thread] = await started;
    const [writer] = await TestThread.start(table, 1);
    const reader = lockKinds[readName].make(main, lockOffset);
    reader.lock();
    void writer!.run({ what: 'keep', kind: writeName, offset: lockOffset });
    await until(() => isAsleep(table), 'the writer sleeps');
    const taken = thread!.run({ what: 'take and give', kind: readName, offset: lockOffset });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await writer!.kill();
    const outcome = String(await taken);
    // The percpu writer has the lock already when it waits for readers to leave.
    assert.ok(outcome === 'acquired' || /its writer died/.test(outcome), outcome);
    reader.unlock();
  });
}
