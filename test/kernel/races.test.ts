import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { kmemleakScan } from '../../src/kernel/kmemleak.ts';
import { memremapPages } from '../../src/kernel/memremap-pages.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { allocPage, freePage, type AllocatedPage } from '../../src/kernel/page-allocator.ts';
import { drainAllPages } from '../../src/kernel/pcplist.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { softOfflinePage } from '../../src/kernel/soft-offline-page.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';

const write = (path: string, input: string) =>
  function* (kernel: Kernel): Step<string> {
    return resultName(yield* sysfsWrite(kernel, path, input));
  };
const add = (number: number) => (kernel: Kernel) => addMemory(kernel, memoryBlock(kernel, number));
const remove = (number: number) => (kernel: Kernel) =>
  removeMemory(kernel, memoryBlock(kernel, number));

describe('a page that is freed while its block goes offline', () => {
  const parameters = { blocksOnline: 1 };
  const agents = {
    offliner: write('memory32/state', 'offline'),
    *freer(kernel: Kernel): Step {
      const page: AllocatedPage | undefined = yield* allocPage(kernel, PageUse.pinned);
      if (page !== undefined) yield* freePage(kernel, page);
    },
  };

  test('can stay in a pcplist for ever without 968318261221 and ec6e8c7e0314', () => {
    const without = '968318261221,ec6e8c7e0314';
    const { findings, outcomes } = raceRun({ ...parameters, without }, agents);
    assert.ok(findings.length > 0);
    assert.ok(outcomes.includes('undefined,undefined'));
  });

  test('is always found with either of them, and in v4.20', () => {
    for (const more of [
      {},
      { without: '968318261221' },
      { without: 'ec6e8c7e0314' },
      { release: 'v4.20' },
    ]) {
      const { findings, outcomes } = raceRun({ ...parameters, ...more }, agents);
      assert.deepEqual(findings, []);
      assert.deepEqual(outcomes, ['7,undefined'], JSON.stringify(more));
    }
  });
});

describe('memory that goes while an allocation without a page drains the lists of CPUs', () => {
  const agents = {
    *drainer(kernel: Kernel): Step {
      for (const zone of kernel.pgdats[0]!.zones) yield* drainAllPages(kernel, zone);
    },
    *remover(kernel: Kernel): Step {
      const offline = yield* sysfsWrite(kernel, 'memory32/state', 'offline');
      if (offline > 0) yield* remove(32)(kernel);
    },
  };

  for (const release of ['v3.19', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: is no race`, () => {
      const { findings } = raceRun({ release, blocksOnline: 1 }, agents);
      assert.deepEqual(
        findings.filter((title) => title.startsWith('data race')),
        [],
      );
    });
  }
});

describe('memory that is removed while user space writes to its files', () => {
  const agents = { remover: remove(32), writer: write('memory32/state', 'online') };

  for (const release of ['v6.1', 'v6.8']) {
    test(`${release}: the writer is through before, or gets ENODEV`, () => {
      const { findings, outcomes } = raceRun({ release }, agents);
      assert.deepEqual(findings, []);
      // -16 is EBUSY: the block is online by then.
      assert.deepEqual(outcomes, ['-16,6', '0,ENODEV']);
    });
  }

  test('v6.8: a remover without device_hotplug_lock waits for the writer, and he for it', () => {
    const { findings } = raceRun({ release: 'v6.8', without: 'd15e59260f62' }, agents);
    assert.ok(
      findings.some((title) => title.startsWith('deadlock')),
      findings.join('\n'),
    );
  });
});

describe('the probe file of v4.20', () => {
  const agents = { prober: write('probe', '0x108000000'), writer: write('memory32/online', '1') };

  test('releases a device_hotplug_lock that it did not get, before 37803841c92d', () => {
    const { findings } = raceRun({ release: 'v4.20' }, agents);
    assert.ok(findings.some((title) => title.startsWith('bad unlock: device_hotplug_lock')));
    assert.deepEqual(raceRun({ release: 'v6.1' }, agents).findings, []);
  });
});

describe('a block that user space reaches before it is on its bus', () => {
  test('v4.18: online_pages() finds no block', () => {
    const agents = { adder: add(33), writer: write('memory33/online', '1') };
    const { findings } = raceRun({ release: 'v4.18' }, agents);
    assert.ok(findings.some((title) => title.includes('found no block for its pages')));
  });
});

describe('device memory that two drivers map at the same time', () => {
  const map = (index: number) => (kernel: Kernel) =>
    memremapPages(kernel, kernel.deviceMemory[index]!);
  const agents = { one: map(0), other: map(1) };

  test('races on the page tables without f931ab479dd2, and not with it', () => {
    const parameters = { deviceRanges: 2, release: 'v4.18' };
    assert.deepEqual(raceRun(parameters, agents).findings, []);
    const { findings } = raceRun({ ...parameters, without: 'f931ab479dd2' }, agents);
    assert.ok(findings.some((title) => title.includes('direct_map')));
  });
});

describe('struct pages that lie in the memory they describe', () => {
  const agents = { offliner: write('memory32/state', 'offline'), reader: kmemleakScan };
  const online = { blocksPresent: 1, memmapOnMemory: true };
  const both = {
    *offliner(kernel: Kernel): Step {
      yield* write('memory32/state', 'online')(kernel);
      yield* agents.offliner(kernel);
    },
    reader: agents.reader,
  };

  test('are pulled away from under a reader without 001002e73712', () => {
    assert.deepEqual(raceRun(online, both).findings, []);
    const { findings } = raceRun({ ...online, without: '001002e73712' }, both);
    assert.ok(findings.some((title) => title.includes('memory32.vmemmap_page')));
    assert.ok(findings.some((title) => title.includes('present_pages')));
  });
});

describe('everything at once on a fixed release', () => {
  for (const release of ['v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: nothing is found`, () => {
      const { findings } = raceRun(
        { release, rules: 'all', notifiers: 'ksm,slab', blocksOnline: 1, vfsLocks: true },
        {
          *firmware(kernel) {
            yield* addMemory(kernel, memoryBlock(kernel, 33));
            const result = yield* remove33(kernel, release);
            return result;
          },
          writer: write('memory32/state', 'offline'),
          other: write('memory32/online', '0'),
          udev: write('memory33/online', '1'),
          cpu: write('cpu1/online', '0'),
          soft: (kernel) => softOfflinePage(kernel, memoryBlock(kernel, 32).startPfn),
        },
      );
      assert.deepEqual(findings, []);
    });
  }
});

/** Removing what is online stops the kernel before v6.1: there memory only comes. */
function* remove33(kernel: Kernel, release: string): Step<number> {
  return release === 'v4.20' ? 0 : yield* removeMemory(kernel, memoryBlock(kernel, 33));
}
