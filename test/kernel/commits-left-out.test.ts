import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { faults, soloRun } from './solo-run.ts';

const offline = (kernel: Kernel): Step<number> => sysfsWrite(kernel, 'memory32/state', 'offline');
const movable = (kernel: Kernel): Step<number> =>
  sysfsWrite(kernel, 'memory32/state', 'online_movable');

describe('commits that no scenario leaves out', () => {
  test('feee6b298916: a zone shrinks as memory goes offline', () => {
    const spanned = (without: string): number => {
      const { kernel } = soloRun({ release: 'v6.1', without, blocksMax: 1 }, function* (kernel) {
        yield* movable(kernel);
        yield* offline(kernel);
      });
      return kernel.pgdats[0]!.zones[2]!.spannedPages.peek();
    };
    assert.equal(spanned(''), 0);
    assert.ok(spanned('feee6b298916') > 0);
  });

  test('5033091de814: a block with a poisoned page stays offline', () => {
    const result = (release: string, without: string): string => {
      const run = soloRun({ release, without, blocksOnline: 1 }, function* (kernel): Step<string> {
        yield* sysfsWrite(kernel, 'hard_offline_page', '0x100000000');
        yield* offline(kernel);
        return resultName(yield* movable(kernel));
      });
      return String(run.result);
    };
    assert.equal(result('v6.8', ''), 'EHWPOISON');
    assert.equal(result('v6.8', '5033091de814'), result('v6.1', ''));
    assert.notEqual(result('v6.1', ''), 'EHWPOISON');
  });

  test('11cd8638c37f: the zone lists are rebuilt while CPUs run; before, under their lock', () => {
    const cpuLocks = (release: string, without: string): string => {
      const run = soloRun({ release, without, blocksMax: 1 }, movable);
      assert.deepEqual(faults(run), [], `${release} ${without}`);
      const locks = run.locks.filter((lock) => /cpu_hotplug_lock|^.mem_hotplug_lock/.test(lock));
      return locks.filter((lock) => lock.startsWith('+')).join(' ');
    };
    const outside = '+cpu_hotplug_lock (r) +mem_hotplug_lock';
    assert.equal(cpuLocks('v4.18', ''), outside);
    // stop_machine_cpuslocked()
    assert.equal(cpuLocks('v4.18', '11cd8638c37f'), outside);
    assert.equal(cpuLocks('v4.18', '3f906ba23689,11cd8638c37f'), cpuLocks('v3.19', ''));
    assert.match(cpuLocks('v3.19', ''), /^\+mem_hotplug_lock.* \+cpu_hotplug_lock \(r\)/);
    assert.doesNotMatch(cpuLocks('v4.18', '3f906ba23689'), /cpu_hotplug_lock/);
  });
});

describe('without any lock of memory hotplug', () => {
  test('nothing asserts it; where there is one, `online` of v4.18 is told to lack it', () => {
    const without = 'bfc8c90139eb,20d6c96b5f1c';
    assert.deepEqual(faults(soloRun({ release: 'v3.19', without }, movable)), []);
    const online = (kernel: Kernel): Step<number> => sysfsWrite(kernel, 'memory32/online', '1');
    assert.match(faults(soloRun({ release: 'v4.18' }, online)).join(), /mem_hotplug_lock is not/);
  });
});
