import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Kind } from '../../src/program/kinds.ts';
import type { Parameters, Step } from '../../src/program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { cpuUp } from '../../src/kernel/cpu-up.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import type { MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { makeNotifierBlock, Notify } from '../../src/kernel/notifier-chain.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsRead, sysfsWrite } from '../../src/kernel/sysfs.ts';
import { lockOrderText } from '../../src/cli/lock-order-command.ts';
import { LockdepEdges } from './lockdep-edges.ts';
import { lockTrees, type LockNode } from './lock-tree.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

// "Surprising against Locking Internals": section 8 of the project's notes on an observed 6.1
// kernel, item by item, as far as it is about what the model has. Item 5 is in
// lockdep-edges.test.ts. Items 3 and 15 are about lockdep:
// test/scenarios/lockdep-contradiction.test.ts has what Heddle says in its place. Item 14 is
// about how lockdep lists locks, and the second half of 13 about other modules.

const release = 'v6.1';
const trees = lockTrees(lockOrderText(release));
const at = (number: number) => (kernel: Kernel) => memoryBlock(kernel, number);
const write =
  (path: string, text: string) =>
  (kernel: Kernel): Step<number> =>
    sysfsWrite(kernel, path, text);

/** Every lock of a tree with the locks held around it, outermost first. */
function nested(nodes: readonly LockNode[], around: readonly string[] = []): (readonly string[])[] {
  return nodes.flatMap(({ text, inside }) => {
    const here = [...around, text];
    return [here, ...nested(inside, here)];
  });
}

/** Of all operations. */
const everywhere = [...trees.values()].flatMap((nodes) => nested(nodes));

/** What some steps answer, with nothing found on the way. */
function answers<T>(parameters: Parameters, agent: (kernel: Kernel) => Step<T>): T {
  const run = soloRun({ release, ...parameters }, agent);
  assert.deepEqual(faults(run), []);
  return run.result as T;
}

describe('surprises of the real kernel', () => {
  test('1: device_lock is taken twice right after bus_add_device(), under mem_hotplug_lock', () => {
    const order: string[] = [];
    const add = (kernel: Kernel): Step<number> => addMemory(kernel, at(33)(kernel));
    soloRun({ release }, add, undefined, ({ kind, lockClass }) => {
      if (kind === Kind.store && lockClass === 'memory33.on_bus') order.push('bus_add_device()');
      if (kind === Kind.acquire && lockClass === 'memory device_lock') order.push('device_lock');
      if (kind === Kind.writeAcquire && lockClass === 'mem_hotplug_lock') order.push('begin');
      if (kind === Kind.writeRelease && lockClass === 'mem_hotplug_lock') order.push('done');
    });
    assert.deepEqual(order, ['begin', 'bus_add_device()', 'device_lock', 'device_lock', 'done']);
  });

  test('2: every writer of mem_hotplug_lock reads cpu_hotplug_lock around it', () => {
    const writers = everywhere.filter((path) => path.at(-1) === 'mem_hotplug_lock [W]');
    assert.ok(writers.length > 10);
    for (const path of writers) assert.equal(path.at(-2), 'cpu_hotplug_lock [R]', path.join(' > '));
  });

  test('4: cpu_hotplug_lock -> mem_hotplug_lock needs no hotplug of memory: a CPU comes up', () => {
    const lockdep = new LockdepEdges();
    const up = (kernel: Kernel): Step<number> => cpuUp(kernel, kernel.cpus[0]!);
    soloRun({ release }, up, undefined, (event) => lockdep.event(event));
    assert.ok(lockdep.edges.has('cpu_hotplug_lock -> mem_hotplug_lock'));
  });

  test('6: a writer that waited for device_hotplug_lock would deadlock with a removal', () => {
    const agents = {
      firmware: (kernel: Kernel): Step<number> => acpiDeviceEject(kernel, at(32)(kernel)),
      writer: write('memory32/state', 'offline'),
    };
    const parameters = { release, addPath: 'acpi' };
    assert.deepEqual(raceRun(parameters, agents).findings, []);
    const { findings } = raceRun({ ...parameters, without: '5e33bc4165f3' }, agents);
    assert.ok(
      findings.some((title) => title.includes('deadlock')),
      findings.join('; '),
    );
  });

  test('7: only adding nests dev->mutex in mem_hotplug_lock, removing does not', () => {
    const nesting = [...trees].filter(([, nodes]) =>
      nested(nodes).some(
        (path) => path.at(-1) === 'dev->mutex(block) [W]' && path.includes('mem_hotplug_lock [W]'),
      ),
    );
    const titles = nesting.map(([title]) => title);
    assert.ok(
      titles.every((title) => /add|probe/.test(title)),
      titles.join('; '),
    );
    assert.ok(titles.length >= 4);
    assert.ok(
      nested(trees.get('remove_memory()')!).some((path) => path[1]?.startsWith('dev->mutex')),
    );
  });

  test('8: without the fix the first failure is a node that is not set, no deadlock', () => {
    const agents = {
      adder: (kernel: Kernel): Step<number> => addMemory(kernel, at(33)(kernel)),
      writer: write('memory33/online', '1'),
    };
    assert.deepEqual(raceRun({ release }, agents).findings, []);
    const { findings } = raceRun({ release, without: '8df1d0e4a265' }, agents);
    assert.ok(findings.some((title) => title.includes('NULL pointer dereference')));
    assert.ok(!findings.some((title) => title.includes('deadlock')), findings.join('; '));
  });

  test('9: cpu_up takes mem_hotplug_lock before cpu_add_remove_lock, under dev->mutex', () => {
    const paths = nested(trees.get('cpu1/online=1')!);
    const order = paths.map((path) => path.at(-1)!);
    const first = order.indexOf('mem_hotplug_lock [W]');
    assert.ok(first >= 0 && first < order.indexOf('cpu_add_remove_lock [W]'));
    assert.ok(paths[first]!.includes('dev->mutex(cpu) [W]'));
  });

  test('10: `state` and `online` disagree on idempotence; a refused online_movable stays', () => {
    const found = answers({}, function* (kernel): Step<unknown[]> {
      const results: number[] = [];
      for (const [file, text] of [
        ['state', 'online'],
        ['state', 'online_movable'],
        ['online', '1'],
        ['state', 'offline'],
        ['online', '1'],
      ] as const) {
        results.push(yield* sysfsWrite(kernel, `memory32/${file}`, text));
      }
      return [...results.map(resultName), yield* sysfsRead(kernel, 'memory32/valid_zones')];
    });
    assert.deepEqual(found, ['6', 'EINVAL', '1', '7', '1', 'Movable\n']);
  });

  test('10: a normal online in between clears it', () => {
    const found = answers({}, function* (kernel): Step<unknown> {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
      yield* sysfsWrite(kernel, 'memory32/online', '0');
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      yield* sysfsWrite(kernel, 'memory32/online', '0');
      yield* sysfsWrite(kernel, 'memory32/online', '1');
      return yield* sysfsRead(kernel, 'memory32/valid_zones');
    });
    assert.equal(found, 'Normal\n');
  });

  test('11: a removal that fails brings the first block back in Normal, not in Movable', () => {
    const parameters = { addPath: 'acpi', blocksPresent: 0 };
    const found = answers(parameters, function* (kernel): Step<unknown[]> {
      const both = [at(32)(kernel), at(33)(kernel)];
      yield* acpiDeviceHotplug(kernel, both);
      yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
      yield* sysfsWrite(kernel, 'memory33/state', 'online_kernel');
      yield* both[1]!.frames[0]!.store(PageUse.unmovable);
      const result = yield* acpiDeviceEject(kernel, both);
      return [resultName(result), yield* sysfsRead(kernel, 'memory32/valid_zones')];
    });
    assert.deepEqual(found, ['EBUSY', 'Normal\n']);
  });

  test('12: pcp_batch_high_lock is held for the whole offline, notifiers included', () => {
    const offline = everywhere.filter((path) => path.at(-1)!.includes('MEM_GOING_OFFLINE'));
    assert.ok(offline.length >= 4);
    for (const path of offline) assert.equal(path.at(-2), 'pcp_batch_high_lock [W]');
    const run = soloRun(
      { release, blocksOnline: 1 },
      write('memory32/state', 'offline'),
      (arena, kernel) => {
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'asserts',
          registered: true,
          *call(_self, action) {
            if (action === 2) yield* kernel.pcpBatchHighLock.assertHeld();
            return Notify.ok;
          },
        });
      },
    );
    assert.deepEqual(faults(run), []);
  });

  test('13: remove_memory() of a range that does not exist answers 0', () => {
    assert.equal(
      answers({}, (kernel) => removeMemory(kernel, at(33)(kernel))),
      0,
    );
  });
});
