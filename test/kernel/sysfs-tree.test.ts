import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { entryText, makeSysfs, type Sysfs } from '../../src/kernel/sysfs-tree.ts';
import { faults, soloRun } from './solo-run.ts';

/** What a program that has /sys sees. */
function seen<T>(parameters: Parameters, program: (sysfs: Sysfs, kernel: Kernel) => Step<T>): T {
  const run = soloRun(parameters, (kernel) => program(makeSysfs(kernel), kernel));
  assert.deepEqual(faults(run), []);
  return run.result as T;
}

/** Texts of files, or the names of errors, after some writes. */
function texts(parameters: Parameters, paths: readonly string[], writes: string[] = []): string[] {
  return seen(parameters, function* (sysfs): Step<string[]> {
    for (const write of writes) {
      const [path = '', text = ''] = write.split('=');
      assert.ok((yield* sysfs.write(path, text)) > 0, write);
    }
    const all: string[] = [];
    for (const path of paths) {
      const result = yield* sysfs.read(path);
      all.push(typeof result === 'string' ? result : resultName(result));
    }
    return all;
  });
}

const block = 'memory/memory32';
const zones = [`${block}/valid_zones`];

describe('the files of v6.1', () => {
  test('a block that is offline', () => {
    const names = ['online', 'state', 'phys_index', 'phys_device', 'removable', 'uevent'];
    const paths = names.map((name) => `${block}/${name}`);
    const found = texts({}, paths);
    assert.deepEqual(found, ['0\n', 'offline\n', '00000020\n', '0\n', '1\n', '']);
  });

  test('valid_zones: the default first, then the other; of an online block the one zone', () => {
    assert.deepEqual(texts({}, zones), ['Normal Movable\n']);
    assert.deepEqual(texts({}, zones, [`${block}/state=online_movable`]), ['Movable\n']);
    assert.deepEqual(texts({}, zones, [`${block}/state=online`]), ['Normal\n']);
  });

  test('valid_zones of a block of the boot that went offline begins with DMA32', () => {
    const parameters = { bootBlocks: true, bootZone: 'DMA32' };
    const path = 'memory/memory1';
    const found = texts(parameters, [`${path}/valid_zones`], [`${path}/state=offline`]);
    assert.deepEqual(found, ['DMA32 Movable\n']);
  });

  test('the folder of memory', () => {
    const paths = ['auto_online_blocks', 'block_size_bytes', 'uevent'].map((x) => `memory/${x}`);
    assert.deepEqual(texts({}, paths), ['offline\n', '8000000\n', '']);
    for (const word of ['online', 'online_kernel', 'online_movable', 'offline']) {
      const found = texts({}, ['memory/auto_online_blocks'], [`memory/auto_online_blocks=${word}`]);
      assert.deepEqual(found, [`${word}\n`]);
    }
  });

  test('a CPU', () => {
    assert.deepEqual(texts({}, ['cpu/cpu1/online']), ['1\n']);
    assert.deepEqual(texts({}, ['cpu/cpu1/online'], ['cpu/cpu1/online=0']), ['0\n']);
  });

  test('paths may be absolute', () => {
    assert.deepEqual(texts({}, ['/sys/devices/system/memory/memory32/online']), ['0\n']);
  });
});

describe('what cannot be opened', () => {
  test('reads: EACCES for write-only files, ENOENT, EISDIR', () => {
    const paths = ['memory/probe', 'memory/soft_offline_page', 'memory/memory33/state', 'x', block];
    const names = ['EACCES', 'EACCES', 'ENOENT', 'ENOENT', 'EISDIR'];
    assert.deepEqual(texts({}, [...paths, 'cpu/cpu0/online']), [...names, 'ENOENT']);
  });

  test('writes: EACCES for read-only files, ENOENT for a device that is gone', () => {
    const found = seen({}, function* (sysfs, kernel): Step<string[]> {
      const all: number[] = [];
      for (const name of ['removable', 'phys_index', 'valid_zones']) {
        all.push(yield* sysfs.write(`${block}/${name}`, '1'));
      }
      yield* removeMemory(kernel, memoryBlock(kernel, 32));
      all.push(yield* sysfs.write(`${block}/state`, 'online'));
      return all.map(resultName);
    });
    assert.deepEqual(found, ['EACCES', 'EACCES', 'EACCES', 'ENOENT']);
  });

  for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: a block that was added is linked to its node, and says its zones`, () => {
      for (const hotplugNode of [0, 1]) {
        const parameters = { release, nodes: 2, hotplugNode, blocksPresent: 0 };
        const found = seen(parameters, function* (sysfs, kernel): Step<unknown> {
          yield* addMemory(kernel, memoryBlock(kernel, 32));
          const links = (yield* sysfs.tree()).filter(({ kind }) => kind === 'link');
          return [...links.map(({ path }) => path), yield* sysfs.read(`${block}/valid_zones`)];
        });
        assert.deepEqual(found, [
          `${block}/node${hotplugNode}`,
          `${block}/subsystem`,
          `node/node${hotplugNode}/memory32`,
          'Normal Movable\n',
        ]);
      }
    });
  }

  test('v3.19 has no auto_online_blocks', () => {
    assert.deepEqual(texts({ release: 'v3.19' }, ['memory/auto_online_blocks']), ['ENOENT']);
  });
});

test('the tree lists what is there, with modes and links', () => {
  const list = seen({}, function* (sysfs): Step<string[]> {
    return (yield* sysfs.tree()).map(entryText);
  });
  const parameters = '/sys/module/memory_hotplug/parameters';
  assert.deepEqual(list, [
    'drwxr-xr-x /sys/module',
    'drwxr-xr-x /sys/module/memory_hotplug',
    `drwxr-xr-x ${parameters}`,
    `-rw-r--r-- ${parameters}/auto_movable_numa_aware`,
    `-rw-r--r-- ${parameters}/auto_movable_ratio`,
    `-r--r--r-- ${parameters}/memmap_on_memory`,
    `-rw-r--r-- ${parameters}/online_policy`,
    'drwxr-xr-x cpu',
    'drwxr-xr-x cpu/cpu0',
    'drwxr-xr-x cpu/cpu0/hotplug',
    '-rw-r--r-- cpu/cpu0/hotplug/fail',
    '-r--r--r-- cpu/cpu0/hotplug/state',
    '-rw-r--r-- cpu/cpu0/hotplug/target',
    'drwxr-xr-x cpu/cpu1',
    'drwxr-xr-x cpu/cpu1/hotplug',
    '-rw-r--r-- cpu/cpu1/hotplug/fail',
    '-r--r--r-- cpu/cpu1/hotplug/state',
    '-rw-r--r-- cpu/cpu1/hotplug/target',
    '-rw-r--r-- cpu/cpu1/online',
    'drwxr-xr-x memory',
    '-rw-r--r-- memory/auto_online_blocks',
    '-r--r--r-- memory/block_size_bytes',
    '--w------- memory/hard_offline_page',
    'drwxr-xr-x memory/memory32',
    'lrwxrwxrwx memory/memory32/node0 -> ../../node/node0',
    '-rw-r--r-- memory/memory32/online',
    '-r--r--r-- memory/memory32/phys_device',
    '-r--r--r-- memory/memory32/phys_index',
    '-r--r--r-- memory/memory32/removable',
    '-rw-r--r-- memory/memory32/state',
    'lrwxrwxrwx memory/memory32/subsystem -> ../../../../bus/memory',
    '-rw-r--r-- memory/memory32/uevent',
    '-r--r--r-- memory/memory32/valid_zones',
    '--w------- memory/probe',
    '--w------- memory/soft_offline_page',
    '-rw-r--r-- memory/uevent',
    'drwxr-xr-x node',
    'drwxr-xr-x node/node0',
    'lrwxrwxrwx node/node0/memory32 -> ../../memory/memory32',
  ]);
});

describe('the tree', () => {
  const paths = (parameters: Parameters): string[] =>
    seen(parameters, function* (sysfs): Step<string[]> {
      return (yield* sysfs.tree()).map(({ path }) => path);
    });

  test('links a block to its firmware node only where the memory came by ACPI', () => {
    const found = paths({ addPath: 'acpi' }).filter((path) => path.endsWith('firmware_node'));
    assert.deepEqual(found, ['memory/memory32/firmware_node']);
    assert.ok(!paths({}).some((path) => path.endsWith('firmware_node')));
  });

  test('gives every file the size of a page', () => {
    const sizes = seen({}, function* (sysfs): Step<Set<number>> {
      const entries = yield* sysfs.tree();
      return new Set(entries.flatMap((entry) => (entry.kind === 'file' ? [entry.size] : [])));
    });
    assert.deepEqual([...sizes], [4096]);
  });

  test('has crash_hotplug in v6.8, module parameters from v6.1 on', () => {
    assert.ok(paths({ release: 'v6.8' }).includes('memory/crash_hotplug'));
    assert.ok(!paths({ release: 'v6.1' }).includes('memory/crash_hotplug'));
    assert.deepEqual(texts({ release: 'v6.8' }, ['memory/crash_hotplug']), ['1\n']);
    assert.ok(!paths({ release: 'v4.20' }).some((path) => path.startsWith('/sys/module')));
  });
});
