import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { deviceOffline, deviceOnline } from '../../src/kernel/device-online.ts';
import type { Device } from '../../src/kernel/device.ts';
import { EBUSY, EPERM } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { faults, soloRun } from './solo-run.ts';

/** What the agent answers under device_hotplug_lock, and what it took besides. */
function locked(agent: (kernel: Kernel) => Step<number>): {
  readonly result: unknown;
  readonly taken: readonly string[];
} {
  const run = soloRun({ cpus: 3 }, function* (kernel): Step<number> {
    yield* kernel.deviceHotplugLock.acquire();
    try {
      return yield* agent(kernel);
    } finally {
      yield* kernel.deviceHotplugLock.release();
    }
  });
  assert.deepEqual(faults(run), []);
  const taken = run.locks.filter((lock) => lock.startsWith('+')).slice(1);
  return { result: run.result, taken };
}

/** cpu1 as the parent of the other two, and as the grandparent of cpu3. */
function family({ cpus }: Kernel, isDeep: boolean): Device {
  const [parent, one, other] = cpus;
  const children = isDeep ? [{ ...one!, children: [other!] }] : [one!, other!];
  return { ...parent!, children };
}

describe('device_offline()', () => {
  test('a device that never goes offline is EPERM, and no lock is taken', () => {
    const { result, taken } = locked((kernel) => deviceOffline(kernel, kernel.bootCpu));
    assert.equal(result, -EPERM);
    assert.deepEqual(taken, []);
  });

  for (const isDeep of [false, true]) {
    const whose = isDeep ? 'a grandchild' : 'a child';
    test(`${whose} that is online is EBUSY, before device_lock is taken`, () => {
      const { result, taken } = locked(function* (kernel) {
        yield* kernel.cpus[1]!.offline.write(1);
        return yield* deviceOffline(kernel, family(kernel, isDeep));
      });
      assert.equal(result, -EBUSY);
      assert.ok(!taken.includes('+cpu1.device_lock'));
    });

    test(`with ${whose} that is offline the device goes offline`, () => {
      const { result, taken } = locked(function* (kernel) {
        for (const cpu of kernel.cpus.slice(1)) yield* cpu.offline.write(1);
        return yield* deviceOffline(kernel, family(kernel, isDeep));
      });
      assert.equal(result, 0);
      assert.ok(taken.includes('+cpu1.device_lock'));
    });
  }

  test('twice is 1, and so is bringing it online twice', () => {
    const { result } = locked(function* (kernel) {
      const cpu = kernel.cpus[0]!;
      let sum = yield* deviceOnline(kernel, cpu);
      sum += yield* deviceOffline(kernel, cpu);
      sum += yield* deviceOffline(kernel, cpu);
      return sum;
    });
    assert.equal(result, 2);
  });
});
