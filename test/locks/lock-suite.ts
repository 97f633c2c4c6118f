import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Agent, Lock } from '../../src/locks/index.ts';
import { lockKinds, type LockKind, type LockKindName } from './lock-kinds.ts';
import { lockThreadSuite } from './lock-thread-suite.ts';
import { capacity, lockOffset, makeTable } from './threads.ts';

/** A fresh buffer, and the lock as two agents of this thread have it. */
export function pair(kind: LockKind): { agents: [Agent, Agent]; locks: [Lock, Lock] } {
  const table = makeTable();
  const agents: [Agent, Agent] = [table.join(), table.join()];
  const locks: [Lock, Lock] = [kind.make(agents[0], lockOffset), kind.make(agents[1], lockOffset)];
  return { agents, locks };
}

/** What every lock must do that one agent has at a time. */
export function exclusiveSuite(name: LockKindName): void {
  const kind: LockKind = lockKinds[name];
  const owned = !name.startsWith('Semaphore');

  void describe(name, () => {
    void test('is had by one agent at a time', () => {
      const [one, other] = pair(kind).locks;
      assert.equal(one.lock(), 'acquired');
      assert.equal(other.tryLock(), false);
      assert.equal(other.lockFor(0), false);
      one.unlock();
      assert.equal(other.tryLock(), true);
      assert.equal(one.tryLock(), false);
      other.unlock();
      assert.equal(one.lockFor(1000), true);
      one.unlock();
    });

    void test('is still had as usual after waits that timed out', () => {
      const [one, other] = pair(kind).locks;
      one.lock();
      for (let round = 0; round < 3; round++) assert.equal(other.lockFor(2), false);
      one.unlock();
      assert.equal(other.lock(), 'acquired');
      other.unlock();
      one.lock();
      one.unlock();
    });

    void test('a limited wait lasts as long as was said', () => {
      const [one, other] = pair(kind).locks;
      one.lock();
      const begun = performance.now();
      assert.equal(other.lockFor(40), false);
      assert.ok(performance.now() - begun >= 39);
      one.unlock();
    });

    void test('refuses a limit that is no time', () => {
      const [one] = pair(kind).locks;
      for (const ms of [-1, NaN, Infinity, 2 ** 31]) {
        assert.throws(() => one.lockFor(ms), {
          code: 'EINVAL',
          message: /expected `ms` to be 0 to/,
        });
      }
    });

    guardTests(kind);
    ownerTests(kind, owned);
    asynchronousTests(kind, owned);
    stateTests(name, kind);
  });

  lockThreadSuite(name, kind, owned);
}

function guardTests(kind: LockKind): void {
  void test('a guard releases it once', () => {
    const [one, other] = pair(kind).locks;
    const guard = one.guard();
    assert.equal(other.tryLock(), false);
    guard.release();
    guard[Symbol.dispose]();
    assert.equal(other.tryLock(), true);
    other.unlock();
  });

  void test('is held while a function runs, and released when it throws', () => {
    const [one, other] = pair(kind).locks;
    assert.equal(
      one.withLock(() => other.tryLock()),
      false,
    );
    assert.throws(() =>
      one.withLock(() => {
        throw new Error('out of luck');
      }),
    );
    assert.equal(other.tryLock(), true);
    other.unlock();
  });
}

function ownerTests(kind: LockKind, owned: boolean): void {
  void test('is released by nobody who does not hold it', { skip: !owned && 'no owner' }, () => {
    const [one, other] = pair(kind).locks;
    const refused = { name: 'LockError', code: 'EPERM' };
    assert.throws(() => one.unlock(), { ...refused, message: /nobody holds it/ });
    one.lock();
    assert.throws(() => other.unlock(), { ...refused, message: /agent 2, but agent 1 holds it/ });
    assert.throws(() => other.makeConsistent(), refused);
    assert.throws(() => one.makeConsistent(), { code: 'EINVAL' });
    assert.equal(other.tryLock(), false);
    one.unlock();
    assert.throws(() => one.unlock(), refused);
    assert.equal(other.tryLock(), true);
  });

  void test('an agent does not wait for itself', { skip: !owned && 'no owner' }, () => {
    const [one] = pair(kind).locks;
    one.lock();
    assert.throws(() => one.lock(), { code: 'EDEADLK' });
    assert.throws(() => one.lockFor(1000), { code: 'EDEADLK' });
    assert.equal(one.tryLock(), false);
    one.unlock();
    one.lock();
  });
}

function asynchronousTests(kind: LockKind, owned: boolean): void {
  void test('an asynchronous wait ends when it is released', async () => {
    const [one, other] = pair(kind).locks;
    assert.equal(await one.lockAsync(), 'acquired');
    let got = false;
    const waiting = other.lockAsync().then((outcome) => {
      got = true;
      return outcome;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(got, false);
    one.unlock();
    assert.equal(await waiting, 'acquired');
    assert.equal(one.tryLock(), false);
    other.unlock();
    assert.equal(one.tryLock(), true);
  });

  void test('tasks of one thread have it one after the other', async () => {
    const [one] = pair(kind).locks;
    let inside = 0;
    let most = 0;
    const task = (): Promise<void> =>
      one.withLockAsync(async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
      });
    await Promise.all(Array.from({ length: 8 }, task));
    assert.equal(most, 1);
    assert.equal(one.tryLock(), true);
  });

  void test('an asynchronous wait that is aborted leaves nothing behind', async () => {
    const [one, other] = pair(kind).locks;
    one.lock();
    const controller = new AbortController();
    const waiting = other.lockAsync({ signal: controller.signal });
    const refused = assert.rejects(waiting, { message: 'enough' });
    controller.abort(new Error('enough'));
    await refused;
    one.unlock();
    await assert.rejects(other.lockAsync({ signal: controller.signal }), { message: 'enough' });
    assert.equal(other.tryLock(), true);
    other.unlock();
    assert.equal(one.lock(), 'acquired');
    if (owned) assert.throws(() => one.lock(), { code: 'EDEADLK' });
  });
}

function stateTests(name: LockKindName, kind: LockKind): void {
  void test('says who holds it', () => {
    const { agents, locks } = pair(kind);
    const before = kind.state(agents[1], lockOffset);
    locks[0].lock();
    const state = kind.state(agents[1], lockOffset) as Record<string, unknown>;
    if (state['holders'] !== undefined && name.startsWith('Semaphore')) {
      assert.deepEqual(state['holders'], new Map([[agents[0].id, 1]]));
    } else assert.equal(state['owner'] ?? state['writer'], agents[0].id);
    locks[0].unlock();
    if (!name.startsWith('SeqLock')) assert.deepEqual(kind.state(agents[1], lockOffset), before);
  });

  void test('refuses what is no place for it, in one line', () => {
    const table = makeTable();
    const agent = table.join();
    const bytes = kind.bytes(capacity);
    const place = (offset: number, message: RegExp): void => {
      assert.throws(() => kind.make(agent, offset), { name: 'LockError', code: 'EINVAL', message });
    };
    place(lockOffset + 4, /expected `offset` to be a multiple of 64, 0 or more, got \d+$/);
    place(-64, /got -64$/);
    place(1.5, /got 1.5$/);
    place(table.buffer.byteLength, new RegExp(`${bytes} bytes at \`offset\` 16384 do not fit`));
    place(0, /lies in the agent table, which is at 0 to \d+$/);
    agent.words[lockOffset / 4] = 77;
    place(lockOffset, /at `offset` \d+ lies no lock, but other data$/);
    agent.words[lockOffset / 4] = 0x4c0c000b;
    place(lockOffset, /at `offset` \d+ lies Completion$/);
  });

  void test('refuses spins that are no count', () => {
    const agent = makeTable().join();
    for (const spins of [-1, 0.5, 1e7]) {
      assert.throws(() => kind.make(agent, lockOffset, { spins }), {
        message: `expected \`spins\` to be 0 to 1000000, got ${spins}`,
      });
    }
  });
}
