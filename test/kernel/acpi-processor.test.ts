import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { OstEvent, OstStatus } from '../../src/kernel/acpi-ost.ts';
import { acpiProcessorEject, acpiProcessorHotplug } from '../../src/kernel/acpi-processor.ts';
import { cpuHotplugDisable } from '../../src/kernel/cpu-maps-update.ts';
import type { Cpu } from '../../src/kernel/cpu.ts';
import { EBUSY, ENODEV } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { makeSysfs } from '../../src/kernel/sysfs-tree.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'];
const cpu1 = (kernel: Kernel): Cpu => kernel.cpus[0]!;
const add = (kernel: Kernel): Step<number> => acpiProcessorHotplug(kernel, cpu1(kernel));
const eject = (kernel: Kernel): Step<number> => acpiProcessorEject(kernel, cpu1(kernel));

/** What a directory listing shows of cpu1. */
function* listed(kernel: Kernel): Step<string> {
  const entries = yield* makeSysfs(kernel).tree();
  const paths = entries.map(({ path }) => path).filter((path) => path.startsWith('cpu/cpu1'));
  return paths.map((path) => path.slice('cpu/'.length)).join(' ');
}

/** Event and status of each report to the firmware. */
function reports({ ost }: Kernel): string[] {
  return Array.from(
    { length: ost.count.peek() },
    (_, at) => `${ost.events[at]!.peek()}: ${ost.statuses[at]!.peek()}`,
  );
}

describe('CPUs that come and go by ACPI', () => {
  for (const release of releases) {
    test(`${release}: they appear offline, and disappear`, () => {
      const run = soloRun({ release, cpusPresent: 0 }, function* (kernel): Step<unknown[]> {
        const sysfs = makeSysfs(kernel);
        const seen: unknown[] = [yield* listed(kernel), yield* sysfs.read('cpu/cpu1/online')];
        seen.push(yield* add(kernel), yield* listed(kernel));
        seen.push(yield* sysfs.read('cpu/cpu1/online'));
        seen.push(yield* sysfs.write('cpu/cpu1/online', '1'));
        seen.push(yield* add(kernel), yield* sysfs.read('cpu/cpu1/online'));
        seen.push(yield* eject(kernel), yield* listed(kernel));
        return seen;
      });
      assert.deepEqual(faults(run), []);
      const appears = [0, 'cpu1 cpu1/online', '0\n', 1];
      assert.deepEqual(run.result, ['', -2, ...appears, 0, '1\n', 0, '']);
      assert.equal(cpu1(run.kernel).present.peek(), 0);
    });
  }

  test('one that was there at boot comes back without its directory `hotplug`', () => {
    const run = soloRun({}, function* (kernel): Step<string[]> {
      const before = yield* listed(kernel);
      yield* eject(kernel);
      yield* add(kernel);
      return [before, yield* listed(kernel)];
    });
    const files = ['', '/fail', '/state', '/target'].map((file) => `cpu1/hotplug${file}`);
    assert.deepEqual(run.result, [['cpu1', ...files, 'cpu1/online'].join(' '), 'cpu1 cpu1/online']);
  });

  test('the firmware is told: added; in progress and done; in progress and busy', () => {
    const run = soloRun({ cpusPresent: 0 }, function* (kernel): Step<number> {
      yield* add(kernel);
      yield* eject(kernel);
      yield* add(kernel);
      yield* sysfsWrite(kernel, 'cpu1/online', '1');
      yield* cpuHotplugDisable(kernel);
      return yield* eject(kernel);
    });
    assert.equal(run.result, -EBUSY);
    const { deviceCheck, ejectRequest } = OstEvent;
    const { success, ejectInProgress, deviceBusy } = OstStatus;
    assert.deepEqual(reports(run.kernel), [
      `${deviceCheck}: ${success}`,
      `${ejectRequest}: ${ejectInProgress}`,
      `${ejectRequest}: ${success}`,
      `${deviceCheck}: ${success}`,
      `${ejectRequest}: ${ejectInProgress}`,
      `${ejectRequest}: ${deviceBusy}`,
    ]);
    const { present, online } = cpu1(run.kernel);
    assert.deepEqual([present.peek(), online.peek()], [1, 1]);
  });

  test('the second pass takes offline what the first could not', () => {
    const run = soloRun({}, function* (kernel): Step<number> {
      yield* sysfsWrite(kernel, 'cpu1/hotplug/fail', '197');
      return yield* eject(kernel);
    });
    assert.equal(run.result, 0);
  });

  test('ejecting a CPU that is not there changes nothing', () => {
    const run = soloRun({ cpusPresent: 0 }, eject);
    assert.deepEqual(faults(run), []);
    assert.equal(run.result, 0);
  });

  test('a writer inside `online` is waited for, and one that comes late gets ENODEV', () => {
    const writer = (kernel: Kernel): Step<number> => sysfsWrite(kernel, 'cpu1/online', '0');
    const { findings, outcomes } = raceRun({}, { eject, writer });
    assert.deepEqual(findings, []);
    assert.deepEqual(outcomes, [`0,${-ENODEV}`, '0,1']);
  });
});
