import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CheckThreadPool } from '../../src/execute/atomics/check-session.ts';
import { checkThreads } from '../../src/schedule/check-threads.ts';

let threads: CheckThreadPool;
before(async () => {
  threads = await CheckThreadPool.open(3);
});
after(async () => {
  await threads.close();
});

/** Executions up to which a program is explored in the tests. */
const executions = 5000;

/** What each program shows; complete unless it says otherwise. */
const expected: Readonly<Record<string, { titles?: string[]; partly?: boolean }>> = {
  'ringbuf-one-producer': {},
  'ringbuf-two-producers': {
    titles: [
      'data race on storage+8: nothing orders the two accesses',
      'invariant violated: check',
    ],
  },
  'multithreading-mutex': {},
  'multithreading-rwlock': { partly: true },
  'multithreading-semaphore': {},
  'multithreading-semaphore-amounts': { partly: true },
  'multithreading-condvar': {},
  'multithreading-barrier': {},
  'thread-stream-wait': {},
  'synckit-hand-shake': {},
};

describe('code of others, as it is published', () => {
  for (const [name, { titles = [], partly = false }] of Object.entries(expected)) {
    const what = titles.length > 0 ? 'fails' : 'is correct';
    test(`${name} ${what}${partly ? ' as far as the test goes' : ' in all orders'}`, async () => {
      const file = new URL(`./programs/${name}.js`, import.meta.url);
      const exploration = await checkThreads(file, { threads, executions });
      const found = exploration.findings.map(({ finding }) => finding.title);
      assert.deepEqual([...new Set(found)].sort(), titles);
      assert.equal(exploration.complete, !partly);
      assert.equal(exploration.counts.cutOff, 0);
    });
  }
});
