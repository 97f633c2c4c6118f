import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CheckThreadPool } from '../../../src/execute/atomics/check-session.ts';
import { UserError } from '../../../src/program/errors.ts';
import { checkThreads, type CheckThreadsOptions } from '../../../src/schedule/check-threads.ts';
import type { Exploration } from '../../../src/schedule/explore.ts';

let threads: CheckThreadPool;
before(async () => {
  threads = await CheckThreadPool.open(3);
});
after(async () => {
  await threads.close();
});

async function checked(
  name: string,
  options: CheckThreadsOptions = {},
): Promise<Exploration & { titles: string[] }> {
  const file = new URL(`./programs/${name}.js`, import.meta.url);
  const exploration = await checkThreads(file, { threads, ...options });
  const titles = exploration.findings.map(({ finding }) => finding.title);
  return { ...exploration, titles };
}

/** Executions of those that are correct, all orders that matter. */
const correct: Readonly<Record<string, number>> = {
  'futex-mutex': 12,
  spinning: 4,
  polling: 6,
  bytes: 12,
  channel: 4,
  promised: 2,
  published: 4,
  reactions: 6,
  'timed-out': 4,
};

describe('code that uses Atomics itself', () => {
  for (const [name, executions] of Object.entries(correct)) {
    test(`${name} is correct in all ${executions} orders`, async () => {
      const { complete, counts, titles } = await checked(name);
      assert.deepEqual(titles, []);
      assert.equal(complete, true);
      assert.equal(counts.executions, executions);
    });
  }

  test('a wait that misses its notify is found, with who waits on which word', async () => {
    const { titles, findings } = await checked('lost-wake-up');
    assert.deepEqual(titles, [
      'deadlock: waiting for a notify that never comes (waiter for flag[1])',
    ]);
    assert.equal(findings[0]!.steps.agents.length, 4);
    assert.equal(findings[0]!.preemptions, 1);
  });

  test('a flag that is plain is a race, and so is what it publishes', async () => {
    const { titles } = await checked('racy-flag');
    assert.deepEqual(titles.sort(), [
      'data race on data[0]: nothing orders the two accesses',
      'data race on flag[0]: nothing orders the two accesses',
    ]);
  });

  test('accesses of different sizes race where they overlap', async () => {
    const { titles } = await checked('mixed-sizes');
    assert.deepEqual(titles, ['data race on words[1]+1: nothing orders the two accesses']);
  });

  test('what a thread throws is a finding with its place', async () => {
    const { findings } = await checked('throwing');
    assert.equal(findings.length, 1);
    assert.equal(findings[0]!.finding.title, 'agent second failed: the first one was first');
    assert.match(findings[0]!.finding.stack!, /programs\/throwing\.js:\d+/);
  });

  test('a thread that keeps state between executions is told so', async () => {
    await assert.rejects(checked('forgetful'), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /thread "agent\d" does something else .* keeps state/);
      return true;
    });
  });

  test('three threads that spin on a test-and-set lock come to an end', async () => {
    const { complete, titles, counts } = await checked('spin-lock');
    assert.deepEqual(titles, []);
    assert.equal(complete, true);
    assert.equal(counts.cutOff, 0);
  });
});

describe('without plain accesses', () => {
  for (const name of ['futex-mutex', 'spinning', 'channel']) {
    test(`${name} is correct`, async () => {
      const { complete, titles } = await checked(name, { plain: false });
      assert.deepEqual(titles, []);
      assert.equal(complete, true);
    });
  }

  test('races are not seen, lost wake-ups are', async () => {
    assert.deepEqual((await checked('racy-flag', { plain: false })).titles, []);
    assert.equal((await checked('lost-wake-up', { plain: false })).titles.length, 1);
  });
});

describe('strategies', () => {
  for (const strategy of ['random', 'pct', 'pos', 'dfs', 'states']) {
    test(`${strategy} finds the lost wake-up`, async () => {
      const { titles } = await checked('lost-wake-up', { strategy, executions: 200 });
      assert.equal(titles.length, 1);
    });
  }
});
