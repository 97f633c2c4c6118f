import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Completion } from '../../src/locks/index.ts';
import { lockOffset, makeTable, TestThread, until } from './threads.ts';

describe('Completion', () => {
  test('each completion ends one wait', () => {
    const table = makeTable();
    const [one, other] = [table.join(), table.join()].map(
      (agent) => new Completion(agent, lockOffset),
    ) as [Completion, Completion];
    assert.equal(one.waitFor(1), false);
    other.complete();
    other.complete();
    assert.deepEqual(one.state(), { done: 2, waiters: 0 });
    one.wait();
    assert.equal(one.tryWait(), true);
    assert.equal(one.tryWait(), false);
    assert.equal(one.isDone, false);
  });

  test('completed for all ends all waits, until it is made new', async () => {
    const completion = new Completion(makeTable().join(), lockOffset);
    const waiting = [completion.waitAsync(), completion.waitAsync()];
    completion.completeAll();
    await Promise.all(waiting);
    completion.complete();
    completion.wait();
    assert.equal(completion.state().done, Infinity);
    completion.reinit();
    assert.equal(completion.tryWait(), false);
  });

  test('an asynchronous wait can be ended', async () => {
    const completion = new Completion(makeTable().join(), lockOffset);
    await assert.rejects(completion.waitAsync({ signal: AbortSignal.timeout(2) }));
    completion.complete();
    await completion.waitAsync();
  });

  describe('on worker threads', () => {
    const table = makeTable();
    const main = table.join();
    const started = TestThread.start(table, 3);
    after(async () => {
      for (const thread of await started) await thread.kill();
    });

    test('as many sleepers go on as it is completed', async () => {
      const completion = new Completion(main, lockOffset);
      const waits = (await started).map((thread) =>
        thread.run({ what: 'await', offset: lockOffset }),
      );
      const asleep = (): number => table.state().filter(({ sleepsAt }) => sleepsAt).length;
      await until(() => asleep() === 3, 'all sleep');
      completion.complete();
      await until(() => asleep() === 2, 'one goes on');
      completion.completeAll();
      assert.deepEqual(await Promise.all(waits), ['done', 'done', 'done']);
    });

    test('a sleeper that dies takes no completion with it', async () => {
      const completion = new Completion(main, lockOffset + 64);
      const [dying] = await TestThread.start(table, 1);
      void dying!.run({ what: 'await', offset: lockOffset + 64 });
      const asleep = (): number => table.state().filter(({ sleepsAt }) => sleepsAt).length;
      await until(() => asleep() === 1, 'it sleeps');
      const [other] = await started;
      const wait = other!.run({ what: 'await', offset: lockOffset + 64 });
      await until(() => asleep() === 2, 'both sleep');
      await dying!.kill();
      completion.complete();
      assert.equal(await wait, 'done');
    });
  });
});
