import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { PercpuRwSemaphore, type AgentTable } from '../../src/locks/index.ts';
import { rwSuite } from './rw-suite.ts';
import { lockOffset, makeTable } from './threads.ts';

rwSuite('PercpuRwSemaphore', { queues: true });

const deadThread = 99;

/** A try to write that gets as far as to have stopped the readers, and there it ends. */
function stopInTry(table: AgentTable): void {
  const writer = new PercpuRwSemaphore(table.join({ thread: deadThread }), lockOffset);
  const stop = (): never => {
    throw new Error('here it ends');
  };
  Object.defineProperties(writer.write, { readersInside: { value: false } });
  Object.assign(writer.write, { openLines: stop });
  const other = new PercpuRwSemaphore(table.join(), lockOffset);
  other.read.lock();
  assert.throws(() => writer.write.tryLock(), /here it ends/);
  other.read.unlock();
}

/** That would be for ever. */
function refuseSleep(t: TestContext): void {
  t.mock.method(Atomics, 'wait', () => assert.fail('it sleeps'));
}

describe('a try to read while a writer that tries dies', () => {
  test('sleeps until the death, and says it', (t) => {
    const table = makeTable();
    stopInTry(table);
    const agent = table.join();
    const { read } = new PercpuRwSemaphore(agent, lockOffset);
    const begin = agent.beginSleep.bind(agent);
    t.mock.method(agent, 'beginSleep', (index: number, holdsOwner: boolean) => {
      begin(index, holdsOwner);
      table.bury(deadThread);
    });
    refuseSleep(t);
    assert.throws(() => read.tryLock(), { code: 'EOWNERDEAD' });
  });

  for (const way of ['lock', 'tryLock', 'lockFor', 'lockAsync'] as const) {
    test(`does not wait for it any more once another has the lock by ${way}`, async (t) => {
      const table = makeTable();
      stopInTry(table);
      const { read } = new PercpuRwSemaphore(table.join(), lockOffset);
      table.bury(deadThread);
      assert.throws(() => read.tryLock(), { code: 'EOWNERDEAD' });
      const { write } = new PercpuRwSemaphore(table.join(), lockOffset);
      const ways = {
        lock: () => write.lock(),
        tryLock: () => write.tryLock(),
        lockFor: () => write.lockFor(1000),
        lockAsync: () => write.lockAsync(),
      };
      await ways[way]();
      write.makeConsistent();
      refuseSleep(t);
      assert.equal(read.tryLock(), false);
      write.unlock();
      assert.equal(read.tryLock(), true);
    });
  }
});
