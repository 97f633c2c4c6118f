import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { acpiDeviceHotplug, acpiScanDropDevice } from '../../src/kernel/acpi.ts';
import { Ejection } from '../../src/kernel/acpi-companion.ts';
import { ejectPath, hotplugEnabledPath } from '../../src/kernel/acpi-files.ts';
import { acpiBusNotify, acpiHotplugWorker } from '../../src/kernel/acpi-hotplug-work.ts';
import { plugIn } from '../../src/kernel/acpi-memory-device.ts';
import { OstEvent, OstStatus } from '../../src/kernel/acpi-ost.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse, State } from '../../src/kernel/memory-state.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { destroyWorkqueue } from '../../src/kernel/workqueue.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const acpi: Parameters = { addPath: 'acpi' };

/** What the firmware was told: event and status of each report. */
function reports({ ost }: Kernel): number[][] {
  const count = ost.count.peek();
  return ost.events.slice(0, count).map((event, at) => [event.peek(), ost.statuses[at]!.peek()]);
}

/** Ends the queue and does all of its works, in one agent. */
function* doWorks(kernel: Kernel): Step {
  yield* destroyWorkqueue(kernel.acpi.queue);
  yield* acpiHotplugWorker(kernel);
}

describe('events of the firmware', () => {
  test('are done by the worker, in the order in which they came', () => {
    for (const release of releases) {
      const parameters = { ...acpi, release, blocksPresent: 0 };
      const run = soloRun(parameters, function* (kernel): Step<number> {
        const block = memoryBlock(kernel, 33);
        yield* acpiBusNotify(kernel, block, OstEvent.deviceCheck);
        yield* acpiBusNotify(kernel, block, OstEvent.ejectRequest);
        const before = kernel.ost.count.peek();
        yield* doWorks(kernel);
        return before;
      });
      assert.equal(run.result, 0, 'nothing is told before the worker is at it');
      assert.deepEqual(reports(run.kernel), [
        [OstEvent.deviceCheck, OstStatus.success],
        [OstEvent.ejectRequest, OstStatus.ejectInProgress],
        [OstEvent.ejectRequest, OstStatus.success],
      ]);
      assert.equal(memoryBlock(run.kernel, 33).onBus.peek(), 0);
      assert.deepEqual(faults(run), [], release);
    }
  });

  test('run under the queue, the work, device_hotplug_lock and acpi_scan_lock, in turn', () => {
    const { locks } = soloRun(acpi, function* (kernel): Step {
      yield* acpiBusNotify(kernel, memoryBlock(kernel, 33), OstEvent.deviceCheck);
      yield* doWorks(kernel);
    });
    const at = locks.indexOf('+wq kacpi_hotplug');
    assert.deepEqual(locks.slice(at, at + 4), [
      '+wq kacpi_hotplug',
      '+kacpi_hotplug work',
      '+device_hotplug_lock',
      '+acpi_scan_lock',
    ]);
    assert.deepEqual(locks.slice(-6, -2), [
      '-acpi_scan_lock',
      '-device_hotplug_lock',
      '-kacpi_hotplug work',
      '-wq kacpi_hotplug',
    ]);
  });

  test('that find no room in the queue are answered by failure', () => {
    const { kernel } = soloRun(acpi, function* (kernel): Step {
      const block = memoryBlock(kernel, 33);
      for (let event = 0; event < 9; event++) {
        yield* acpiBusNotify(kernel, block, OstEvent.deviceCheck);
      }
    });
    assert.deepEqual(reports(kernel), [[OstEvent.deviceCheck, OstStatus.failure]]);
  });

  test('for a device that is gone do nothing, and tell nobody', () => {
    const run = soloRun(acpi, function* (kernel): Step<number> {
      yield* acpiScanDropDevice(kernel, memoryBlock(kernel, 33));
      return yield* acpiDeviceHotplug(kernel, memoryBlock(kernel, 33));
    });
    assert.equal(resultName(run.result as number), 'ENODEV');
    assert.deepEqual(reports(run.kernel), []);
    assert.equal(memoryBlock(run.kernel, 33).onBus.peek(), 0);
  });
});

describe('a device check', () => {
  const check = (parameters: Parameters, status: number, number = 33) =>
    soloRun({ ...acpi, ...parameters }, function* (kernel): Step<number> {
      const block = memoryBlock(kernel, number);
      yield* block.acpi.status.store(status);
      return yield* acpiDeviceHotplug(kernel, block);
    });

  test('adds memory only if _STA says present, enabled and functioning', () => {
    for (const status of [0x1, 0x3, 0x9, 0xb, 0xd, 0xf]) {
      const { kernel, result } = check({}, status);
      const usable = (status & 0xb) === 0xb;
      assert.equal(memoryBlock(kernel, 33).onBus.peek(), usable ? 1 : 0, `_STA ${status}`);
      assert.equal(result, 0);
    }
  });

  test('that adds nothing is a failure before 793551c96511 only', () => {
    for (const [parameters, name, status] of [
      [{ release: 'v6.1' }, '0', OstStatus.success],
      [{ release: 'v6.1', without: '793551c96511' }, 'ENODEV', OstStatus.failure],
      [{ release: 'v4.20' }, 'ENODEV', OstStatus.failure],
    ] as const) {
      const { kernel, result } = check(parameters, 0x3);
      assert.equal(resultName(result as number), name);
      assert.deepEqual(reports(kernel), [[OstEvent.deviceCheck, status]]);
    }
  });

  test('of a device that is there already is one before 793551c96511 only', () => {
    assert.equal(check({}, 0xf, 32).result, 0);
    const { result } = check({ without: '793551c96511' }, 0xf, 32);
    assert.equal(resultName(result as number), 'EALREADY');
  });

  test('of a device that was pulled out removes it, and is a BUG if it is online', () => {
    const gone = check({}, 0, 32);
    assert.equal(gone.result, 0);
    assert.equal(memoryBlock(gone.kernel, 32).presentSections.peek(), 0);
    const online = check({ blocksOnline: 1 }, 0, 32);
    assert.ok(faults(online).some((title) => title.includes('kernel BUG')));
    assert.equal(resultName(check({}, 0, 33).result as number), 'EALREADY');
  });

  test('passes over a range that fails, and adds the others', () => {
    const parameters = { ...acpi, blocksMax: 4, blocksPresent: 0, failingBlock: 32 };
    const run = soloRun(parameters, function* (kernel): Step<number> {
      const device = [32, 34].map((number) => memoryBlock(kernel, number));
      return yield* acpiDeviceHotplug(kernel, device);
    });
    assert.equal(run.result, 0);
    const there = run.kernel.memoryBlocks.map((block) => block.onBus.peek());
    assert.deepEqual(there, [0, 0, 1, 0]);
    assert.equal(memoryBlock(run.kernel, 34).acpi.bound.peek(), 1);
  });

  test('none of whose ranges can be added leaves nothing behind', () => {
    const parameters = { ...acpi, failingBlock: 33, without: '793551c96511' };
    const { kernel, result } = check(parameters, 0xf);
    assert.equal(resultName(result as number), 'ENODEV');
    const { resource, presentSections, acpi: device } = memoryBlock(kernel, 33);
    assert.deepEqual([resource.peek(), presentSections.peek(), device.handler.peek()], [0, 0, 0]);
    assert.ok(kernel.memoryGroups.every((group) => group.kind.peek() === 0));
  });
});

describe('a bus check', () => {
  test('adds what is there, removes what is not, and never fails', () => {
    const run = soloRun(acpi, function* (kernel): Step<number[]> {
      const [first, second] = [memoryBlock(kernel, 32), memoryBlock(kernel, 33)];
      yield* first.acpi.status.store(0);
      const results: number[] = [];
      for (const block of [first, first, second, second]) {
        results.push(yield* acpiDeviceHotplug(kernel, block, OstEvent.busCheck));
      }
      return results;
    });
    assert.deepEqual(run.result, [0, 0, 0, 0]);
    assert.deepEqual(
      [32, 33].map((number) => memoryBlock(run.kernel, number).onBus.peek()),
      [0, 1],
    );
  });
});

describe('ejection', () => {
  const eject = (how: number, parameters: Parameters = {}) =>
    soloRun({ ...acpi, ...parameters }, function* (kernel): Step<number> {
      const block = memoryBlock(kernel, 32);
      yield* block.acpi.ejection.store(how);
      return yield* acpiDeviceHotplug(kernel, block, OstEvent.ejectRequest);
    });

  test('ends with _EJ0, whose failure is one, although the memory is gone', () => {
    for (const [how, name, status] of [
      [Ejection.works, '0', OstStatus.success],
      [Ejection.isMissing, 'ENODEV', OstStatus.failure],
      [Ejection.fails, 'EIO', OstStatus.failure],
    ] as const) {
      const { kernel, result } = eject(how);
      assert.equal(resultName(result as number), name);
      assert.deepEqual(reports(kernel).at(-1), [OstEvent.ejectRequest, status]);
      assert.equal(memoryBlock(kernel, 32).presentSections.peek(), 0);
    }
  });

  test('is verified by _STA, which only goes to the log', () => {
    const { kernel, result } = eject(Ejection.doesNothing);
    assert.equal(result, 0);
    assert.equal(memoryBlock(kernel, 32).acpi.ejectIncomplete.peek(), 1);
    const works = eject(Ejection.works);
    assert.equal(memoryBlock(works.kernel, 32).acpi.ejectIncomplete.peek(), 0);
    assert.equal(memoryBlock(works.kernel, 32).acpi.status.peek(), 0);
  });

  test('that is switched off is refused before anything is in progress: 0x80', () => {
    const { kernel, result } = soloRun({ ...acpi, blocksOnline: 1 }, function* (kernel) {
      yield* sysfsWrite(kernel, hotplugEnabledPath, '0');
      const block = memoryBlock(kernel, 32);
      return yield* acpiDeviceHotplug(kernel, block, OstEvent.ejectRequest);
    });
    assert.equal(resultName(result as number), 'EPERM');
    assert.deepEqual(reports(kernel), [[OstEvent.ejectRequest, OstStatus.ejectNotSupported]]);
    assert.equal(memoryBlock(kernel, 32).state.peek(), State.online);
  });

  test('and plugging in again is a device that can be used', () => {
    for (const release of releases) {
      const run = soloRun({ ...acpi, release }, function* (kernel): Step<string> {
        const block = memoryBlock(kernel, 32);
        yield* acpiDeviceHotplug(kernel, block, OstEvent.ejectRequest);
        yield* plugIn(block);
        yield* acpiDeviceHotplug(kernel, block);
        return resultName(yield* sysfsWrite(kernel, 'memory32/state', 'online'));
      });
      assert.equal(run.result, '6', release);
      assert.deepEqual(faults(run), []);
    }
  });
});

describe('the file `eject`', () => {
  test('answers at once, and the result is for the firmware only', () => {
    const parameters = { ...acpi, blocksPresent: 2, dimmBlocks: 2, blocksOnline: 2 };
    const run = soloRun(parameters, function* (kernel): Step<unknown[]> {
      // A page of each block.
      yield* allocPage(kernel, PageUse.unmovable);
      yield* allocPage(kernel, PageUse.unmovable);
      const answer = yield* sysfsWrite(kernel, ejectPath(0), '1');
      const before = kernel.ost.count.peek();
      yield* doWorks(kernel);
      return [answer, before];
    });
    assert.deepEqual(run.result, [1, 0]);
    assert.deepEqual(reports(run.kernel), [
      [OstEvent.ejectRequest, OstStatus.ejectInProgress],
      [OstEvent.ospmEject, OstStatus.deviceBusy],
    ]);
  });

  test('takes what begins with 1, of a device that is handled, where ejecting is on', () => {
    const run = soloRun(acpi, function* (kernel): Step<string[]> {
      const names: string[] = [];
      for (const [path, text] of [
        [ejectPath(0), '0'],
        [ejectPath(0), 'x1'],
        [ejectPath(1), '1'],
        [hotplugEnabledPath, '2'],
        [hotplugEnabledPath, '0\n'],
        [ejectPath(0), '1'],
        [hotplugEnabledPath, '1'],
        [ejectPath(0), '1\n'],
      ] as const) {
        names.push(resultName(yield* sysfsWrite(kernel, path, text)));
      }
      return names;
    });
    const refused = ['EINVAL', 'EINVAL', 'ENODEV', 'EINVAL'];
    assert.deepEqual(run.result, [...refused, '2', 'ENODEV', '1', '2']);
  });
});

describe('removal against a writer', () => {
  test('either waits, or finds the file gone: memory that is not offline is never removed', () => {
    for (const release of ['v4.20', 'v6.1', 'v6.8']) {
      const { findings, outcomes } = raceRun(
        { ...acpi, release, blocksMax: 1, rules: 'all' },
        {
          *user(kernel) {
            yield* sysfsWrite(kernel, ejectPath(0), '1');
            yield* destroyWorkqueue(kernel.acpi.queue);
            return '';
          },
          *worker(kernel) {
            yield* acpiHotplugWorker(kernel);
            return memoryBlock(kernel, 32).onBus.peek();
          },
          *writer(kernel) {
            return resultName(yield* sysfsWrite(kernel, 'memory32/state', 'online'));
          },
        },
      );
      assert.deepEqual(findings, [], release);
      assert.deepEqual(outcomes, [',0,6', ',0,ENODEV'], release);
    }
  });
});
