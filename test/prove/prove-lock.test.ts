import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CheckThreadPool } from '../../src/execute/atomics/check-session.ts';
import { Mutex, SpinLock } from '../../src/locks/index.ts';
import { bounds } from './bounds.ts';
import { proveProgram } from './prove-lock.ts';
import { programsOf, programText } from './programs.ts';

let threads: CheckThreadPool;
before(async () => {
  threads = await CheckThreadPool.open(3);
});
after(async () => {
  await threads.close();
});

describe('programs for locks', () => {
  test('are all there are, up to which agent is which', () => {
    assert.deepEqual(programsOf(['a', 'b'], 2, 2).map(programText), ['a | a', 'a | b', 'b | b']);
    // One of the agents makes two calls: 2 x 4 more.
    assert.equal(programsOf(['a', 'b'], 2, 3).length, 3 + 8);
    assert.equal(programsOf(['a', 'b'], 3, 3).length, 4);
  });
});

describe('a lock of heddle/locks cannot be told from the one-step lock', () => {
  // All bounds are for `npm run prove -- locks`; here are two agents that make a call each.
  for (const { lock, calls, allows } of bounds) {
    test(`${lock}: by any program of two agents with one call each`, async () => {
      let states = 0;
      for (const program of programsOf(calls, 2, 2)) {
        const proof = await proveProgram(lock, program, 0, threads);
        const faults = proof.faults.filter((fault) => allows?.words.test(fault) !== true);
        assert.deepEqual(faults, [], programText(program));
        states += proof.states;
      }
      assert.ok(states > 0);
    });
  }

  test('a spin lock has no way of its own, so that the proof of the mutex is its proof', () => {
    assert.deepEqual(Reflect.ownKeys(SpinLock.prototype), ['constructor']);
    assert.deepEqual(Reflect.ownKeys(Mutex.prototype), ['constructor']);
    assert.equal(Object.getPrototypeOf(SpinLock), Object.getPrototypeOf(Mutex));
  });

  test('a weak try is one by name, and what only it explains is counted', async () => {
    const program = [['tryWrite'], ['tryWrite', 'read']];
    const { faults, weak } = await proveProgram('PercpuRwSemaphore', program, 0, threads);
    assert.deepEqual(faults, []);
    // The second try fails though the first one has the lock after the read, or has it never.
    assert.equal(weak, 2);
  });

  test('a try to write that fails leaves no reader asleep', async () => {
    const program = [['read'], ['read'], ['tryWrite']];
    assert.deepEqual((await proveProgram('PercpuRwSemaphore', program, 0, threads)).faults, []);
  });

  test('each order once shows what each state once shows', async () => {
    for (const [lock, program] of [
      ['Mutex', [['lock', 'for'], ['try']]],
      ['Semaphore(1)', [['lock'], ['lock', 'try']]],
      ['Condition', [['await'], ['one', 'all']]],
    ] as const) {
      const states = await proveProgram(lock, program, 1, threads);
      const orders = await proveProgram(lock, program, 1, threads, lock, 'dpor');
      assert.equal(states.outcomes, orders.outcomes, lock);
      assert.deepEqual([...states.faults].sort(), [...orders.faults].sort(), lock);
      assert.ok(states.states > 0 && orders.executions > 0);
    }
  });

  test('and one that can be told is', async () => {
    // A mutex that is said to be a semaphore of two permits lets in too few.
    const { faults } = await proveProgram('Mutex', [['lock'], ['try']], 0, threads, 'Semaphore(2)');
    assert.ok(faults.some((fault) => fault.startsWith('more: ')));
  });
});
