import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { makeKmemDax, type KmemDax } from '../../src/kernel/kmem-dax.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

/** memory33 and memory35, which are two ranges, are the device's; memory32 is there. */
const machine: Parameters = { blocksMax: 4 };

function daxRun(
  parameters: Parameters,
  agent: (kernel: Kernel, dax: KmemDax) => Step<unknown>,
): ReturnType<typeof soloRun> & { readonly dax: KmemDax } {
  let dax!: KmemDax;
  const run = soloRun(
    { ...machine, ...parameters },
    (kernel) => agent(withFiles(kernel, dax), dax),
    (arena: Arena, kernel: Kernel) => {
      const blocks = [33, 35].map((number) => memoryBlock(kernel, number));
      dax = makeKmemDax(arena, blocks);
    },
  );
  return { ...run, dax };
}

function withFiles(kernel: Kernel, { files }: KmemDax): Kernel {
  return {
    ...kernel,
    files: new Map([...kernel.files, ...files.map((f) => [f.path, f] as const)]),
  };
}

function* writeAll(kernel: Kernel, writes: readonly (readonly [string, string])[]): Step<string[]> {
  const names: string[] = [];
  for (const [path, text] of writes) names.push(resultName(yield* sysfsWrite(kernel, path, text)));
  return names;
}

describe('kmem', () => {
  test('makes memory of a DAX device, and gives it back', () => {
    for (const release of ['v6.1', 'v6.8']) {
      const run = daxRun({ release }, (kernel) =>
        writeAll(kernel, [
          ['kmem/unbind', 'dax0.0'],
          ['kmem/bind', 'dax1.0'],
          ['kmem/bind', 'dax0.0\n'],
          ['kmem/bind', 'dax0.0'],
          ['memory33/state', 'online'],
          ['memory33/state', 'offline'],
          ['kmem/unbind', 'dax0.0'],
          ['memory33/state', 'online'],
          ['kmem/bind', 'dax0.0'],
        ]),
      );
      const used = ['6', '7', '6', 'ENODEV', '6'];
      assert.deepEqual(run.result, ['ENODEV', 'ENODEV', '7', 'EBUSY', ...used]);
      assert.equal(run.dax.removalFailed.peek(), 0);
      assert.deepEqual(faults(run), []);
    }
  });

  test('unbinds also if memory stays, remembers it, and cannot have the range again', () => {
    const run = daxRun({}, (kernel) =>
      writeAll(kernel, [
        ['kmem/bind', 'dax0.0'],
        ['memory33/state', 'online'],
        ['kmem/unbind', 'dax0.0'],
        ['kmem/bind', 'dax0.0'],
        ['kmem/unbind', 'dax0.0'],
        ['memory33/state', 'offline'],
      ]),
    );
    // The other range was removed, and comes back: a range that fails is passed over only after one
    // that did not, and this one is the first.
    assert.deepEqual(run.result, ['6', '6', '6', 'EBUSY', 'ENODEV', '7']);
    assert.equal(run.dax.removalFailed.peek(), 1);
    assert.equal(memoryBlock(run.kernel, 33).onBus.peek(), 1);
    assert.equal(memoryBlock(run.kernel, 35).onBus.peek(), 0);
  });

  test('passes over a later range that cannot be added', () => {
    const run = daxRun({ failingBlock: 35 }, (kernel) =>
      writeAll(kernel, [
        ['kmem/bind', 'dax0.0'],
        ['kmem/unbind', 'dax0.0'],
      ]),
    );
    assert.deepEqual(run.result, ['6', '6']);
    assert.equal(run.dax.removalFailed.peek(), 0);
    const first = daxRun({ failingBlock: 33 }, (kernel) =>
      writeAll(kernel, [['kmem/bind', 'dax0.0']]),
    );
    assert.deepEqual(first.result, ['ENOMEM']);
    assert.equal(memoryBlock(first.kernel, 35).onBus.peek(), 0);
    assert.ok(first.kernel.memoryGroups.every((group) => group.kind.peek() === 0));
  });

  test('takes device_lock of the DAX device outside of device_hotplug_lock', () => {
    const { locks } = daxRun({}, (kernel) => writeAll(kernel, [['kmem/bind', 'dax0.0']]));
    assert.deepEqual(locks.slice(0, 5), [
      '+kmem/bind.active (r)',
      '+dax device_lock',
      '+device_hotplug_lock',
      '+cpu_hotplug_lock (r)',
      '+mem_hotplug_lock',
    ]);
  });

  test('races with who brings its memory online, and nobody hangs', () => {
    for (const release of ['v6.1', 'v6.8']) {
      let world!: Kernel;
      const { findings, outcomes } = raceRun(
        { ...machine, release, blocksMax: 1 },
        {
          *daxctl() {
            return resultName(yield* sysfsWrite(world, 'kmem/unbind', 'dax0.0'));
          },
          *writer() {
            return resultName(yield* sysfsWrite(world, 'memory32/online', '1'));
          },
        },
        (arena, kernel) => {
          world = withFiles(kernel, makeKmemDax(arena, kernel.memoryBlocks, { bound: true }));
        },
      );
      assert.deepEqual(findings, [], release);
      assert.deepEqual(outcomes, ['6,1', '6,ENODEV'], release);
    }
  });
});
