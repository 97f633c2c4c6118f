import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ENOMEM, resultName } from '../../src/kernel/errno.ts';
import {
  NodeEvent,
  registerNodeNotifier,
  unregisterNodeNotifier,
} from '../../src/kernel/node-notify.ts';
import { Notify, notifierFromErrno } from '../../src/kernel/notifier-chain.ts';
import { told } from './notifier-observer.ts';

/** The memory is the first and the last of node 1, in a kernel with a node notifier. */
const machine = { release: 'v6.8', nodeNotifier: true, nodes: 2, hotplugNode: 1 };
const both = ['state=online', 'state=offline'];

describe('the node notifier', () => {
  test('encloses GOING events, and precedes the closing ones', () => {
    assert.deepEqual(told([{ name: 'a' }], both, machine).calls, [
      'node1 addingFirstMemory',
      'a goingOnline',
      'node1 addedFirstMemory',
      'a online',
      'node1 removingLastMemory',
      'a goingOffline',
      'node1 removedLastMemory',
      'a offline',
    ]);
  });

  test('its events are bits of their own', () => {
    const values = Object.values(NodeEvent);
    assert.deepEqual(values, [1, 2, 4, 8, 16, 32]);
  });

  test('is not called for a node that keeps memory, nor in kernels that have none', () => {
    const { calls } = told([{ name: 'a' }], both, { ...machine, hotplugNode: 0 });
    assert.ok(calls.every((call) => call.startsWith('a ')));
    const older = told([{ name: 'a' }], both, { ...machine, nodeNotifier: false });
    assert.ok(older.calls.every((call) => call.startsWith('a ')));
  });

  test('has taken over the fields of nodes: memory callbacks are not told any', () => {
    for (const arg of told([{ name: 'a' }], both, machine).args) {
      const { statusChangeNidNormal, statusChangeNidHigh, statusChangeNid } = arg;
      assert.deepEqual([statusChangeNidNormal, statusChangeNidHigh, statusChangeNid], [-1, -1, -1]);
      assert.deepEqual([arg.startPfn, arg.nrPages], [0x100000, 0x8000]);
    }
  });

  test('a veto of adding: memory CANCEL_ONLINE although GOING_ONLINE was not sent', () => {
    const { calls, results } = told([{ name: 'a' }], ['state=online'], machine, {
      nodeAnswers: { addingFirstMemory: notifierFromErrno(-ENOMEM) },
    });
    assert.deepEqual(results, ['ENOMEM']);
    assert.deepEqual(calls, [
      'node1 addingFirstMemory',
      'a cancelOnline',
      'node1 cancelAddingFirstMemory',
    ]);
  });

  test('a veto of removing: memory CANCEL_OFFLINE although GOING_OFFLINE was not sent', () => {
    const { calls, results } = told([{ name: 'a' }], both, machine, {
      nodeAnswers: { removingLastMemory: Notify.bad },
    });
    assert.deepEqual(results, ['6', 'EPERM']);
    assert.deepEqual(calls.slice(4), [
      'node1 removingLastMemory',
      'a cancelOffline',
      'node1 cancelRemovingLastMemory',
    ]);
  });

  test('where memory vetoes, its CANCEL comes before that of the node', () => {
    const answers = { goingOnline: Notify.bad, goingOffline: Notify.bad };
    const { calls } = told([{ name: 'a', answers }], ['state=online'], machine);
    assert.deepEqual(calls, [
      'node1 addingFirstMemory',
      'a goingOnline',
      'a cancelOnline',
      'node1 cancelAddingFirstMemory',
    ]);
  });

  test('registers as the memory notifier does: EEXIST, ENOENT', () => {
    const results: string[] = [];
    const { calls } = told([], ['state=online'], machine, {
      *agent(kernel) {
        const block = kernel.nodeChain.blocks[0]!;
        results.push(resultName(yield* registerNodeNotifier(kernel, block)));
        results.push(resultName(yield* unregisterNodeNotifier(kernel, block)));
        results.push(resultName(yield* unregisterNodeNotifier(kernel, block)));
      },
    });
    assert.deepEqual(results, ['EEXIST', '0', 'ENOENT']);
    assert.deepEqual(calls, []);
  });
});
