import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters } from '../../src/program/index.ts';
import { readState } from '../../src/kernel/state-show.ts';
import { ENODEV, ENOENT } from '../../src/kernel/errno.ts';
import { memoryBlock } from '../../src/kernel/kernel.ts';
import {
  makeNotifierErrorInject,
  type NotifierErrorInject,
} from '../../src/kernel/notifier-error-inject.ts';
import { releaseNames } from '../../src/kernel/release.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { memOnOffTest } from '../../workers/mem-on-off-test.ts';
import { soloRun } from './solo-run.ts';

const machine: Parameters = { blocksPresent: 2, blocksOnline: 1, notifiers: 'error-inject' };

function findingsOf(parameters: Parameters, blocks: readonly number[]): readonly string[] {
  const agent = memOnOffTest({ blocks, percent: 50, errno: -16, priority: 0 });
  return soloRun(parameters, (kernel) => agent(kernel, { id: 0, name: 'test' })).findings;
}

describe("the kernel's own test of memory hotplug", () => {
  for (const release of releaseNames) {
    test(`${release}: passes, alone`, () => {
      assert.deepEqual(findingsOf({ ...machine, release }, [32, 33]), []);
    });
  }

  test('loads the module with its priority, injects its error, and unloads it', () => {
    let module: NotifierErrorInject | undefined;
    const run = soloRun(
      { blocksPresent: 2, blocksOnline: 1 },
      function* (kernel) {
        const files = new Map(kernel.files);
        for (const file of module!.files) files.set(file.path, file);
        const options = { blocks: [32, 33], percent: 100, errno: -5, priority: 7, module: module! };
        yield* memOnOffTest(options)({ ...kernel, files }, { id: 0, name: 'test' });
        // It is loaded no more.
        return yield* sysfsWrite({ ...kernel, files }, module!.files[0]!.path, '0');
      },
      (arena, kernel) => {
        module = makeNotifierErrorInject(arena, kernel.memoryChain, false, () => kernel);
      },
    );
    assert.deepEqual(run.findings, []);
    assert.ok([-ENODEV, -ENOENT].includes(run.result as number), String(run.result));
    assert.equal(module!.notifier.priority.peek(), 7);
    assert.equal(module!.notifier.order.peek(), 0);
  });

  test('fails where a block cannot go offline', () => {
    const found = findingsOf({ ...machine, bootBlocks: true }, [0]);
    assert.deepEqual(found, ['memory0: offline: unexpected fail, -22']);
  });

  test('fails where the module is not loaded', () => {
    const found = findingsOf({ ...machine, notifiers: 'ksm' }, [32, 33]);
    assert.equal(found.length, 1);
    assert.match(found[0]!, /MEM_GOING_OFFLINE\/error does not take 0: -2$/);
  });

  test('`state` reads online or offline, and not at all once the block is gone', () => {
    const { result } = soloRun({ blocksOnline: 1 }, function* (kernel) {
      const there = yield* readState(kernel, memoryBlock(kernel, 32));
      return [there, yield* readState(kernel, memoryBlock(kernel, 33))];
    });
    assert.deepEqual(result, ['online', -19]);
  });
});
