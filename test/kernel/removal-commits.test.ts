import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { OstEvent } from '../../src/kernel/acpi-ost.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const isNew = (release: string): boolean => release === 'v6.1' || release === 'v6.8';

describe('commits that removal depends on', () => {
  const remove = (number: number) => (kernel: Kernel) =>
    removeMemory(kernel, memoryBlock(kernel, number));

  test('a range that is not there is worth a warning from v6.1 on', () => {
    for (const release of releases) {
      const { kernel } = soloRun({ release }, remove(33));
      assert.equal(kernel.warnings.peek(), isNew(release) ? 1 : 0, release);
      assert.equal(soloRun({ release }, remove(32)).kernel.warnings.peek(), 0);
    }
  });

  test('without 6677e3eaf4d7 nobody looks whether blocks are offline', () => {
    for (const release of releases) {
      const run = soloRun({ release, without: '6677e3eaf4d7' }, function* (kernel): Step<number> {
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        const result = yield* removeMemory(kernel, memoryBlock(kernel, 32));
        yield* allocPage(kernel, PageUse.movable);
        return result;
      });
      assert.ok(
        faults(run).some((title) => title.includes('memory32') && title.includes('removal')),
        `${release}: ${faults(run).join()}`,
      );
    }
  });

  test('without 4f3549d72d1b nobody takes device_hotplug_lock', () => {
    for (const release of releases) {
      const taken = (without: string): boolean =>
        soloRun({ release, without, addPath: 'acpi' }, function* (kernel): Step {
          yield* acpiDeviceHotplug(kernel, memoryBlock(kernel, 33));
          yield* sysfsWrite(kernel, 'memory33/state', 'online');
        }).locks.includes('+device_hotplug_lock');
      assert.equal(taken(''), true);
      assert.equal(taken('4f3549d72d1b'), false);
    }
  });

  test('without 4f3549d72d1b a block comes back online before its removal', () => {
    const agents = {
      firmware: (kernel: Kernel) =>
        acpiDeviceHotplug(kernel, memoryBlock(kernel, 32), OstEvent.ejectRequest),
      *writer(kernel: Kernel): Step {
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
      },
    };
    const parameters = { release: 'v3.19', addPath: 'acpi', blocksMax: 1, blocksOnline: 1 };
    const bugs = (without: string): boolean =>
      raceRun({ ...parameters, without }, agents).findings.some((one) =>
        one.includes('kernel BUG'),
      );
    assert.equal(bugs('4f3549d72d1b'), true);
    assert.equal(bugs(''), false);
  });
});

describe('a block whose device cannot be made', () => {
  const three = (kernel: Kernel) => [33, 34, 35].map((number) => memoryBlock(kernel, number));
  const failing = { blocksMax: 4, nodes: 2, hotplugNode: 1, blocksPresent: 0, failingBlock: 34 };

  test('takes those made before with it, the memory, the resource and the node', () => {
    for (const release of ['v6.1', 'v6.8']) {
      const run = soloRun({ ...failing, release }, function* (kernel): Step<string[]> {
        const first = yield* addMemory(kernel, three(kernel));
        assert.ok(three(kernel).every(({ onBus }) => onBus.peek() === 0));
        assert.ok(three(kernel).every(({ resource }) => resource.peek() === 0));
        assert.ok(three(kernel).every(({ presentSections }) => presentSections.peek() === 0));
        assert.equal(kernel.pgdats[1]!.online.peek(), 0);
        const second = yield* addMemory(kernel, memoryBlock(kernel, 33));
        return [resultName(first), resultName(second)];
      });
      assert.deepEqual(run.result, ['ENOMEM', '0']);
      assert.deepEqual(faults(run), []);
    }
  });

  test('frees struct pages to the allocator that were never its own, before f42ce5f087eb', () => {
    const found = (parameters: Record<string, string | boolean>): boolean =>
      faults(
        soloRun({ ...failing, ...parameters }, (kernel) => addMemory(kernel, three(kernel))),
      ).some((title) => title.includes('freed to the allocator'));
    assert.equal(found({ memmapOnMemory: true, without: 'f42ce5f087eb' }), true);
    assert.equal(found({ memmapOnMemory: true }), false);
    assert.equal(found({ without: 'f42ce5f087eb' }), false);
  });
});
