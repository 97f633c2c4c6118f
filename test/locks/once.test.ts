import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Once } from '../../src/locks/index.ts';
import { dataWord, lockOffset, makeTable, TestThread } from './threads.ts';

describe('Once', () => {
  test('is done by the first one', () => {
    const table = makeTable();
    const [one, other] = [table.join(), table.join()].map(
      (agent) => new Once(agent, lockOffset),
    ) as [Once, Once];
    let done = 0;
    assert.equal(other.isDone, false);
    assert.equal(
      one.call(() => done++),
      true,
    );
    assert.equal(
      other.call(() => done++),
      false,
    );
    assert.equal(done, 1);
    assert.equal(other.state().done, true);
  });

  test('a function that throws has not done it', () => {
    const once = new Once(makeTable().join(), lockOffset);
    assert.throws(() =>
      once.call(() => {
        throw new Error('out of luck');
      }),
    );
    assert.equal(
      once.call(() => undefined),
      true,
    );
  });

  test('a function that calls it again does not wait for itself', () => {
    const once = new Once(makeTable().join(), lockOffset);
    assert.throws(() => once.call(() => once.call(() => undefined)), { code: 'EDEADLK' });
  });

  test('an asynchronous function is waited for', async () => {
    const once = new Once(makeTable().join(), lockOffset);
    let done = 0;
    const call = (): Promise<boolean> =>
      once.callAsync(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        done++;
      });
    const calls = await Promise.all([call(), call(), call()]);
    assert.deepEqual(calls.toSorted(), [false, false, true]);
    assert.equal(done, 1);
  });

  test('the one after an agent that died in it is told', async () => {
    const table = makeTable();
    const main = table.join();
    const [dying] = await TestThread.start(table, 1);
    await dying!.run({ what: 'die in once', offset: lockOffset });
    await dying!.kill();
    let told = false;
    new Once(main, lockOffset).call(({ ownerDied }) => (told = ownerDied));
    assert.equal(told, true);
    assert.equal(new Once(main, lockOffset).isDone, true);
  });

  describe('on worker threads', () => {
    const table = makeTable();
    const main = table.join();
    const started = TestThread.start(table, 4);
    after(async () => {
      for (const thread of await started) await thread.kill();
    });

    test('is done once by all of them', async () => {
      const threads = await started;
      for (let round = 0; round < 50; round++) {
        const offset = lockOffset + round * Once.bytes;
        const job = { what: 'call once', offset, word: dataWord } as const;
        const calls = await Promise.all(threads.map((thread) => thread.run(job)));
        assert.equal(calls.filter((did) => did === true).length, 1);
      }
      assert.equal(main.words[dataWord], 50);
    });
  });
});
