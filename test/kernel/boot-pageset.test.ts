import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { numaZonelistOrderHandler } from '../../src/kernel/zonelist.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const machine = { release: 'v3.19', blocksMax: 1, nodes: 2, hotplugNode: 1 } as const;
const online = (kernel: Kernel): Step<number> => sysfsWrite(kernel, 'memory32/state', 'online');

function* useOnePage(kernel: Kernel): Step {
  const page = yield* allocPage(kernel, PageUse.pinned);
  if (page !== undefined) yield* freePage(kernel, page);
}

describe('boot_pageset', () => {
  const agents = { online, sysctl: numaZonelistOrderHandler, allocator: useOnePage };
  const loses = (without: string): boolean =>
    raceRun({ ...machine, without }, agents).findings.some((title) =>
      title.includes('a page of zone Normal was on boot_pageset, and is lost'),
    );

  test('keeps a page, and loses it, without 4eaf3f64397c and 6dcd73d7011b', () => {
    assert.equal(loses('4eaf3f64397c,6dcd73d7011b'), true);
  });

  test('is never used while either is in', () => {
    assert.equal(loses('4eaf3f64397c'), false);
    assert.equal(loses('6dcd73d7011b'), false);
    assert.equal(loses(''), false);
  });

  test('has a page of another zone: VM_BUG_ON(bad_range())', () => {
    const run = soloRun({ ...machine, without: '6dcd73d7011b', bootFrames: 1 }, function* (kernel) {
      yield* online(kernel);
      // As if zone Normal of node 1 had no pageset, and node 0 had left its page there.
      yield* kernel.pgdats[1]!.zone.ownPageset.store(0);
      yield* kernel.mm.bootPageset.page.store(2);
      yield* kernel.zonelistBits.store(1 << 5);
      yield* allocPage(kernel, PageUse.pinned);
    });
    assert.ok(
      faults(run).some((title) => title.includes('bad_range')),
      faults(run).join(),
    );
  });

  test('a zone has its own while it has pages, whatever is left out', () => {
    for (const without of ['', '6dcd73d7011b', '4eaf3f64397c']) {
      const run = soloRun({ ...machine, without }, function* (kernel): Step<number[]> {
        const { ownPageset } = kernel.pgdats[1]!.zone;
        const seen = [ownPageset.peek()];
        yield* online(kernel);
        seen.push(ownPageset.peek());
        yield* useOnePage(kernel);
        yield* sysfsWrite(kernel, 'memory32/state', 'offline');
        return [...seen, ownPageset.peek(), kernel.mm.bootPageset.page.peek()];
      });
      assert.deepEqual(run.result, [0, 1, 0, 0], without);
      assert.deepEqual(faults(run), []);
    }
  });
});

describe('zonelists_mutex', () => {
  const taken = (release: string, without = ''): boolean => {
    const names: string[] = [];
    soloRun({ ...machine, release, without }, numaZonelistOrderHandler, undefined, (event) =>
      names.push(event.lockClass),
    );
    return names.includes('zonelists_mutex');
  };

  test('is around a rebuild by vm.numa_zonelist_order, which later releases do not have', () => {
    assert.equal(taken('v3.19'), true);
    assert.equal(taken('v3.19', '4eaf3f64397c'), false);
    for (const release of ['v4.18', 'v4.20', 'v6.1', 'v6.8']) assert.equal(taken(release), false);
  });
});
