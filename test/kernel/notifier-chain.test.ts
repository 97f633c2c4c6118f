import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import {
  memoryNotify,
  registerMemoryNotifier,
  unregisterMemoryNotifier,
  type MemoryNotify,
} from '../../src/kernel/memory-notify.ts';
import {
  makeNotifierBlock,
  Notify,
  notifierFromErrno,
  notifierToErrno,
} from '../../src/kernel/notifier-chain.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { told } from './notifier-observer.ts';
import { soloRun } from './solo-run.ts';

const online = ['state=online'];

describe('what a callback returns', () => {
  test('DONE is 0, OK 1; BAD and STOP carry the mask 0x8000', () => {
    assert.deepEqual([Notify.done, Notify.ok, Notify.stopMask], [0, 1, 0x8000]);
    assert.equal(Notify.bad, Notify.stopMask | 2);
    assert.equal(Notify.stop, Notify.stopMask | Notify.ok);
  });

  test('notifier_from_errno() carries an error exactly, and with it the mask', () => {
    for (const error of [1, 4, 5, 11, 12, 16, 22, 4095]) {
      const returned = notifierFromErrno(-error);
      assert.equal(notifierToErrno(returned), -error);
      assert.equal(returned & Notify.stopMask, Notify.stopMask);
    }
    assert.equal(notifierFromErrno(0), Notify.ok);
  });

  test('notifier_to_errno() makes EPERM of BAD, and 0 of DONE, OK and STOP', () => {
    assert.equal(notifierToErrno(Notify.bad), -1);
    assert.equal(notifierFromErrno(-1), Notify.bad);
    for (const fine of [Notify.done, Notify.ok, Notify.stop]) {
      assert.equal(notifierToErrno(fine), 0);
    }
  });
});

describe('the order of a chain', () => {
  test('is that of descending priority, and of registration among equal ones', () => {
    const observers = [
      { name: 'a', priority: 0 },
      { name: 'b', priority: 100 },
      { name: 'c', priority: 0 },
      { name: 'd', priority: -100 },
    ];
    const { calls } = told(observers, online);
    assert.deepEqual(
      calls.filter((call) => call.endsWith('goingOnline')),
      ['b', 'a', 'c', 'd'].map((name) => `${name} goingOnline`),
    );
  });

  test('a block that registers again comes last among equals', () => {
    const { calls } = told(
      [{ name: 'a' }, { name: 'b' }, { name: 'c', priority: -1 }],
      online,
      {},
      {
        *agent(kernel, [a]) {
          yield* unregisterMemoryNotifier(kernel, a!);
          yield* registerMemoryNotifier(kernel, a!);
        },
      },
    );
    assert.deepEqual(calls.slice(0, 3), ['b goingOnline', 'a goingOnline', 'c goingOnline']);
  });
});

describe('registering', () => {
  test('twice is EEXIST; unregistering what is not there is ENOENT', () => {
    const results: string[] = [];
    const { calls } = told(
      [{ name: 'a' }, { name: 'b', registered: false }],
      online,
      {},
      {
        *agent(kernel, [a, b]) {
          results.push(resultName(yield* registerMemoryNotifier(kernel, a!)));
          results.push(resultName(yield* unregisterMemoryNotifier(kernel, b!)));
          results.push(resultName(yield* unregisterMemoryNotifier(kernel, a!)));
          results.push(resultName(yield* unregisterMemoryNotifier(kernel, a!)));
          results.push(resultName(yield* registerMemoryNotifier(kernel, b!)));
        },
      },
    );
    assert.deepEqual(results, ['EEXIST', 'ENOENT', '0', 'ENOENT', '0']);
    assert.deepEqual(calls, ['b goingOnline', 'b online']);
  });

  test('is for writing, the whole walk for reading', () => {
    const { locks } = soloRun(
      {},
      function* (kernel): Step {
        const block = kernel.memoryChain.blocks[0]!;
        yield* registerMemoryNotifier(kernel, block);
        yield* memoryNotify(kernel, 'online', event);
        yield* unregisterMemoryNotifier(kernel, block);
      },
      (arena, kernel) => {
        const mutex = arena.mutex('inner');
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'a',
          *call() {
            yield* mutex.acquire();
            yield* mutex.release();
            return Notify.ok;
          },
        });
      },
    );
    const write = ['+memory_chain.rwsem', '-memory_chain.rwsem'];
    const walk = ['+memory_chain.rwsem (r)', '+inner', '-inner', '-memory_chain.rwsem'];
    assert.deepEqual(locks, [...write, ...walk, ...write]);
  });

  test('an empty list is skipped without locking', () => {
    const none = soloRun({}, (kernel) => memoryNotify(kernel, 'goingOnline', event));
    assert.deepEqual(none.locks, []);
    assert.equal(none.result, 0);
  });

  test('from inside of the chain never ends', () => {
    const run = soloRun(
      {},
      (kernel) => sysfsWrite(kernel, 'memory32/state', 'online'),
      (arena, kernel) => {
        const other = makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'other',
          *call(self) {
            yield* self.order.load();
            return Notify.done;
          },
        });
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'a',
          registered: true,
          *call() {
            yield* registerMemoryNotifier(kernel, other);
            return Notify.ok;
          },
        });
      },
    );
    assert.equal(run.result, undefined);
    assert.ok(run.findings.some((title) => title.includes('memory_chain')));
  });
});

const event: MemoryNotify = {
  startPfn: 0x100000,
  nrPages: 0x8000,
  statusChangeNidNormal: -1,
  statusChangeNidHigh: -1,
  statusChangeNid: -1,
};
