import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Semaphore, type Agent } from '../../src/locks/index.ts';
import { exclusiveSuite } from './lock-suite.ts';
import { lockOffset, makeTable } from './threads.ts';

exclusiveSuite('Semaphore(1)');

function trio(permits: number): { agents: Agent[]; semaphores: Semaphore[] } {
  const table = makeTable();
  const agents = [table.join(), table.join(), table.join()];
  return { agents, semaphores: agents.map((agent) => new Semaphore(agent, lockOffset, permits)) };
}

describe('Semaphore', () => {
  test('is had by as many as there are permits', () => {
    const [one, other, third] = trio(2).semaphores as [Semaphore, Semaphore, Semaphore];
    one.lock();
    assert.equal(other.tryLock(), true);
    assert.equal(third.tryLock(), false);
    assert.equal(third.lockFor(2), false);
    one.unlock();
    assert.equal(third.tryLock(), true);
    assert.equal(one.state().free, 0);
  });

  test('a permit may be given back by another than who took it', () => {
    const { agents, semaphores } = trio(2);
    semaphores[0]!.lock();
    semaphores[1]!.unlock();
    assert.deepEqual(
      semaphores[2]!.state().holders,
      new Map([
        [agents[0]!.id, 1],
        [agents[1]!.id, -1],
      ]),
    );
    assert.equal(semaphores[2]!.state().free, 2);
  });

  test('more permits than there are cannot be given back', () => {
    const [one] = trio(2).semaphores as [Semaphore];
    one.lock();
    one.unlock();
    const message = /released by agent 1, but all 2 permits are free/;
    assert.throws(() => one.unlock(), { code: 'EPERM', message });
    assert.equal(one.state().free, 2);
  });

  test('every release lets one go, not only the first', async () => {
    const { semaphores } = trio(2);
    const [one, other] = semaphores as [Semaphore, Semaphore, Semaphore];
    one.lock();
    one.lock();
    const waiting = [other.lockAsync(), other.lockAsync()];
    await new Promise((resolve) => setTimeout(resolve, 2));
    one.unlock();
    one.unlock();
    assert.deepEqual(await Promise.all(waiting), ['acquired', 'acquired']);
  });

  test('all who attach say the same number of permits', () => {
    const { agents } = trio(2);
    const message = /expected `permits` to be 2, as others said, got 3/;
    assert.throws(() => new Semaphore(agents[0]!, lockOffset, 3), { code: 'EINVAL', message });
    for (const permits of [0, -1, 1.5, 2 ** 19]) {
      assert.throws(() => new Semaphore(agents[0]!, lockOffset, permits), {
        message: `Semaphore: expected \`permits\` to be 1 to 524287, got ${permits}`,
      });
    }
  });
});
