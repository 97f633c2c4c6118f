import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import {
  getDevicePage,
  memremapPages,
  memunmapPages,
  putDevicePage,
} from '../../src/kernel/memremap-pages.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { ZoneIndex } from '../../src/kernel/zone.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const pmem = (kernel: Kernel) => kernel.deviceMemory[0]!;
const begin = ['+cpu_hotplug_lock (r)', '+mem_hotplug_lock'];
const done = ['-mem_hotplug_lock', '-cpu_hotplug_lock'];

describe('device memory', () => {
  const map = function* (kernel: Kernel): Step {
    yield* memremapPages(kernel, pmem(kernel));
    yield* memunmapPages(kernel, pmem(kernel));
  };

  test('comes and goes under mem_hotplug_lock alone', () => {
    for (const release of ['v4.18', 'v4.20', 'v6.1', 'v6.8']) {
      const run = soloRun({ release, deviceRanges: 1 }, map);
      assert.deepEqual(run.locks, [...begin, ...done, ...begin, ...done], release);
      assert.deepEqual(run.findings, []);
    }
    assert.deepEqual(soloRun({ release: 'v3.19', deviceRanges: 1 }, map).locks, []);
  });

  test('tells no callback, and has no block', () => {
    for (const release of ['v4.20', 'v6.1']) {
      const run = soloRun(
        { release, deviceRanges: 1, blocksPresent: 0, notifiers: 'ksm,slab' },
        map,
      );
      assert.deepEqual(run.locks, [...begin, ...done, ...begin, ...done], release);
      assert.ok(run.kernel.memoryBlocks.every((block) => block.onBus.peek() === 0));
    }
  });

  test('has no lock before f931ab479dd2, and two at a time lose an entry of the direct map', () => {
    const agents = {
      one: (kernel: Kernel) => memremapPages(kernel, kernel.deviceMemory[0]!),
      other: (kernel: Kernel) => memremapPages(kernel, kernel.deviceMemory[1]!),
    };
    const races = (without: string): boolean =>
      raceRun({ release: 'v4.18', without, deviceRanges: 2 }, agents).findings.some((title) =>
        title.includes('direct_map'),
      );
    assert.equal(races('f931ab479dd2'), true);
    assert.equal(races(''), false);
  });

  test('spans zone Device while it is there, and is mapped once', () => {
    const run = soloRun({ deviceRanges: 2 }, function* (kernel): Step<string[]> {
      const zone = kernel.pgdat.zones[ZoneIndex.device]!;
      const names: string[] = [];
      for (const memory of [...kernel.deviceMemory, pmem(kernel)]) {
        names.push(resultName(yield* memremapPages(kernel, memory)));
      }
      assert.equal(zone.spannedPages.peek(), 2 * 32768);
      yield* memunmapPages(kernel, pmem(kernel));
      assert.equal(zone.spannedPages.peek(), 32768);
      return names;
    });
    assert.deepEqual(run.result, ['0', '0', 'EBUSY']);
  });

  test('waits for its pages to come back before it goes', () => {
    const run = soloRun({ deviceRanges: 1 }, function* (kernel): Step<boolean[]> {
      const memory = pmem(kernel);
      yield* memremapPages(kernel, memory);
      const got = yield* getDevicePage(memory);
      yield* putDevicePage(memory);
      yield* memunmapPages(kernel, memory);
      return [got, yield* getDevicePage(memory)];
    });
    assert.deepEqual(run.result, [true, false]);
    const stuck = soloRun({ deviceRanges: 1 }, function* (kernel): Step<number> {
      yield* memremapPages(kernel, pmem(kernel));
      yield* getDevicePage(pmem(kernel));
      yield* memunmapPages(kernel, pmem(kernel));
      return 0;
    });
    assert.equal(stuck.result, undefined);
  });
});

describe('soft_offline_page', () => {
  const softOffline = (input: string) =>
    function* (kernel: Kernel): Step<string> {
      return resultName(yield* sysfsWrite(kernel, 'soft_offline_page', input));
    };

  test('junk is EINVAL, no memory ENXIO, memory that is not online EIO', () => {
    assert.equal(soloRun({}, softOffline('x')).result, 'EINVAL');
    assert.equal(soloRun({}, softOffline('0x300000000000')).result, 'ENXIO');
    assert.equal(soloRun({}, softOffline('0x100000000')).result, 'EIO');
    assert.equal(soloRun({ blocksOnline: 1 }, softOffline('0x100000000')).result, '11');
  });

  test('without 641fe2e9387a struct pages of memory that was never online are read', () => {
    const address = '0x100000000';
    const bugs = (parameters: Parameters): boolean => {
      const { findings } = soloRun(parameters, softOffline(address));
      return findings.some((title) => title.includes('PagePoisoned(page)) in soft_offline_page'));
    };
    for (const release of ['v4.18', 'v4.20']) assert.equal(bugs({ release }), true, release);
    for (const release of ['v6.1', 'v6.8']) {
      assert.equal(bugs({ release }), false, release);
      assert.equal(bugs({ release, without: '641fe2e9387a' }), true, release);
      assert.equal(bugs({ release, without: '641fe2e9387a', blocksOnline: 1 }), false, release);
    }
  });

  test('v3.19 has struct pages from adding on, and v4.20 keeps them of memory offline', () => {
    const address = '0x100000000';
    assert.equal(soloRun({ release: 'v3.19' }, softOffline(address)).result, 'EIO');
    const run = soloRun({ release: 'v4.20', blocksOnline: 1 }, function* (kernel): Step<string> {
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
      return yield* softOffline(address)(kernel);
    });
    assert.equal(run.result, 'EIO');
  });

  test('takes mf_mutex, then mem_hotplug_lock for reading without cpu_hotplug_lock', () => {
    const { locks } = soloRun({ blocksOnline: 1 }, softOffline('0x100000000'));
    assert.deepEqual(locks.slice(1, 3), ['+mf_mutex', '+mem_hotplug_lock (r)']);
  });

  test('v6.8: a block with a poisoned page does not come online again; v6.1 forgets', () => {
    for (const release of ['v6.1', 'v6.8']) {
      const run = soloRun({ release, blocksOnline: 1 }, function* (kernel): Step<string[]> {
        const names: string[] = [];
        for (const [path, input] of [
          ['soft_offline_page', '0x100000000'],
          ['memory32/state', 'offline'],
          ['memory32/state', 'online'],
        ] as const) {
          names.push(resultName(yield* sysfsWrite(kernel, path, input)));
        }
        return names;
      });
      assert.deepEqual(run.result, ['11', '7', release === 'v6.8' ? 'EHWPOISON' : '6']);
    }
  });
});
