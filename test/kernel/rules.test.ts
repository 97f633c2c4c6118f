import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { kmemleakScan } from '../../src/kernel/kmemleak.ts';
import { memremapPages, memunmapPages } from '../../src/kernel/memremap-pages.ts';
import { offlineAndRemoveMemory } from '../../src/kernel/offline-and-remove-memory.ts';
import { offlinePages } from '../../src/kernel/offline-pages.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { ruleNames } from '../../src/kernel/rule-names.ts';
import { rules } from '../../src/kernel/rules.ts';
import { softOfflinePage } from '../../src/kernel/soft-offline-page.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { faults, soloRun } from './solo-run.ts';

/** One operation after the other, of all kinds. */
function* everything(kernel: Kernel): Step {
  const block = memoryBlock(kernel, 33);
  yield* addMemory(kernel, block);
  yield* sysfsWrite(kernel, 'memory33/state', 'online_movable');
  yield* kmemleakScan(kernel);
  yield* softOfflinePage(kernel, block.startPfn);
  yield* sysfsWrite(kernel, 'memory33/online', '0');
  yield* removeMemory(kernel, block);
  yield* acpiDeviceHotplug(kernel, block);
  yield* sysfsWrite(kernel, 'memory33/online', '1');
  yield* acpiDeviceEject(kernel, block);
  yield* addMemory(kernel, block);
  yield* offlineAndRemoveMemory(kernel, block);
  yield* memremapPages(kernel, kernel.deviceMemory[0]!);
  yield* memunmapPages(kernel, kernel.deviceMemory[0]!);
}

const broken = (parameters: Parameters, agent: (kernel: Kernel) => Step<unknown>) =>
  faults(soloRun(parameters, agent)).map((title) => title.replace('assertion failed: ', ''));

describe('the rules of the document', () => {
  for (const release of ['v4.20', 'v6.1', 'v6.8']) {
    test(`${release} keeps all of them`, () => {
      assert.deepEqual(broken({ release, rules: 'all', deviceRanges: 1 }, everything), []);
    });
  }

  test('each has a row, and only those that are turned on are checked', () => {
    assert.deepEqual(Object.keys(rules), [...ruleNames]);
    const add = (kernel: Kernel) => addMemory(kernel, memoryBlock(kernel, 33));
    const parameters = { release: 'v4.18' };
    assert.deepEqual(broken(parameters, add), []);
    assert.deepEqual(broken({ ...parameters, rules: 'added-under-device-hotplug-lock' }, add), [
      'device_hotplug_lock is not held',
    ]);
  });

  test('a block that goes offline by another way than device_offline() is found', () => {
    const parameters = { blocksOnline: 1, rules: 'online-through-device-online' };
    const direct = function* (kernel: Kernel): Step {
      yield* kernel.memHotplugLock.acquireWrite();
      yield* offlinePages(kernel, memoryBlock(kernel, 32));
      yield* kernel.memHotplugLock.releaseWrite();
    };
    assert.deepEqual(broken(parameters, direct), ['memory device_lock is not held']);
  });

  test('v4.18 onlines by `online` without mem_hotplug_lock and cpu_hotplug_lock', () => {
    const online = (kernel: Kernel) => sysfsWrite(kernel, 'memory32/online', '1');
    assert.deepEqual(broken({ release: 'v4.18', rules: 'no-cpu-hotplug-meanwhile' }, online), [
      'mem_hotplug_lock is not held for writing',
      'cpu_hotplug_lock is not held',
    ]);
  });

  test('a word that is no rule is refused with those that are', () => {
    assert.throws(() => soloRun({ rules: 'x' }, everything), /`rules` names some of added-under-/);
  });
});
