import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse, State } from '../../src/kernel/memory-state.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { makeMemtrace, type Memtrace } from '../../src/kernel/powernv-memtrace.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { faults, soloRun } from './solo-run.ts';

const machine: Parameters = { blocksPresent: 2, blocksOnline: 2 };
const enable = 'memtrace/enable';

function traceRun(
  parameters: Parameters,
  agent: (kernel: Kernel) => Step<unknown>,
): ReturnType<typeof soloRun> & { readonly trace: Memtrace } {
  let trace!: Memtrace;
  const run = soloRun(
    { ...machine, ...parameters },
    (kernel) =>
      agent({ ...kernel, files: new Map([...kernel.files, [trace.file.path, trace.file]]) }),
    (arena) => {
      trace = makeMemtrace(arena);
    },
  );
  return { ...run, trace };
}

function* writeAll(kernel: Kernel, texts: readonly string[]): Step<string[]> {
  const names: string[] = [];
  for (const text of texts) names.push(resultName(yield* sysfsWrite(kernel, enable, text)));
  return names;
}

describe('memtrace', () => {
  test('takes whole blocks only', () => {
    for (const release of ['v4.20', 'v6.1']) {
      const run = traceRun({ release }, (kernel) => writeAll(kernel, ['x', '1', '0x8000001', '0']));
      assert.deepEqual(run.result, ['EINVAL', 'EINVAL', 'EINVAL', '1']);
    }
  });

  test('removes the highest block of v4.20, and brings it back', () => {
    const run = traceRun({ release: 'v4.20' }, function* (kernel): Step<number[]> {
      const { presentSections } = memoryBlock(kernel, 33);
      yield* writeAll(kernel, ['0x8000000']);
      const taken = presentSections.peek();
      yield* writeAll(kernel, ['0']);
      return [taken, presentSections.peek()];
    });
    assert.deepEqual(run.result, [0, 1]);
    assert.equal(memoryBlock(run.kernel, 33).state.peek(), State.online);
    assert.equal(run.trace.size.peek(), 0);
    assert.deepEqual(faults(run), []);
  });

  test('takes device_hotplug_lock once to remove with 5666848774ef, and late without', () => {
    const locks = (without: string): string[] =>
      traceRun({ release: 'v4.20', without }, (kernel) => writeAll(kernel, ['0x8000000']))
        .locks.filter((lock) => /^[+](device_hotplug_lock|mem_hotplug_lock)/.test(lock))
        .map((lock) => lock.slice(1));
    const [device, memory] = ['device_hotplug_lock', 'mem_hotplug_lock'];
    assert.deepEqual(locks(''), [device, memory, memory]);
    assert.deepEqual(locks('5666848774ef'), [memory, device, memory]);
  });

  test('brings memory online without device_hotplug_lock before cec1680591d6', () => {
    for (const [without, count] of [
      ['', 0],
      ['cec1680591d6', 1],
    ] as const) {
      const run = traceRun({ release: 'v4.20', without }, (kernel) =>
        writeAll(kernel, ['0x8000000', '0']),
      );
      const title = 'assertion failed: device_hotplug_lock is not held';
      assert.equal(faults(run).filter((one) => one === title).length, count);
    }
  });

  test('v4.18 offlines without mem_hotplug_lock', () => {
    const run = traceRun({ release: 'v4.18' }, (kernel) => writeAll(kernel, ['0x8000000']));
    assert.ok(faults(run).some((title) => title.includes('mem_hotplug_lock is not held')));
  });

  test('v6.1 allocates a block, which stays online and cannot go offline meanwhile', () => {
    const run = traceRun({ release: 'v6.1' }, function* (kernel): Step<string[]> {
      const names = yield* writeAll(kernel, ['0x8000000']);
      names.push(resultName(yield* sysfsWrite(kernel, 'memory32/state', 'offline')));
      names.push(...(yield* writeAll(kernel, ['0'])));
      names.push(resultName(yield* sysfsWrite(kernel, 'memory32/state', 'offline')));
      return names;
    });
    assert.deepEqual(run.result, ['9', 'EBUSY', '1', '7']);
    assert.deepEqual(faults(run), []);
  });

  test('v6.1 takes no lock of hotplug, but memtrace_mutex and that of the direct map', () => {
    const run = traceRun({ release: 'v6.1' }, (kernel) => writeAll(kernel, ['0x8000000']));
    const taken = run.locks.filter((lock) => lock.startsWith('+'));
    assert.deepEqual(taken, [
      '+memtrace/enable.active (r)',
      '+memtrace_mutex',
      '+linear_mapping_mutex',
    ]);
  });

  test('v6.1 passes over a block in use; with none left it traces nothing, silently', () => {
    const run = traceRun({ release: 'v6.1' }, function* (kernel): Step<string[]> {
      const first = yield* allocPage(kernel, PageUse.unmovable);
      assert.equal(first!.block, memoryBlock(kernel, 32));
      const names = yield* writeAll(kernel, ['0x8000000']);
      assert.equal(memoryBlock(kernel, 33).frames[0]!.peek(), PageUse.unmovable);
      yield* writeAll(kernel, ['0']);
      yield* allocPage(kernel, PageUse.unmovable);
      return [...names, ...(yield* writeAll(kernel, ['0x8000000']))];
    });
    assert.deepEqual(run.result, ['9', '9']);
    assert.equal(run.trace.entries.peek(), 0);
  });
});
