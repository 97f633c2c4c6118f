import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Operation, Parameters, Step } from '../../src/program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { kmemleakScan } from '../../src/kernel/kmemleak.ts';
import { memHotplugBegin, memHotplugDone } from '../../src/kernel/mem-hotplug-lock.ts';
import { OnlineType, State } from '../../src/kernel/memory-state.ts';
import { memremapPages, memunmapPages } from '../../src/kernel/memremap-pages.ts';
import { offlineAndRemoveMemory } from '../../src/kernel/offline-and-remove-memory.ts';
import { zonePcpDisable } from '../../src/kernel/pcplist.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { softOfflinePage } from '../../src/kernel/soft-offline-page.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { faults, soloRun } from './solo-run.ts';

/** One operation after the other, of all kinds. */
function* everything(kernel: Kernel): Step {
  const block = memoryBlock(kernel, 33);
  yield* addMemory(kernel, block);
  yield* sysfsWrite(kernel, 'memory33/state', 'online_movable');
  yield* kmemleakScan(kernel);
  yield* softOfflinePage(kernel, block.startPfn);
  yield* sysfsWrite(kernel, 'memory33/online', '0');
  yield* removeMemory(kernel, block);
  yield* acpiDeviceHotplug(kernel, block);
  yield* sysfsWrite(kernel, 'memory33/online', '1');
  yield* acpiDeviceEject(kernel, block);
  yield* addMemory(kernel, block);
  yield* offlineAndRemoveMemory(kernel, block);
  yield* memremapPages(kernel, kernel.deviceMemory[0]!);
  yield* memunmapPages(kernel, kernel.deviceMemory[0]!);
}

const broken = (parameters: Parameters, agent: (kernel: Kernel) => Step<unknown>) =>
  faults(soloRun({ ...parameters, guards: true }, agent));

const block = (kernel: Kernel) => memoryBlock(kernel, 32);

describe('the guards that the data of the kernel declares', () => {
  for (const release of ['v4.20', 'v6.1', 'v6.8']) {
    test(`${release} keeps all of them`, () => {
      const parameters = { release, deviceRanges: 1, details: 'all', cpus: 1 };
      assert.deepEqual(broken(parameters, everything), []);
    });
  }

  test('v4.18 onlines by `online` without mem_hotplug_lock: every counter says so', () => {
    const online = (kernel: Kernel) => sysfsWrite(kernel, 'memory32/online', '1');
    const found = broken({ release: 'v4.18' }, online);
    for (const word of ['zone.present_pages', 'zone.spanned_pages', 'pgdat.node_present_pages']) {
      const how = 'is written without mem_hotplug_lock held for writing';
      const title = `unguarded access: ${word} ${how}`;
      assert.ok(found.includes(title), `${title}\n${found.join('\n')}`);
    }
  });

  test('none is checked unless `guards` is true', () => {
    const write = function* (kernel: Kernel): Step {
      yield* block(kernel).state.write(State.online);
    };
    assert.deepEqual(faults(soloRun({}, write)), []);
  });

  const writers: readonly (readonly [string, string, (kernel: Kernel) => Operation<unknown>])[] = [
    ['memory32.state', 'memory32.device_lock', (kernel) => block(kernel).state.write(0)],
    ['memory32.offline', 'memory32.device_lock', (kernel) => block(kernel).offline.write(0)],
    [
      'memory32.online_type',
      'device_hotplug_lock',
      (kernel) => block(kernel).onlineType.write(OnlineType.keep),
    ],
    ['memory32.group', 'device_hotplug_lock', (kernel) => block(kernel).group.write(0)],
    ['memory32.resource', 'resource_lock', (kernel) => block(kernel).resource.write(0)],
    ['memory32.free_lists', 'zone->lock', (kernel) => block(kernel).freeLists.store(0)],
    ['zone.present_pages', 'mem_hotplug_lock', (kernel) => kernel.pgdat.zone.presentPages.write(0)],
    ['zone.pcp_high', 'pcp_batch_high_lock', (kernel) => kernel.pgdat.zone.pcplistsOn.store(0)],
    [
      'zone.nr_isolate_pageblock',
      'zone.lock',
      (kernel) => kernel.pgdat.zone.isolatedPageblocks.write(1),
    ],
  ];
  for (const [word, lock, write] of writers) {
    test(`${word} is not written without ${lock}`, () => {
      const title = `unguarded access: ${word} is written without ${lock} held for writing`;
      const agent = function* (kernel: Kernel): Step {
        yield* write(kernel);
      };
      assert.deepEqual(broken({ blocksPresent: 1 }, agent), [title]);
    });
  }
});

describe('the rules that the kernel declares of its locks', () => {
  test('device_hotplug_lock is not asked for under mem_hotplug_lock', () => {
    const found = broken({}, function* (kernel): Step {
      yield* memHotplugBegin(kernel);
      yield* kernel.deviceHotplugLock.acquire();
      yield* kernel.deviceHotplugLock.release();
      yield* memHotplugDone(kernel);
    });
    const title = 'declared order broken: device_hotplug_lock is acquired under';
    assert.deepEqual([...found].sort(), [`${title} cpu_hotplug_lock`, `${title} mem_hotplug_lock`]);
  });

  test('nothing is taken under resource_lock', () => {
    const found = broken({}, function* (kernel): Step {
      yield* kernel.resourceLock.acquireWrite();
      yield* kernel.pgdat.zone.lock.acquire();
      yield* kernel.pgdat.zone.lock.release();
      yield* kernel.resourceLock.releaseWrite();
    });
    assert.deepEqual(found, ['declared leaf broken: zone->lock is acquired under resource_lock']);
  });

  test('zone_pcp_disable() under zone->lock would sleep, and breaks the order', () => {
    const found = broken({}, function* (kernel): Step {
      const { zone } = kernel.pgdat;
      yield* zone.lock.acquire();
      yield* zonePcpDisable(kernel, zone);
      yield* kernel.pcpBatchHighLock.release();
      yield* zone.lock.release();
    });
    const expected = [
      'declared order broken: pcp_batch_high_lock is acquired under zone->lock',
      'waiting is not allowed under zone->lock: an agent may wait for pcp_batch_high_lock',
    ];
    for (const title of expected) assert.ok(found.includes(title), found.join('\n'));
  });
});
