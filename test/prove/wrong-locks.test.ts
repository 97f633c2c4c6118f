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

const race = /^data race on data\[0\]/;
const lostWakeUp = /^deadlock: waiting for a notify that never comes/;

/** The finding that gives each lock away, and the least schedule that shows it. */
const expected: Readonly<Record<string, [title: RegExp, steps: number, preemptions: number]>> = {
  BustedLock: [race, 7, 0],
  FlagLock: [race, 13, 1],
  EarlyNotifyMutex: [lostWakeUp, 13, 1],
  NoRecheckMutex: [race, 19, 2],
  UndrainedRwLock: [race, 11, 0],
  UnfencedRwLock: [race, 13, 1],
  ZeroNotifySemaphore: [lostWakeUp, 21, 1],
  UnnumberedCondition: [lostWakeUp, 16, 1],
};

/** Where there are more orders than a test has time for. */
const strategies: Readonly<Record<string, string>> = { ZeroNotifySemaphore: 'pct' };

const module = new URL('./wrong-lock-module.ts', import.meta.url);

describe('locks that the textbooks warn of', () => {
  for (const [lock, [title, steps, preemptions]] of Object.entries(expected)) {
    test(`${lock} is found by the search of states, in as short a schedule`, async () => {
      const options = { threads, parameters: { lock }, strategy: 'states' };
      const { findings, complete } = await checkThreads(module, options);
      assert.equal(complete, true);
      const found = findings.filter(({ finding }) => title.test(finding.title));
      const least = Math.min(...found.map((record) => record.steps.agents.length));
      const fewest = Math.min(...found.map((record) => record.preemptions));
      assert.deepEqual([least, fewest], [steps, preemptions]);
    });

    test(`${lock} is found, in ${steps} steps with ${preemptions} preemptions`, async () => {
      const strategy = strategies[lock] ?? 'dpor';
      const options = { threads, parameters: { lock }, strategy, executions: 5000 };
      const { findings } = await checkThreads(module, options);
      const found = findings.filter(({ finding }) => title.test(finding.title));
      assert.notEqual(found.length, 0, findings.map(({ finding }) => finding.title).join('\n'));
      const least = Math.min(...found.map((record) => record.steps.agents.length));
      const fewest = Math.min(...found.map((record) => record.preemptions));
      assert.deepEqual([least, fewest], [steps, preemptions]);
    });
  }
});
