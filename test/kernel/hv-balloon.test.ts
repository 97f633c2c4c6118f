import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { hvHandlePgRange, hvMemHotAdd } from '../../src/kernel/hv-balloon.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import {
  restoreOnlinePageCallback,
  setOnlinePageCallback,
} from '../../src/kernel/online-page-callback.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const machine = { notifiers: 'balloon,error-inject', framesPerBlock: 4, blocksPresent: 0 };

const write =
  (input: string) =>
  (kernel: Kernel): Step<number> =>
    sysfsWrite(kernel, 'memory32/state', input);

const add = (kernel: Kernel): Step<number> =>
  hvMemHotAdd(kernel, memoryBlock(kernel, 32), 3, 'endless');

const uses = (kernel: Kernel): number[] =>
  memoryBlock(kernel, 32).frames.map((frame) => frame.peek());

const { free, balloon } = PageUse;

describe('the balloon of Hyper-V', () => {
  test('brings online what the host backs, and keeps the rest', () => {
    const run = soloRun({ ...machine, autoOnline: true }, add);
    assert.equal(run.result, 0);
    assert.deepEqual(uses(run.kernel), [free, free, free, balloon]);
    assert.equal(run.kernel.callbacks.hvBalloon!.numPagesOnlined.peek(), 3);
    const { zone } = run.kernel.pgdat;
    assert.equal(zone.presentPages.peek() - zone.managedPages.peek(), 32768 / 4);
    assert.deepEqual(faults(run), []);
  });

  test('what is backed later comes online at once where the section is', () => {
    const run = soloRun({ ...machine, autoOnline: true }, function* (kernel): Step {
      yield* add(kernel);
      yield* hvHandlePgRange(kernel, memoryBlock(kernel, 32), 4);
    });
    assert.deepEqual(uses(run.kernel), [free, free, free, free]);
    const { zone } = run.kernel.pgdat;
    assert.equal(zone.presentPages.peek(), zone.managedPages.peek());
  });

  test('pages that it keeps hold the block online; else OFFLINE counts them out', () => {
    const run = soloRun({ ...machine, autoOnline: true }, function* (kernel): Step<string[]> {
      yield* add(kernel);
      const first = resultName(yield* write('offline')(kernel));
      yield* hvHandlePgRange(kernel, memoryBlock(kernel, 32), 1);
      return [first, resultName(yield* write('offline')(kernel))];
    });
    assert.deepEqual(run.result, ['EBUSY', '7']);
    assert.equal(run.kernel.callbacks.hvBalloon!.numPagesOnlined.peek(), 0);
    assert.deepEqual(faults(run), []);
  });

  test('who adds waits for ONLINE, and for nothing more than CANCEL_ONLINE', () => {
    const agents = { driver: add, user: write('online') };
    const online = raceRun(machine, agents);
    assert.ok(online.outcomes.includes('0,6'));
    // User space that comes before the file is there finds nothing, and nobody else brings it on.
    assert.deepEqual(online.outcomes, ['0,6', 'undefined,-19']);
    const refused = raceRun(machine, {
      driver: add,
      *user(kernel): Step<number> {
        yield* kernel.callbacks.errorInject!.goingOnlineError.store(-12);
        return yield* write('online')(kernel);
      },
    });
    assert.ok(refused.outcomes.includes('0,-12'));
  });

  test('who is impatient goes on without', () => {
    const run = soloRun(machine, (kernel) =>
      hvMemHotAdd(kernel, memoryBlock(kernel, 32), 4, 'times-out'),
    );
    assert.equal(run.result, 0);
    assert.deepEqual(faults(run), []);
  });

  test('memory that is there already is EEXIST, and is not backed', () => {
    const run = soloRun({ ...machine, blocksPresent: 1 }, add);
    assert.equal(resultName(run.result as number), 'EEXIST');
  });
});

describe('online_page_callback', () => {
  test('is one: a second driver is refused, and so is who gives back what it has not', () => {
    const run = soloRun(machine, function* (kernel): Step<string[]> {
      const { onliner } = kernel.callbacks.hvBalloon!;
      const steps = [
        setOnlinePageCallback,
        restoreOnlinePageCallback,
        restoreOnlinePageCallback,
        setOnlinePageCallback,
      ];
      const results: string[] = [];
      for (const step of steps) results.push(resultName(yield* step(kernel, onliner)));
      return results;
    });
    assert.deepEqual(run.result, ['EINVAL', '0', 'EINVAL', '0']);
  });

  test('is changed under mem_hotplug_lock for reading, then its own lock', () => {
    const { locks } = soloRun(machine, (kernel) =>
      restoreOnlinePageCallback(kernel, kernel.callbacks.hvBalloon!.onliner),
    );
    assert.deepEqual(locks, [
      '+mem_hotplug_lock (r)',
      '+online_page_callback_lock',
      '-online_page_callback_lock',
      '-mem_hotplug_lock',
    ]);
  });

  test('without it pages go to the buddy allocator', () => {
    const run = soloRun({ ...machine, autoOnline: true }, function* (kernel): Step {
      yield* restoreOnlinePageCallback(kernel, kernel.callbacks.hvBalloon!.onliner);
      yield* add(kernel);
    });
    assert.deepEqual(uses(run.kernel), [free, free, free, free]);
  });
});
