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

/** The finding that gives each lock away, and the least schedule that shows it. */
const expected: Readonly<Record<string, { title: RegExp; steps: number; preemptions: number }>> = {
  'flag-without-cas': { title: /^data race on data\[0\]/, steps: 8, preemptions: 1 },
  'notify-before-store': {
    title: /^deadlock: waiting for a notify that never comes \(agent\d for lock\[0\]\)/,
    steps: 7,
    preemptions: 1,
  },
  'no-look-after-wait': { title: /^data race on data\[0\]/, steps: 13, preemptions: 2 },
  'plain-reader-count': { title: /^data race on readers\[0\]/, steps: 6, preemptions: 0 },
  'no-drain': { title: /^data race on data\[0\]/, steps: 7, preemptions: 0 },
  'notify-at-zero-only': {
    title: /^deadlock: waiting for a notify that never comes \((one|two) for permits\[0\]\)/,
    steps: 10,
    preemptions: 0,
  },
  'condition-without-sequence': {
    title: /^deadlock: waiting for a notify that never comes \(waiter for condition\[0\]\)/,
    steps: 10,
    preemptions: 1,
  },
  'lock-busted': { title: /^data race on data\[0\]/, steps: 3, preemptions: 0 },
};

describe('locks that the textbooks warn of', () => {
  for (const [name, { title, steps, preemptions }] of Object.entries(expected)) {
    test(`${name} is found in ${steps} steps`, async () => {
      const file = new URL(`./wrong-locks/${name}.js`, import.meta.url);
      const { findings } = await checkThreads(file, { threads, executions: 20_000 });
      const found = findings.filter(({ finding }) => title.test(finding.title));
      assert.notEqual(found.length, 0, findings.map(({ finding }) => finding.title).join('\n'));
      const least = Math.min(...found.map((record) => record.steps.agents.length));
      assert.equal(least, steps);
      assert.equal(Math.min(...found.map((record) => record.preemptions)), preemptions);
    });
  }
});
