import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { OstEvent, OstStatus } from '../../src/kernel/acpi-ost.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { MemoryEvent, type MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { PageUse, State } from '../../src/kernel/memory-state.ts';
import { makeNotifierBlock, Notify, notifierFromErrno } from '../../src/kernel/notifier-chain.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { ZoneIndex } from '../../src/kernel/zone.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const dimm = (kernel: Kernel) => [memoryBlock(kernel, 32), memoryBlock(kernel, 33)];
const parameters: Parameters = { addPath: 'acpi', blocksPresent: 0 };

/** What the firmware was told: event and status of each report. */
function reports({ ost }: Kernel): number[][] {
  const count = ost.count.peek();
  return ost.events.slice(0, count).map((event, at) => [event.peek(), ost.statuses[at]!.peek()]);
}

const added = [OstEvent.deviceCheck, OstStatus.success];
const inProgress = [OstEvent.ejectRequest, OstStatus.ejectInProgress];

describe('firmware that takes memory away', () => {
  for (const release of releases) {
    test(`${release}: blocks go offline and away, and the firmware is told`, () => {
      const run = soloRun({ ...parameters, release }, function* (kernel): Step<number> {
        yield* acpiDeviceHotplug(kernel, dimm(kernel));
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        return yield* acpiDeviceEject(kernel, dimm(kernel));
      });
      assert.equal(run.result, 0);
      // 30467e0b3be8 had left device_offline() by firmware without mem_hotplug_lock.
      const unlocked = 'assertion failed: mem_hotplug_lock is not held for writing';
      assert.deepEqual(faults(run), release === 'v4.18' ? [unlocked] : []);
      const done = [OstEvent.ejectRequest, OstStatus.success];
      assert.deepEqual(reports(run.kernel), [added, inProgress, done]);
      assert.ok(dimm(run.kernel).every((block) => block.presentSections.peek() === 0));
    });

    test(`${release}: what does not go offline stays: busy, and the rest is back online`, () => {
      const run = soloRun({ ...parameters, release }, function* (kernel): Step<number> {
        yield* acpiDeviceHotplug(kernel, dimm(kernel));
        yield* sysfsWrite(kernel, 'memory33/state', 'online_kernel');
        yield* allocPage(kernel, PageUse.unmovable);
        yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
        return yield* acpiDeviceEject(kernel, dimm(kernel), OstEvent.ospmEject);
      });
      assert.equal(resultName(run.result as number), 'EBUSY');
      // "In progress" answers a request of the firmware, even where user space asked.
      const busy = [OstEvent.ospmEject, OstStatus.deviceBusy];
      assert.deepEqual(reports(run.kernel), [added, inProgress, busy]);
      const [first, second] = dimm(run.kernel);
      assert.equal(first!.state.peek(), State.online);
      assert.equal(second!.state.peek(), State.online);
      // Movable before, and by the default policy now; v3.19 leaves pages in the zone they are in.
      const zone = release === 'v3.19' ? ZoneIndex.movable : ZoneIndex.normal;
      assert.equal(first!.pageZone.peek(), zone);
    });
  }

  test('a callback that refuses is asked in both passes', () => {
    let asked = 0;
    const run = soloRun(
      { ...parameters, blocksMax: 1 },
      function* (kernel): Step<number> {
        const block = memoryBlock(kernel, 32);
        yield* acpiDeviceHotplug(kernel, block);
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        return yield* acpiDeviceEject(kernel, block);
      },
      (arena, kernel) => {
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'refuses',
          registered: true,
          *call(_self, action) {
            if (action !== MemoryEvent.goingOffline) return Notify.ok;
            asked++;
            yield* kernel.acpiScanLock.assertHeld();
            return notifierFromErrno(-12);
          },
        });
      },
    );
    assert.equal(asked, 2);
    assert.equal(resultName(run.result as number), 'EBUSY');
    assert.deepEqual(faults(run), []);
  });

  test('memory that is there already is tolerated', () => {
    const run = soloRun({ addPath: 'acpi' }, (kernel) =>
      acpiDeviceHotplug(kernel, memoryBlock(kernel, 32)),
    );
    assert.equal(run.result, 0);
  });
});
