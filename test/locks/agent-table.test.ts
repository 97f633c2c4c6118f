import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AgentTable, Mutex } from '../../src/locks/index.ts';
import { capacity, lockOffset, makeTable, TestThread } from './threads.ts';

describe('AgentTable', () => {
  test('gives each agent a slot and a number of its own', () => {
    const table = makeTable();
    const agents = Array.from({ length: capacity }, () => table.join());
    assert.equal(new Set(agents.map(({ id }) => id)).size, capacity);
    assert.equal(new Set(agents.map(({ slot }) => slot)).size, capacity);
    const message = 'AgentTable: all 8 slots are taken';
    assert.throws(() => table.join(), { name: 'LockError', code: 'EAGAIN', message });
  });

  test('gives a slot again, and a number never', () => {
    const table = makeTable();
    const left = table.join();
    left.leave();
    const next = table.join();
    assert.equal(next.slot, left.slot);
    assert.notEqual(next.id, left.id);
    assert.equal(table.isAlive(left.id), false);
    assert.equal(table.isAlive(next.id), true);
    left.leave();
    assert.equal(table.isAlive(next.id), true, 'who left cannot leave for another');
  });

  test('buries the agents of one thread only', () => {
    const table = makeTable();
    const [one, other] = [table.join({ thread: 7 }), table.join({ thread: 8 })];
    table.bury(7);
    assert.equal(table.isAlive(one.id), false);
    assert.equal(table.hasDied(one.id), true);
    assert.equal(table.isAlive(other.id), true);
    assert.deepEqual(table.state(), [
      { id: one.id, thread: 7, alive: false, sleepsAt: undefined },
      { id: other.id, thread: 8, alive: true, sleepsAt: undefined },
    ]);
  });

  test('sees a watched worker die', async () => {
    const table = makeTable();
    const [thread] = await TestThread.start(table, 1);
    const { id } = table.state()[0]!;
    await thread!.kill();
    assert.equal(table.hasDied(id), true);
  });

  test('what one who leaves still holds is held by a dead one', () => {
    const table = makeTable();
    const [one, other] = [table.join(), table.join()];
    new Mutex(one, lockOffset).lock();
    one.leave();
    assert.equal(new Mutex(other, lockOffset).lock(), 'ownerDied');
  });

  test('refuses what is no place for it, in one line', () => {
    const refused = (make: () => unknown, message: string | RegExp): void => {
      assert.throws(make, { name: 'LockError', code: 'EINVAL', message });
    };
    const buffer = new SharedArrayBuffer(4096);
    const plain = new ArrayBuffer(4096) as unknown as SharedArrayBuffer;
    refused(
      () => new AgentTable(plain),
      'AgentTable: expected a SharedArrayBuffer, got ArrayBuffer',
    );
    refused(
      () => new AgentTable(buffer, { capacity: 65 }),
      'AgentTable: expected `capacity` to be 1 to 64, got 65',
    );
    refused(
      () => new AgentTable(buffer, { offset: 12 }),
      /expected `offset` to be a multiple of 64/,
    );
    refused(() => new AgentTable(buffer, { capacity: 64 }), /do not fit into a buffer of 4096$/);
    void new AgentTable(buffer, { capacity: 4 });
    refused(
      () => new AgentTable(buffer, { capacity: 5 }),
      'AgentTable: expected `capacity` to be 4, as others said, got 5',
    );
    refused(() => new AgentTable(buffer).join({ spins: -1 }), /expected `capacity` to be 4/);
    refused(() => new AgentTable(buffer, { capacity: 4 }).join({ spins: -1 }), /`spins`/);
  });
});
