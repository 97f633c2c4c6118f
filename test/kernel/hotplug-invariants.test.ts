import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { hotplugInvariants } from '../../src/kernel/hotplug-invariants.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { pagesPerBlock } from '../../src/kernel/zone.ts';
import { soloRun } from './solo-run.ts';

/** Names of the invariants that do not hold after an agent was at work. */
function broken(parameters: Parameters, agent: (kernel: Kernel) => Step): string[] {
  const { kernel } = soloRun({ blocksMax: 4, blocksPresent: 4, ...parameters }, agent);
  return hotplugInvariants.filter(({ holds }) => !holds(kernel)).map(({ name }) => name);
}

function* inAllZones(kernel: Kernel): Step {
  yield* sysfsWrite(kernel, 'memory32/state', 'online_kernel');
  yield* sysfsWrite(kernel, 'memory33/state', 'online_movable');
  yield* sysfsWrite(kernel, 'memory35/state', 'online_movable');
  yield* sysfsWrite(kernel, 'memory33/state', 'offline');
}

describe('what hotplug leaves behind', () => {
  for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: counts of four zones agree with the blocks`, () => {
      assert.deepEqual(broken({ release }, inAllZones), []);
      const boot = { release, bootBlocks: true, bootZone: 'DMA32' };
      const offlineBoot = function* (kernel: Kernel): Step {
        yield* inAllZones(kernel);
        yield* sysfsWrite(kernel, 'memory1/state', 'offline');
      };
      assert.deepEqual(broken(boot, offlineBoot), []);
    });
  }

  test('the pages that hold struct pages count, too', () => {
    assert.deepEqual(broken({ memmapOnMemory: true }, inAllZones), []);
  });

  test('a span that is too short, or pages in the wrong zone, are noticed', () => {
    const zones =
      'each zone counts and spans the blocks that are online in it, and its node spans it';
    const shorten = function* (kernel: Kernel): Step {
      yield* inAllZones(kernel);
      yield* kernel.pgdat.zones[2]!.spannedPages.store(0);
    };
    assert.deepEqual(broken({}, shorten), [zones]);
    const move = function* (kernel: Kernel): Step {
      yield* inAllZones(kernel);
      yield* kernel.pgdat.zones[2]!.presentPages.write(0);
      const { zone } = kernel.pgdat;
      yield* zone.presentPages.write((yield* zone.presentPages.read()) + pagesPerBlock);
    };
    assert.deepEqual(broken({}, move), [zones]);
  });

  test('pageblocks that stay isolated and lists that stay off are noticed', () => {
    const isolated = function* (kernel: Kernel): Step {
      yield* kernel.pgdat.zone.isolatedPageblocks.write(1);
    };
    const rest = ['nothing is isolated, and lists of pages per CPU are in use'];
    assert.deepEqual(broken({}, isolated), rest);
    const off = function* (kernel: Kernel): Step {
      yield* kernel.lruDisableCount.add(1);
    };
    assert.deepEqual(broken({}, off), rest);
  });

  test('a block that reads online and counts as offline is noticed', () => {
    const skew = function* (kernel: Kernel): Step {
      yield* memoryBlock(kernel, 32).offline.write(0);
    };
    assert.deepEqual(broken({}, skew), ['dev->offline agrees with mem->state']);
  });
});
