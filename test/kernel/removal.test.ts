import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { addMemory, addMemoryDriverManaged } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { State } from '../../src/kernel/memory-state.ts';
import { offlineAndRemoveMemory } from '../../src/kernel/offline-and-remove-memory.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { removeMemory, removeMemoryOrBug } from '../../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { bootPages, ZoneIndex } from '../../src/kernel/zone.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const isNew = (release: string): boolean => release === 'v6.1' || release === 'v6.8';

const remove = (number: number) => (kernel: Kernel) =>
  removeMemory(kernel, memoryBlock(kernel, number));

describe('memory that is removed', () => {
  for (const release of releases) {
    test(`${release}: its files answer ENODEV, and it can be added and used again`, () => {
      const run = soloRun({ release }, function* (kernel): Step<string[]> {
        const block = memoryBlock(kernel, 32);
        const results: number[] = [];
        results.push(yield* sysfsWrite(kernel, 'memory32/state', 'online'));
        results.push(yield* sysfsWrite(kernel, 'memory32/state', 'offline'));
        results.push(yield* removeMemory(kernel, block));
        assert.equal(block.references.peek(), release === 'v4.18' || release === 'v4.20' ? 1 : 0);
        results.push(yield* sysfsWrite(kernel, 'memory32/state', 'online'));
        results.push(yield* addMemory(kernel, block));
        results.push(yield* sysfsWrite(kernel, 'memory32/state', 'online_movable'));
        return results.map(resultName);
      });
      assert.deepEqual(run.result, ['6', '7', '0', 'ENODEV', '0', '14']);
      assert.deepEqual(faults(run), []);
    });

    test(`${release}: struct pages that are touched later are a finding`, () => {
      const run = soloRun({ release }, function* (kernel): Step {
        const block = memoryBlock(kernel, 32);
        yield* removeMemory(kernel, block);
        yield* block.page.read();
      });
      assert.ok(faults(run).some((title) => title.includes('memory32.page after its removal')));
    });

    test(`${release}: zones and nodes no longer span it`, () => {
      const { kernel } = soloRun({ release }, function* (kernel): Step {
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        yield* sysfsWrite(kernel, 'memory32/state', 'offline');
        yield* removeMemory(kernel, memoryBlock(kernel, 32));
      });
      assert.equal(kernel.pgdat.zone.spannedPages.peek(), bootPages);
      assert.equal(kernel.pgdat.spannedPages.peek(), bootPages);
    });

    test(`${release}: what is online is not removed: ${isNew(release) ? 'EBUSY' : 'BUG'}`, () => {
      const run = soloRun({ release }, function* (kernel): Step<number> {
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        return yield* removeMemory(kernel, memoryBlock(kernel, 32));
      });
      if (isNew(release)) assert.equal(resultName(run.result as number), 'EBUSY');
      else assert.ok(faults(run).some((title) => title.includes('kernel BUG')));
      assert.equal(memoryBlock(run.kernel, 32).state.peek(), State.online);
    });

    test(`${release}: removing what is not there answers 0`, () => {
      const run = soloRun({ release }, remove(33));
      assert.equal(run.result, 0);
      assert.deepEqual(faults(run), []);
    });
  }

  test('v6.1: __remove_memory() of what is online is a BUG', () => {
    const run = soloRun({ release: 'v6.1' }, function* (kernel): Step {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      yield* kernel.deviceHotplugLock.hold(() =>
        removeMemoryOrBug(kernel, memoryBlock(kernel, 32)),
      );
    });
    assert.ok(faults(run).some((title) => title.includes('kernel BUG')));
  });

  test('the last memory of a node takes the node with it', () => {
    for (const release of releases) {
      const parameters = { release, nodes: 2, hotplugNode: 1, blocksPresent: 0 };
      const { kernel } = soloRun(parameters, function* (kernel): Step {
        const blocks = [32, 33].map((number) => memoryBlock(kernel, number));
        for (const block of blocks) yield* addMemory(kernel, block);
        for (const block of blocks) {
          yield* sysfsWrite(kernel, `${block.name}/state`, 'online');
          yield* sysfsWrite(kernel, `${block.name}/state`, 'offline');
        }
        yield* removeMemory(kernel, blocks[0]!);
        assert.equal(kernel.pgdats[1]!.online.peek(), 1);
        yield* removeMemory(kernel, blocks[1]!);
      });
      assert.equal(kernel.pgdats[1]!.online.peek(), 0, release);
    }
  });

  test('a node whose other memory never was online goes too early before 2c91f8fc6c99', () => {
    const parameters = { nodes: 2, hotplugNode: 1, blocksPresent: 0 };
    const online = (release: string): number => {
      const { kernel } = soloRun({ ...parameters, release }, function* (kernel): Step {
        yield* addMemory(kernel, memoryBlock(kernel, 32));
        yield* addMemory(kernel, memoryBlock(kernel, 33));
        yield* removeMemory(kernel, memoryBlock(kernel, 33));
      });
      return kernel.pgdats[1]!.online.peek();
    };
    assert.equal(online('v4.20'), 0);
    assert.equal(online('v6.1'), 1);
  });
});

describe('locks of a removal', () => {
  /** The locks taken, and whether the active references were drained under mem_hotplug_lock. */
  const taken = (parameters: Record<string, string>): string[] =>
    soloRun(parameters, remove(32))
      .locks.filter((lock) => lock.startsWith('+'))
      .map((lock) => lock.slice(1));
  const begin = ['cpu_hotplug_lock (r)', 'mem_hotplug_lock'];
  const device = 'memory32.device_lock';

  test('v3.19 and v4.18 take no device_hotplug_lock, v4.20 does', () => {
    const below = ['mem_hotplug_lock', 'mem_sysfs_mutex', device];
    assert.deepEqual(taken({ release: 'v3.19' }), ['mem_hotplug.lock', ...below]);
    assert.deepEqual(taken({ release: 'v4.18' }), ['cpu_hotplug_lock (r)', ...below]);
    const all = ['device_hotplug_lock', 'cpu_hotplug_lock (r)', ...below];
    assert.deepEqual(taken({ release: 'v4.20' }), all);
  });

  test('devices go before mem_hotplug_lock in v6.1, under it again in v6.8', () => {
    const outside = ['device_hotplug_lock', device, device, ...begin];
    const inside = ['device_hotplug_lock', ...begin, device, device];
    assert.deepEqual(taken({ release: 'v6.1' }), outside);
    assert.deepEqual(taken({ release: 'v6.1', without: 'f1037ec0cc8a' }), inside);
    assert.deepEqual(taken({ release: 'v6.8' }), inside);
    assert.deepEqual(taken({ release: 'v6.8', without: '6b8f0798b85a' }), outside);
  });
});

describe('offline_and_remove_memory()', () => {
  const both = (kernel: Kernel) => [memoryBlock(kernel, 32), memoryBlock(kernel, 33)];
  const parameters = { blocksPresent: 2 };

  test('takes blocks offline and removes them', () => {
    const run = soloRun(parameters, function* (kernel): Step<number> {
      yield* sysfsWrite(kernel, 'memory33/state', 'online_movable');
      return yield* offlineAndRemoveMemory(kernel, both(kernel));
    });
    assert.equal(run.result, 0);
    assert.deepEqual(faults(run), []);
    assert.ok(both(run.kernel).every((block) => block.presentSections.peek() === 0));
  });

  test('brings back what it took offline, in its zone, when a later block refuses', () => {
    const run = soloRun(parameters, function* (kernel): Step<number> {
      const second = memoryBlock(kernel, 33);
      yield* sysfsWrite(kernel, 'memory33/state', 'online_kernel');
      yield* allocPage(kernel, PageUse.unmovable);
      assert.equal(second.frames[0]!.peek(), PageUse.unmovable);
      yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
      return yield* offlineAndRemoveMemory(kernel, both(kernel));
    });
    assert.equal(resultName(run.result as number), 'EBUSY');
    const first = memoryBlock(run.kernel, 32);
    assert.equal(first.state.peek(), State.online);
    assert.equal(first.zone.peek(), ZoneIndex.movable);
  });
});

describe('memory that is added', () => {
  test('in one piece of several blocks, or not at all', () => {
    const run = soloRun({ blocksMax: 4 }, function* (kernel): Step<string[]> {
      const blocks = [33, 34, 35].map((number) => memoryBlock(kernel, number));
      return [
        resultName(yield* addMemory(kernel, [memoryBlock(kernel, 32), ...blocks])),
        resultName(yield* addMemory(kernel, blocks)),
        resultName(yield* sysfsWrite(kernel, 'memory35/state', 'online')),
      ];
    });
    assert.deepEqual(run.result, ['EEXIST', '0', '6']);
  });

  test('by a driver that manages it, under a name of the right form', () => {
    const run = soloRun({}, function* (kernel): Step<string[]> {
      const block = memoryBlock(kernel, 33);
      return [
        resultName(yield* addMemoryDriverManaged(kernel, block, 'kmem')),
        resultName(yield* addMemoryDriverManaged(kernel, block, 'System RAM (kmem')),
        resultName(yield* addMemoryDriverManaged(kernel, block, ' System RAM (kmem)')),
        resultName(yield* addMemoryDriverManaged(kernel, block, 'System RAM (kmem)')),
        resultName(yield* addMemoryDriverManaged(kernel, block, 'System RAM (kmem)')),
      ];
    });
    assert.deepEqual(run.result, ['EINVAL', 'EINVAL', 'EINVAL', '0', 'EEXIST']);
  });

  const probe = (release: string, ...inputs: string[]): unknown =>
    soloRun({ release }, function* (kernel): Step<string[]> {
      const names: string[] = [];
      for (const input of inputs) names.push(resultName(yield* sysfsWrite(kernel, 'probe', input)));
      return names;
    }).result;

  test('by the probe file', () => {
    const inputs = ['x', '0x108000001', '0x8000000', '0x400000000000', '0x108000000', '4429185024'];
    for (const release of releases) {
      const beyond = release === 'v6.1' || release === 'v6.8' ? 'E2BIG' : 'EEXIST';
      assert.deepEqual(
        probe(release, ...inputs),
        ['EINVAL', 'EINVAL', 'EEXIST', beyond, '11', 'EEXIST'],
        release,
      );
    }
  });

  test('by policy, which knows two words before v6.1 and four from then on', () => {
    for (const release of ['v4.20', 'v6.1']) {
      const run = soloRun({ release }, function* (kernel): Step<string[]> {
        const names: string[] = [];
        for (const word of ['offline', 'x', 'online_movable', 'online\n']) {
          names.push(resultName(yield* sysfsWrite(kernel, 'auto_online_blocks', word)));
        }
        yield* addMemory(kernel, memoryBlock(kernel, 33));
        return names;
      });
      const movable = release === 'v6.1' ? '14' : 'EINVAL';
      assert.deepEqual(run.result, ['7', 'EINVAL', movable, '7']);
      assert.equal(memoryBlock(run.kernel, 33).state.peek(), State.online);
    }
  });
});
