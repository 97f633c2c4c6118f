import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { watermarksOf } from '../../src/kernel/watermarks.ts';
import { bootPages, pagesPerBlock, ZoneIndex } from '../../src/kernel/zone.ts';
import { soloRun } from './solo-run.ts';

function* onlineAndOff(kernel: Kernel): Step<number[][]> {
  const marks = (index: number): number[] =>
    kernel.pgdat.zones[index]!.watermarks.map((word) => word.peek());
  const seen: number[][] = [];
  yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
  seen.push(marks(ZoneIndex.normal), marks(ZoneIndex.movable));
  yield* sysfsWrite(kernel, 'memory32/state', 'offline');
  seen.push(marks(ZoneIndex.normal), marks(ZoneIndex.movable));
  return seen;
}

describe('watermarks', () => {
  test('of 512 MiB are those of min_free_kbytes', () => {
    // sqrt(512 * 1024 * 16) is 2896 KiB, 724 pages; a quarter of it is more than a thousandth.
    assert.deepEqual(watermarksOf(bootPages, bootPages), [724, 905, 1086]);
    assert.deepEqual(watermarksOf(0, 0), [0, 0, 0]);
  });

  for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: are shared out by the pages of zones when memory comes or goes`, () => {
      const run = soloRun({ release, details: 'watermarks' }, onlineAndOff);
      const all = bootPages + pagesPerBlock;
      assert.deepEqual(run.findings, []);
      assert.deepEqual(run.result, [
        watermarksOf(bootPages, all),
        watermarksOf(pagesPerBlock, all),
        watermarksOf(bootPages, bootPages),
        [0, 0, 0],
      ]);
    });
  }

  test('are not there unless asked for', () => {
    const run = soloRun({}, onlineAndOff);
    assert.deepEqual(run.result, [[], [], [], []]);
  });
});
