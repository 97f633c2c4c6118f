import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { kmemleakScan } from '../../src/kernel/kmemleak.ts';
import { bootPages, pagesPerBlock } from '../../src/kernel/pgdat.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { soloRun } from './solo-run.ts';

function counts({ pgdat }: Kernel): number[] {
  const { zone, nodePresentPages } = pgdat;
  return [zone.presentPages, zone.managedPages, nodePresentPages].map(
    (word) => (word.peek() - bootPages) / pagesPerBlock,
  );
}

describe('what memory counts for', () => {
  for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: added memory counts once it is online, and a reader finds its pages`, () => {
      const { kernel, result } = soloRun({ release }, function* (kernel): Step<number> {
        yield* addMemory(kernel, memoryBlock(kernel, 33));
        assert.deepEqual(counts(kernel), [0, 0, 0]);
        assert.equal(yield* kmemleakScan(kernel), 0);
        yield* sysfsWrite(kernel, 'memory33/state', 'online');
        return yield* kmemleakScan(kernel);
      });
      assert.equal(result, 1);
      assert.deepEqual(counts(kernel), [1, 1, 1]);
    });

    test(`${release}: a block that went offline counts no longer`, () => {
      const { kernel } = soloRun({ release }, function* (kernel): Step<number> {
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        return yield* sysfsWrite(kernel, 'memory32/state', 'offline');
      });
      assert.deepEqual(counts(kernel), [0, 0, 0]);
      assert.equal(memoryBlock(kernel, 32).sectionOnline.peek(), 0);
    });
  }

  test('the policy brings an added block online, from v4.18 on', () => {
    const add = (kernel: Kernel): Step<number> => addMemory(kernel, memoryBlock(kernel, 33));
    for (const release of ['v4.18', 'v4.20', 'v6.1', 'v6.8']) {
      const { kernel } = soloRun({ release, autoOnline: true }, add);
      assert.deepEqual(counts(kernel), [1, 1, 1], release);
    }
  });
});
