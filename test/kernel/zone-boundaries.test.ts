import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { pageOutsideZoneBoundaries } from '../../src/kernel/zone-boundaries.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

/** Movable has memory33, and grows down to memory32. */
const parameters = { details: 'zone-span', blocksMax: 2, blocksPresent: 2 };
const agents = {
  *grower(kernel: Kernel): Step {
    yield* sysfsWrite(kernel, 'memory33/state', 'online_movable');
    yield* kernel.mm.freedPages.store(1);
    yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
  },
  *user(kernel: Kernel): Step {
    yield* kernel.mm.freedPages.waitUntil(1);
    const page = yield* allocPage(kernel, PageUse.movable);
    if (page !== undefined) yield* freePage(kernel, page);
  },
};
const torn = 'VM_BUG_ON_PAGE(bad_range(zone, page)): page outside its zone';

describe('the span of a zone that grows downwards while its pages are used', () => {
  for (const release of ['v6.1', 'v6.8']) {
    test(`${release}: can be read in two halves that do not fit, since 27cacaad16c5`, () => {
      assert.deepEqual(raceRun({ ...parameters, release }, agents).findings, [torn]);
      const fixed = raceRun({ ...parameters, release, without: '27cacaad16c5' }, agents);
      assert.deepEqual(fixed.findings, []);
    });
  }

  for (const release of ['v4.18', 'v4.20']) {
    test(`${release}: is read again after a writer of span_seqlock`, () => {
      assert.deepEqual(raceRun({ ...parameters, release }, agents).findings, []);
    });
  }
});

test('a page outside of its zone is found outside, in every release', () => {
  for (const release of ['v3.19', 'v4.20', 'v6.1']) {
    const run = soloRun({ release, details: 'zone-span' }, function* (kernel): Step<boolean[]> {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      const { zone } = kernel.pgdat;
      const inside = memoryBlock(kernel, 32).startPfn;
      const outside = memoryBlock(kernel, 33).startPfn;
      return [
        yield* pageOutsideZoneBoundaries(zone, inside),
        yield* pageOutsideZoneBoundaries(zone, outside),
      ];
    });
    assert.deepEqual(run.result, [false, true], release);
  }
});
