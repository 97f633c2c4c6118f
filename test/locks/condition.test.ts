import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Condition, Mutex } from '../../src/locks/index.ts';
import { dataWord, lockOffset, makeTable, TestThread } from './threads.ts';

const conditionOffset: number = lockOffset + Mutex.bytes;

describe('Condition', () => {
  test('a wait needs the lock, and has it again when its time is over', () => {
    const table = makeTable();
    const [one, other] = [table.join(), table.join()];
    const mutex = new Mutex(one, lockOffset);
    const condition = new Condition(one, conditionOffset);
    assert.throws(() => condition.wait(mutex), { code: 'EPERM' });
    assert.equal(condition.state().waiters, 0);
    mutex.lock();
    assert.equal(condition.waitFor(mutex, 3), false);
    assert.equal(new Mutex(other, lockOffset).tryLock(), false);
    assert.throws(() => condition.waitFor(mutex, -1), { code: 'EINVAL' });
    mutex.unlock();
    assert.equal(condition.state().waiters, 0);
  });

  test('a notification before the wait is not kept', () => {
    const agent = makeTable().join();
    const mutex = new Mutex(agent, lockOffset);
    const condition = new Condition(agent, conditionOffset);
    condition.notifyAll();
    mutex.lock();
    assert.equal(condition.waitFor(mutex, 2), false);
  });

  test('an asynchronous wait gives the lock away, and ends with it', async () => {
    const table = makeTable();
    const [one, other] = [table.join(), table.join()];
    const [mutex, others] = [new Mutex(one, lockOffset), new Mutex(other, lockOffset)];
    const condition = new Condition(one, conditionOffset);
    mutex.lock();
    const waiting = condition.waitAsync(mutex);
    assert.equal(others.tryLock(), true);
    assert.equal(condition.state().waiters, 1);
    new Condition(other, conditionOffset).notifyOne();
    await new Promise((resolve) => setTimeout(resolve, 2));
    others.unlock();
    assert.equal(await waiting, 'acquired');
    assert.equal(others.tryLock(), false);
    mutex.unlock();
  });

  test('an asynchronous wait that is aborted has the lock again', async () => {
    const table = makeTable();
    const one = table.join();
    const mutex = new Mutex(one, lockOffset);
    const condition = new Condition(one, conditionOffset);
    mutex.lock();
    await assert.rejects(condition.waitAsync(mutex, { signal: AbortSignal.timeout(2) }));
    mutex.unlock();
    assert.equal(condition.state().waiters, 0);
  });

  describe('on worker threads', () => {
    const table = makeTable();
    const main = table.join();
    const started = TestThread.start(table, 4);
    after(async () => {
      for (const thread of await started) await thread.kill();
    });

    test('two that take turns lose no notification', async () => {
      const threads = (await started).slice(0, 2);
      const rounds = 3000;
      const place = { mutex: lockOffset, condition: conditionOffset, word: dataWord, rounds };
      const answers = threads.map((thread, turn) => thread.run({ what: 'pass', ...place, turn }));
      assert.deepEqual(await Promise.all(answers), [rounds, rounds]);
      assert.equal(main.words[dataWord], 2 * rounds);
    });
  });
});
