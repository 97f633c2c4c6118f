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

describe('a thread that spins', () => {
  test('leaves a loop of a hundred turns by itself, and also by what another does', async () => {
    const file = new URL('bounded-spin.js', folder);
    const { returned } = (await import(file.href)) as { returned: Set<string> };
    returned.clear();
    const { complete, findings, counts } = await checkThreads(file, { threads });
    assert.equal(complete, true);
    assert.deepEqual(findings, []);
    assert.deepEqual([...returned].sort(), ['given up', 'seen']);
    // Its first turns are told apart, the others count as one.
    assert.equal(counts.executions, 4);
  });

  test('does not spin while the word that it looks at moves', async () => {
    const { complete, findings } = await checkThreads(new URL('moving-word.js', folder), {
      threads,
    });
    assert.equal(complete, true);
    assert.deepEqual(findings, []);
  });

  test('is not one that gets somewhere each time, though the results are the same', async () => {
    const { complete, findings } = await checkThreads(new URL('to-and-fro.js', folder), {
      threads,
    });
    assert.equal(complete, true);
    assert.deepEqual(findings, []);
  });

  test('on what nobody changes is a deadlock', async () => {
    const { findings } = await checkThreads(new URL('never-set.js', folder), { threads });
    assert.deepEqual(
      findings.map(({ finding }) => finding.kind),
      ['deadlock'],
    );
  });
});
