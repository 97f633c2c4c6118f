import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { SeqLock } from '../../src/locks/index.ts';
import { exclusiveSuite } from './lock-suite.ts';
import { dataWord, lockOffset, makeTable, TestThread, until } from './threads.ts';

exclusiveSuite('SeqLock.write');

describe('SeqLock, read', () => {
  test('a read during which nothing was written stands', () => {
    const lock = new SeqLock(makeTable().join(), lockOffset);
    const begun = lock.begin();
    assert.equal(lock.retry(begun), false);
    lock.write.lock();
    lock.write.unlock();
    assert.equal(lock.retry(begun), true);
    assert.equal(lock.state().sequence, 2);
  });

  test('a read is run again as often as it was written meanwhile', () => {
    const table = makeTable();
    const [reader, writer] = [table.join(), table.join()].map(
      (agent) => new SeqLock(agent, lockOffset),
    ) as [SeqLock, SeqLock];
    let runs = 0;
    const read = reader.read(() => {
      if (++runs <= 3) writer.write.withLock(() => undefined);
      return runs;
    });
    assert.equal(read, 4);
  });

  test('a writer does not wait for itself to end', () => {
    const lock = new SeqLock(makeTable().join(), lockOffset, { spins: 0 });
    lock.write.lock();
    assert.throws(() => lock.begin(), { code: 'EDEADLK' });
  });

  test('readers are told that the writer died until a writer has repaired it', () => {
    const table = makeTable();
    new SeqLock(table.join({ thread: 99 }), lockOffset).write.lock();
    table.bury(99);
    const [reader, writer] = [table.join(), table.join()].map(
      (agent) => new SeqLock(agent, lockOffset),
    ) as [SeqLock, SeqLock];
    assert.throws(() => reader.begin(), { code: 'EOWNERDEAD' });
    assert.equal(writer.write.lock(), 'ownerDied');
    writer.write.makeConsistent();
    writer.write.unlock();
    assert.equal(reader.begin(), 2);
  });
});

describe('SeqLock, read and written on worker threads', () => {
  const table = makeTable();
  const main = table.join();
  const started = TestThread.start(table, 3);
  after(async () => {
    for (const thread of await started) await thread.kill();
  });

  test('readers never see half of a change', async () => {
    const [one, other, writer] = (await started) as [TestThread, TestThread, TestThread];
    const place = { offset: lockOffset, word: dataWord, rounds: 20_000 };
    const answers = await Promise.all([
      one.run({ what: 'read sequences', ...place }),
      other.run({ what: 'read sequences', ...place }),
      writer.run({ what: 'count', kind: 'SeqLock.write', ...place }),
    ]);
    assert.deepEqual(answers, [0, 0, place.rounds]);
    assert.equal(main.words[dataWord], place.rounds);
  });

  test('a reader that waits for the writer sleeps, and goes on when it is out', async () => {
    const [reader] = await started;
    const lock = new SeqLock(main, lockOffset);
    lock.write.lock();
    const place = { offset: lockOffset, word: dataWord, rounds: 1 };
    const read = reader!.run({ what: 'read sequences', ...place });
    await until(() => table.state().some(({ sleepsAt }) => sleepsAt !== undefined), 'it sleeps');
    lock.write.unlock();
    assert.equal(await read, 0);
  });
});
