import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { cpusReadLock, cpusReadUnlock } from '../../src/kernel/cpu-hotplug-lock.ts';
import { cpuMapsUpdateBegin, cpuMapsUpdateDone } from '../../src/kernel/cpu-maps-update.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { workOnCpu } from '../../src/kernel/work-on-cpu.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const cpuDown = (kernel: Kernel): Step<number> => sysfsWrite(kernel, 'cpu1/online', '0');

/** Takes the two locks of CPU hotplug, one within the other. */
function* reader(kernel: Kernel, mapsFirst: boolean): Step {
  if (mapsFirst) yield* cpuMapsUpdateBegin(kernel);
  yield* cpusReadLock(kernel);
  if (!mapsFirst) yield* cpuMapsUpdateBegin(kernel);
  if (!mapsFirst) yield* cpuMapsUpdateDone(kernel);
  yield* cpusReadUnlock(kernel);
  if (mapsFirst) yield* cpuMapsUpdateDone(kernel);
}

describe('work that its caller waits for', () => {
  test('a deadlock goes through it: the work waits for who waits for the caller', () => {
    const { findings } = raceRun({}, { down: cpuDown, reader: (kernel) => reader(kernel, false) });
    assert.ok(
      findings.includes('deadlock: down and reader wait for each other'),
      findings.join('\n'),
    );
  });

  test('none in the right order', () => {
    const { findings } = raceRun({}, { down: cpuDown, reader: (kernel) => reader(kernel, true) });
    assert.deepEqual(findings, []);
  });

  test('work that needs what its caller holds never ends', () => {
    const run = soloRun({}, function* (kernel): Step {
      yield* cpusReadLock(kernel);
      yield* workOnCpu(kernel, function* () {
        yield* kernel.cpuHotplugLock.acquireWrite();
        yield* kernel.cpuHotplugLock.releaseWrite();
      });
      yield* cpusReadUnlock(kernel);
    });
    assert.deepEqual(run.findings, [
      'deadlock: solo waits for cpu_hotplug_lock, which it holds itself',
    ]);
  });

  for (const [release, expected] of [
    ['v4.20', false],
    ['v6.1', true],
  ] as const) {
    test(`${release}: a CPU ${expected ? 'goes' : 'does not go'} down by a kworker`, () => {
      const { locks } = soloRun({ release }, cpuDown);
      assert.equal(locks.includes('+work wfc.work'), expected);
    });
  }
});
