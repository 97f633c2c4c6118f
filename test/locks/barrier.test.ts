import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Barrier } from '../../src/locks/index.ts';
import { dataWord, lockOffset, makeTable, TestThread, until } from './threads.ts';

describe('Barrier', () => {
  test('a party that gave up has not come', async () => {
    const table = makeTable();
    const [one, other] = [table.join(), table.join()].map(
      (agent) => new Barrier(agent, lockOffset, 2),
    ) as [Barrier, Barrier];
    assert.equal(one.waitFor(2), false);
    await assert.rejects(one.waitAsync({ signal: AbortSignal.timeout(2) }));
    assert.deepEqual(one.state(), { parties: 2, arrived: 0, generation: 0 });
    const waiting = one.waitAsync();
    assert.equal(other.wait(), true);
    assert.equal(await waiting, false);
    assert.deepEqual(one.state(), { parties: 2, arrived: 0, generation: 1 });
  });

  test('of one party is no wait', () => {
    const barrier = new Barrier(makeTable().join(), lockOffset, 1);
    assert.equal(barrier.wait(), true);
    assert.equal(barrier.waitFor(0), true);
  });

  test('all who attach say the same number of parties', () => {
    const agent = makeTable().join();
    new Barrier(agent, lockOffset, 2);
    const message = /expected `parties` to be 2, as others said, got 3/;
    assert.throws(() => new Barrier(agent, lockOffset, 3), { code: 'EINVAL', message });
    assert.throws(() => new Barrier(agent, lockOffset, 0), { code: 'EINVAL' });
  });

  test('parties that wait hear that one died; one that left is no matter', () => {
    const table = makeTable();
    const barrier = new Barrier(table.join(), lockOffset, 2);
    const left = table.join();
    void new Barrier(left, lockOffset, 2);
    left.leave();
    assert.equal(barrier.waitFor(1), false);
    void new Barrier(table.join({ thread: 99 }), lockOffset, 2);
    table.bury(99);
    assert.throws(() => barrier.wait(), { code: 'EOWNERDEAD' });
  });

  describe('on worker threads', () => {
    const table = makeTable();
    const started = TestThread.start(table, 4);
    table.join();
    after(async () => {
      for (const thread of await started) await thread.kill();
    });

    test('nobody is through before all have come, and one is told that it was last', async () => {
      const threads = await started;
      const rounds = 2000;
      const parties = threads.length;
      const place = { offset: lockOffset, word: dataWord, rounds, parties };
      const answers = (await Promise.all(
        threads.map((thread) => thread.run({ what: 'meet', ...place })),
      )) as { behind: number; serial: number }[];
      assert.deepEqual(
        answers.map(({ behind }) => behind),
        [0, 0, 0, 0],
      );
      assert.equal(
        answers.reduce((sum, { serial }) => sum + serial, 0),
        rounds,
      );
    });

    test('a thread that dies is reported to those who sleep', async () => {
      const [one, other] = await started;
      const place = { offset: lockOffset + 1024, word: dataWord, rounds: 1, parties: 3 };
      const met = [one!.run({ what: 'meet', ...place }), other!.run({ what: 'meet', ...place })];
      const asleep = (): number => table.state().filter(({ sleepsAt }) => sleepsAt).length;
      await until(() => asleep() === 2, 'both sleep');
      await other!.kill();
      assert.match(String(await met[0]), /an agent that had attached to it died/);
    });
  });
});
