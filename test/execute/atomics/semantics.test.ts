import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CheckThreadPool } from '../../../src/execute/atomics/check-session.ts';
import { checkThreads } from '../../../src/schedule/check-threads.ts';

let threads: CheckThreadPool;
before(async () => {
  threads = await CheckThreadPool.open(3);
});
after(async () => {
  await threads.close();
});

const folder = new URL('./programs/', import.meta.url);

interface Everything {
  readonly everything: (shared: { buffer: SharedArrayBuffer }) => string[];
  readonly returned: string[][];
}

describe('under control', () => {
  for (const plain of [true, false]) {
    const what = plain ? 'every access' : 'every call of Atomics';
    test(`${what}, of every size, gives what it gives on the platform`, async () => {
      const file = new URL('every-operation.js', folder);
      const { everything, returned } = (await import(file.href)) as Everything;
      returned.length = 0;
      const { findings } = await checkThreads(file, { threads, plain });
      assert.deepEqual(
        findings.map(({ finding }) => finding.title),
        [],
      );
      const expected = everything({ buffer: new SharedArrayBuffer(32) });
      assert.ok(expected.length > 500);
      assert.deepEqual(returned[0], expected);
    });
  }

  test('a notify wakes who came first, and a time-out ends the other wait', async () => {
    const { findings, complete } = await checkThreads(new URL('notify-order.js', folder), {
      threads,
    });
    assert.equal(complete, true);
    // The second waiter's time may be up before or after it is notified that there is nothing.
    assert.deepEqual(
      findings.map(({ finding }) => finding.title),
      [],
    );
  });
});
