import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { makeNotifierBlock, Notify } from '../../src/kernel/notifier-chain.ts';
import { memoryEventName, type MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { faults, soloRun, type SoloRun } from './solo-run.ts';

/** Takes a block offline past KSM, with a callback before it that may refuse. */
function offline(without: string, answer: number): SoloRun {
  return soloRun(
    { release: 'v3.19', without, notifiers: 'ksm', blocksOnline: 1 },
    (kernel) => sysfsWrite(kernel, 'memory32/state', 'offline'),
    (arena, kernel: Kernel) => {
      makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
        name: 'first',
        priority: 1000,
        registered: true,
        // eslint-disable-next-line require-yield -- a step that takes no operation
        *call(_self, action) {
          return memoryEventName(kernel, action) === 'goingOffline' ? answer : Notify.ok;
        },
      });
    },
  );
}

const lockOrder = ({ locks }: SoloRun): string =>
  locks.filter((lock) => /ksm|memory_chain/.test(lock)).join(' ');

const walk = '+memory_chain.rwsem (r)';
const end = '-memory_chain.rwsem';
const released = `${walk} +ksm_thread_mutex -ksm_thread_mutex ${end}`;

describe('the mutex of KSM', () => {
  test('is given back between the events', () => {
    const run = offline('', Notify.ok);
    assert.equal(lockOrder(run), `${released} ${released}`);
    assert.deepEqual(faults(run), []);
  });

  test('is kept between them without ef4d43a80758', () => {
    const run = offline('ef4d43a80758', Notify.ok);
    assert.equal(
      lockOrder(run),
      `${walk} +ksm_thread_mutex ${end} ${walk} -ksm_thread_mutex ${end}`,
    );
    assert.deepEqual(faults(run), []);
  });

  test('is given back without ef4d43a80758 even if another callback refused before', () => {
    assert.deepEqual(faults(offline('', Notify.bad)), []);
    const [title = ''] = faults(offline('ef4d43a80758', Notify.bad));
    assert.match(title, /ksm_thread_mutex/);
  });
});
