import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { readPageOwner } from '../../src/kernel/page-ext.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const machine = { notifiers: 'page-ext,error-inject', sectionsPerBlock: 2 };

const write =
  (input: string) =>
  (kernel: Kernel): Step<number> =>
    sysfsWrite(kernel, 'memory32/state', input);

function* read(kernel: Kernel): Step<boolean> {
  const { pageExt } = kernel.callbacks;
  return yield* readPageOwner(kernel.release, pageExt!, memoryBlock(kernel, 32), 0);
}

/** Which sections of memory32 have a table. */
const tables = ({ callbacks }: Kernel): number[] => {
  const [sections] = callbacks.pageExt!.sections.values();
  return sections!.map(({ pointer }) => pointer.peek());
};

describe('page_ext', () => {
  for (const without of ['', 'b1d5488a252d']) {
    test(`tables come with GOING_ONLINE and go with OFFLINE, without ${without}`, () => {
      const on = soloRun({ ...machine, without }, write('online'));
      assert.deepEqual(tables(on.kernel), [1, 1]);
      const off = soloRun({ ...machine, without }, function* (kernel): Step {
        yield* write('online')(kernel);
        yield* write('offline')(kernel);
      });
      assert.deepEqual(tables(off.kernel), [0, 0]);
      assert.deepEqual(faults(off), []);
    });

    test(`tables go with CANCEL_ONLINE, and are there to be made again, without ${without}`, () => {
      const run = soloRun({ ...machine, without }, function* (kernel): Step<unknown> {
        yield* kernel.callbacks.errorInject!.goingOnlineError.store(-12);
        yield* write('online')(kernel);
        const between = tables(kernel);
        yield* kernel.callbacks.errorInject!.goingOnlineError.store(0);
        yield* write('online')(kernel);
        return [between, tables(kernel), yield* read(kernel)];
      });
      assert.deepEqual(run.result, [[0, 0], [1, 1], true]);
      assert.deepEqual(faults(run), []);
    });
  }

  test('a reader is never in a table that is gone, since b1d5488a252d', () => {
    const parameters = { ...machine, blocksOnline: 1 };
    const agents = { offliner: write('offline'), reader: read };
    assert.deepEqual(raceRun(parameters, agents).findings, []);
    const before = raceRun({ ...parameters, without: 'b1d5488a252d' }, agents);
    assert.ok(before.findings.some((title) => title.includes('page_ext.owner')));
  });

  test('freeing waits for a grace period, once for all sections', () => {
    const run = soloRun({ ...machine, blocksOnline: 1 }, write('offline'));
    assert.equal(run.locks.filter((lock) => lock === '+page_ext.rcu').length, 1);
    const before = soloRun({ ...machine, blocksOnline: 1, release: 'v4.20' }, write('offline'));
    assert.ok(!before.locks.includes('+page_ext.rcu'));
  });
});
