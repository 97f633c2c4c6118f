import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { kmemleakScan } from '../../src/kernel/kmemleak.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { soloRun } from './solo-run.ts';

/** The locks that the agent took, in that order. */
function taken(
  parameters: Record<string, string | boolean>,
  agent: (kernel: Kernel) => Step<unknown>,
) {
  const { locks } = soloRun(parameters, agent);
  const names = locks.filter((lock) => lock.startsWith('+')).map((lock) => lock.slice(1));
  const given = locks.filter((lock) => lock.startsWith('-'));
  assert.equal(given.length, names.length, 'every lock that was taken was given back');
  return names;
}

const add = (kernel: Kernel): Step<unknown> => addMemory(kernel, memoryBlock(kernel, 33));
const addByAcpi = (kernel: Kernel): Step<unknown> =>
  acpiDeviceHotplug(kernel, memoryBlock(kernel, 33));
const write =
  (path: string, input: string) =>
  (kernel: Kernel): Step<unknown> =>
    sysfsWrite(kernel, path, input);

const writer = (file: string) => [`memory32/${file}.active (r)`, 'device_hotplug_lock'];
const begin = ['cpu_hotplug_lock (r)', 'mem_hotplug_lock'];
/** The mutex inside of the home-made lock, and that one. */
const homeMade = ['mem_hotplug.lock', 'mem_hotplug_lock'];
const old = 'memory32.device_lock';
const fresh = 'memory33.device_lock';

describe('order of locks', () => {
  test('v3.19: device_lock, then mem_hotplug_lock online; the other way for a driver', () => {
    const release = 'v3.19';
    const online = [old, ...homeMade];
    assert.deepEqual(taken({ release }, write('memory32/state', 'online')), [
      ...writer('state'),
      ...online,
    ]);
    assert.deepEqual(taken({ release }, write('memory32/online', '1')), [
      ...writer('online'),
      ...online,
    ]);
    const added = [...homeMade, 'mem_sysfs_mutex', fresh];
    assert.deepEqual(taken({ release }, add), added);
    assert.deepEqual(taken({ release }, addByAcpi), [
      'device_hotplug_lock',
      'acpi_scan_lock',
      ...added,
      'memory33.physical_node_lock',
    ]);
  });

  test('v4.18: `state` takes mem_hotplug_lock before device_lock, `online` takes none', () => {
    const release = 'v4.18';
    const online = taken({ release }, write('memory32/state', 'online'));
    assert.deepEqual(online, [...writer('state'), ...begin, old]);
    const run = soloRun({ release }, write('memory32/online', '1'));
    assert.ok(!run.locks.includes('+mem_hotplug_lock'));
    assert.deepEqual(run.findings, ['assertion failed: mem_hotplug_lock is not held for writing']);
    const added = [...begin, 'mem_sysfs_mutex', fresh];
    assert.deepEqual(taken({ release }, add), added);
    assert.deepEqual(taken({ release, autoOnline: true }, add), [...added, fresh]);
  });

  test('v4.20: both sides are inside device_hotplug_lock, and the two orders remain', () => {
    const release = 'v4.20';
    const online = taken({ release }, write('memory32/state', 'online'));
    assert.deepEqual(online, [...writer('state'), old, ...begin]);
    const added = [...begin, 'mem_sysfs_mutex', fresh];
    assert.deepEqual(taken({ release }, add), ['device_hotplug_lock', ...added]);
    assert.deepEqual(taken({ release, without: '8df1d0e4a265' }, add), added);
    assert.deepEqual(taken({ release, autoOnline: true }, add), [
      'device_hotplug_lock',
      ...added,
      fresh,
      ...begin,
    ]);
  });

  test('v6.1: as v4.20 without mem_sysfs_mutex, and the adder takes device_lock twice', () => {
    const release = 'v6.1';
    const online = taken({ release }, write('memory32/online', '1'));
    assert.deepEqual(online, [...writer('online'), old, ...begin]);
    const added = ['device_hotplug_lock', ...begin, fresh, fresh];
    assert.deepEqual(taken({ release }, add), added);
  });

  test('v3.19: a node that comes with its first memory has its zone lists built', () => {
    const release = 'v3.19';
    for (const hotplugNode of [0, 1]) {
      const run = soloRun({ release, nodes: 2, hotplugNode, blocksPresent: 0 }, add);
      // stop_machine()
      assert.equal(run.locks.includes('+cpu_hotplug_lock (r)'), hotplugNode === 1);
      assert.equal(run.kernel.pgdats[hotplugNode]!.online.peek(), 1);
    }
  });

  test('v4.20 without 381eab4a6ee8 orders onlining as v4.18 does', () => {
    const parameters = { release: 'v4.20', without: '381eab4a6ee8' };
    const online = taken(parameters, write('memory32/state', 'online'));
    assert.deepEqual(online, [...writer('state'), ...begin, old]);
  });

  for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: a CPU goes down under cpu_add_remove_lock, cpu_hotplug_lock`, () => {
      const hasKworker = ['v6.1', 'v6.8'].includes(release);
      assert.deepEqual(taken({ release }, write('cpu1/online', '0')), [
        'cpu1/online.active (r)',
        'device_hotplug_lock',
        'cpu1.device_lock',
        'cpu_add_remove_lock',
        ...(hasKworker ? ['work wfc.work'] : []),
        'cpu_hotplug_lock',
        ...(release === 'v3.19' ? [] : ['cpuhp_state-down']),
        'slab_mutex',
      ]);
    });

    test(`${release}: a reader takes mem_hotplug_lock for reading and nothing else`, () => {
      const lock = 'mem_hotplug_lock (r)';
      const all = release === 'v3.19' ? ['mem_hotplug.lock', lock, 'mem_hotplug.lock'] : [lock];
      assert.deepEqual(taken({ release }, kmemleakScan), all);
    });
  }

  test('a CPU comes up by mem_hotplug_lock, then cpu_add_remove_lock, from v4.18 on', () => {
    const up = function* (kernel: Kernel): Step<unknown> {
      yield* sysfsWrite(kernel, 'cpu1/online', '0');
      return yield* sysfsWrite(kernel, 'cpu1/online', '1');
    };
    const cpuUp = ['cpu_add_remove_lock', 'cpu_hotplug_lock', 'cpuhp_state-up'];
    const last = ['cpu1.device_lock', ...begin, ...cpuUp];
    for (const release of ['v4.18', 'v4.20', 'v6.1']) {
      assert.deepEqual(taken({ release }, up).slice(-last.length), last);
    }
    assert.ok(!taken({ release: 'v3.19' }, up).includes('mem_hotplug_lock'));
  });
});
