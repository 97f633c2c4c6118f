import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from '../../src/kernel/device-hotplug-lock.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { getDevice, putDevice } from '../../src/kernel/memory-block-struct.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { findMemoryBlock, putMemoryBlock } from '../../src/kernel/walk-memory-blocks.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const remove = (kernel: Kernel): Step<number> => removeMemory(kernel, memoryBlock(kernel, 32));

/** Looks at memory32 if it is there. */
function* look(
  kernel: Kernel,
  options: { readonly locks: boolean; readonly keeps: boolean },
): Step {
  const block = memoryBlock(kernel, 32);
  if (options.locks) yield* lockDeviceHotplug(kernel);
  const found = options.keeps
    ? yield* findMemoryBlock(kernel, block)
    : (yield* block.indexed.load()) !== 0;
  if (options.locks) yield* unlockDeviceHotplug(kernel);
  if (found) yield* block.dead.read();
  if (found && options.keeps) yield* putMemoryBlock(block);
}

const useAfterRemove = 'use of memory32.dead after its removal';

describe('struct memory_block', () => {
  test('is freed with the last reference: use without one is a finding', () => {
    const looker = (kernel: Kernel): Step => look(kernel, { locks: true, keeps: false });
    const { findings } = raceRun({}, { remove, looker });
    assert.ok(findings.includes(useAfterRemove), findings.join('\n'));
  });

  test('a reference that is taken while the block is removed comes too late', () => {
    const looker = (kernel: Kernel): Step => look(kernel, { locks: false, keeps: true });
    const { findings } = raceRun({}, { remove, looker });
    assert.ok(findings.includes(useAfterRemove), findings.join('\n'));
  });

  test('stays for whoever took a reference under device_hotplug_lock', () => {
    const looker = function* (kernel: Kernel): Step {
      const block = memoryBlock(kernel, 32);
      yield* lockDeviceHotplug(kernel);
      const found = yield* findMemoryBlock(kernel, block);
      yield* unlockDeviceHotplug(kernel);
      if (!found) return;
      yield* block.lock.acquire();
      yield* block.dead.read();
      yield* block.lock.release();
      yield* putMemoryBlock(block);
    };
    assert.deepEqual(raceRun({}, { remove, looker }).findings, []);
  });

  test('stays for a writer inside one of its files', () => {
    const writer = (kernel: Kernel): Step<number> => sysfsWrite(kernel, 'memory32/state', 'online');
    const { findings, outcomes } = raceRun({}, { remove, writer });
    assert.deepEqual(findings, []);
    assert.deepEqual(outcomes, ['-16,6', '0,-19']);
  });

  for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: the block is there again when it is added again`, () => {
      const run = soloRun({ release }, function* (kernel): Step<number> {
        yield* remove(kernel);
        yield* addMemory(kernel, memoryBlock(kernel, 32));
        return yield* sysfsWrite(kernel, 'memory32/state', 'online');
      });
      assert.deepEqual(faults(run), []);
      assert.equal(run.result, 6);
    });
  }

  test('who gives the last reference back must not hold its device_lock', () => {
    const run = soloRun({}, function* (kernel): Step {
      const block = memoryBlock(kernel, 32);
      yield* getDevice(block);
      yield* remove(kernel);
      yield* block.lock.acquire();
      yield* putDevice(block);
    });
    assert.ok(faults(run).includes('held lock freed: memory device_lock'), faults(run).join());
  });
});
