import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { OstEvent } from '../../src/kernel/acpi-ost.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock } from '../../src/kernel/kernel.ts';
import {
  memoryGroupRegisterDynamic,
  memoryGroupRegisterStatic,
  memoryGroupUnregister,
} from '../../src/kernel/memory-group.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { pagesPerBlock } from '../../src/kernel/zone.ts';
import { faults, soloRun } from './solo-run.ts';

describe('a memory group', () => {
  test('has pages, units of whole blocks, and a node that there is', () => {
    const run = soloRun({}, function* (kernel): Step<string[]> {
      const results = [
        yield* memoryGroupRegisterStatic(kernel, 0, 0),
        yield* memoryGroupRegisterStatic(kernel, 1, pagesPerBlock),
        yield* memoryGroupRegisterDynamic(kernel, 0, 0),
        yield* memoryGroupRegisterDynamic(kernel, 0, pagesPerBlock / 2),
        yield* memoryGroupRegisterDynamic(kernel, 0, pagesPerBlock * 3),
        yield* memoryGroupRegisterDynamic(kernel, 0, pagesPerBlock * 2),
        yield* memoryGroupRegisterStatic(kernel, 0, 1),
      ];
      return results.map(resultName);
    });
    const refused = Array.from({ length: 5 }, () => 'EINVAL');
    assert.deepEqual(run.result, [...refused, '0', '1']);
  });

  test('is busy while blocks belong to it, and unknown once it is gone', () => {
    for (const release of ['v6.1', 'v6.8']) {
      const run = soloRun({ release }, function* (kernel): Step<string[]> {
        const block = memoryBlock(kernel, 33);
        const group = yield* memoryGroupRegisterStatic(kernel, 0, pagesPerBlock);
        const results = [yield* addMemory(kernel, block, { group })];
        results.push(yield* memoryGroupUnregister(kernel, group));
        results.push(yield* removeMemory(kernel, block));
        results.push(yield* memoryGroupUnregister(kernel, group));
        results.push(yield* memoryGroupUnregister(kernel, group));
        results.push(yield* memoryGroupUnregister(kernel, -1));
        results.push(yield* addMemory(kernel, block, { group }));
        return results.map(resultName);
      });
      assert.deepEqual(run.result, ['0', 'EBUSY', '0', '0', 'EINVAL', 'EINVAL', 'EINVAL']);
      assert.equal(memoryBlock(run.kernel, 33).resource.peek(), 0, 'the resource is given back');
      assert.deepEqual(faults(run), []);
    }
  });

  test('counts its pages that are online, by kernel zones and Movable', () => {
    const run = soloRun({ blocksMax: 3 }, function* (kernel): Step<number[]> {
      const group = yield* memoryGroupRegisterStatic(kernel, 0, 2 * pagesPerBlock);
      const { presentKernelPages, presentMovablePages } = kernel.memoryGroups[group]!;
      const blocks = [33, 34].map((number) => memoryBlock(kernel, number));
      yield* addMemory(kernel, blocks, { group });
      const counts: number[] = [];
      for (const [path, text] of [
        ['memory33/state', 'online_kernel'],
        ['memory34/state', 'online_movable'],
        ['memory33/state', 'offline'],
        ['memory32/state', 'online'],
      ] as const) {
        yield* sysfsWrite(kernel, path, text);
        counts.push(presentKernelPages.peek() / pagesPerBlock);
        counts.push(presentMovablePages.peek() / pagesPerBlock);
      }
      return counts;
    });
    assert.deepEqual(run.result, [1, 0, 1, 1, 0, 1, 0, 1]);
  });

  test('is made for each ACPI device, and goes with it', () => {
    const run = soloRun({ addPath: 'acpi' }, function* (kernel): Step<number[]> {
      const block = memoryBlock(kernel, 33);
      yield* acpiDeviceHotplug(kernel, block);
      const group = block.group.peek();
      const pages = kernel.memoryGroups[group]!.pages.peek();
      yield* acpiDeviceHotplug(kernel, block, OstEvent.ejectRequest);
      return [group, pages, block.group.peek(), kernel.memoryGroups[group]!.kind.peek()];
    });
    assert.deepEqual(run.result, [0, pagesPerBlock, -1, 0]);
    const old = soloRun({ addPath: 'acpi', release: 'v4.20' }, (kernel) =>
      acpiDeviceHotplug(kernel, memoryBlock(kernel, 33)),
    );
    assert.equal(memoryBlock(old.kernel, 33).group.peek(), -1);
  });
});
