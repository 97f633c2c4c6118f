import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, Parameters, Step } from '../../src/program/index.ts';
import type { PolicyGroup } from '../../src/kernel/auto-movable.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { OnlineType } from '../../src/kernel/memory-state.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { bootPages, pagesPerBlock, ZoneIndex } from '../../src/kernel/zone.ts';
import { zoneForPfnRange } from '../../src/kernel/zone-choice.ts';
import { soloRun } from './solo-run.ts';

/** Does writes such as `memory32/state=online`, then asks where a block would go. */
function* zoneAfter(kernel: Kernel, writes: readonly string[], number: number): Step<number> {
  for (const write of writes) {
    const [path, input] = write.split('=');
    assert.ok((yield* sysfsWrite(kernel, path!, input!)) > 0, write);
  }
  const zone = yield* zoneForPfnRange(kernel, memoryBlock(kernel, number), OnlineType.keep);
  return zone.index;
}

function zoneOf(parameters: Parameters, writes: readonly string[], number: number): unknown {
  const run = soloRun({ blocksMax: 5, blocksPresent: 5, ...parameters }, (kernel) =>
    zoneAfter(kernel, writes, number),
  );
  assert.deepEqual(run.findings, []);
  return run.result;
}

describe('a plain online, without a policy', () => {
  const { normal, movable, dma32 } = ZoneIndex;

  for (const release of ['v4.18', 'v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: keeps the one zone that the range touches`, () => {
      const outer = ['memory32/state=online_movable', 'memory34/state=online_movable'];
      assert.equal(zoneOf({ release }, outer, 33), movable);
      const kernelOuter = ['memory32/state=online_kernel', 'memory34/state=online_kernel'];
      assert.equal(zoneOf({ release, movableNode: true }, kernelOuter, 33), normal);
    });

    test(`${release}: in no zone or two it is the kernel's, or Movable with movable_node`, () => {
      const both = [
        'memory32/state=online_kernel',
        'memory33/state=online_movable',
        'memory35/state=online_kernel',
        'memory36/state=online_movable',
      ];
      for (const [writes, number] of [
        [[], 32],
        [both, 34],
      ] as const) {
        assert.equal(zoneOf({ release }, writes, number), normal);
        assert.equal(zoneOf({ release, movableNode: true }, writes, number), movable);
      }
    });
  }

  test('the first kernel zone that the range touches is the kernel zone', () => {
    const parameters = { bootBlocks: true, bootZone: 'DMA32' };
    assert.equal(zoneOf(parameters, ['memory1/state=offline'], 1), dma32);
    assert.equal(zoneOf(parameters, [], 32), normal);
  });
});

describe('the policy auto-movable', () => {
  const policy = { onlinePolicy: 'auto-movable', blocksMax: 16, blocksPresent: 16 };
  const online = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `memory${32 + index}/state=online`);

  test('stops at its ratio against the memory of the boot', () => {
    // 301 % of 4 blocks are 12.04 blocks.
    assert.equal(zoneOf(policy, online(11), 43), ZoneIndex.movable);
    assert.equal(zoneOf(policy, online(12), 44), ZoneIndex.normal);
    assert.equal(zoneOf({ ...policy, autoMovableRatio: 100 }, online(3), 35), ZoneIndex.movable);
    assert.equal(zoneOf({ ...policy, autoMovableRatio: 100 }, online(4), 36), ZoneIndex.normal);
    assert.equal(zoneOf({ ...policy, autoMovableRatio: 0 }, [], 32), ZoneIndex.normal);
  });

  test('counts memory of the boot that went offline no longer', () => {
    const parameters = { ...policy, bootBlocks: true, autoMovableRatio: 100 };
    const offline = ['memory1/state=offline', 'memory2/state=offline'];
    assert.equal(zoneOf(parameters, [...offline, ...online(1)], 33), ZoneIndex.movable);
    assert.equal(zoneOf(parameters, [...offline, ...online(2)], 34), ZoneIndex.normal);
  });

  test('looks at each node, unless it is not numa aware', () => {
    const node1 = { ...policy, nodes: 2, hotplugNode: 1 };
    assert.equal(zoneOf(node1, [], 32), ZoneIndex.normal);
    assert.equal(zoneOf({ ...node1, autoMovableNumaAware: false }, [], 32), ZoneIndex.movable);
  });
});

/** Where memory32 goes by the policy, as a part of a group. */
function zoneInGroup(
  contents: { kind: number; pages: number; kernel?: number; movable?: number },
  own: boolean,
  parameters: Parameters = {},
): unknown {
  let group: PolicyGroup | undefined;
  const prepare = (arena: Arena): void => {
    group = {
      kind: arena.word('group.kind', contents.kind),
      nid: arena.word('group.nid', 0),
      pages: arena.word('group.pages', contents.pages),
      presentKernelPages: arena.word('group.kernel', contents.kernel ?? 0),
      presentMovablePages: arena.word('group.movable', contents.movable ?? 0),
    };
  };
  const run = soloRun(
    { onlinePolicy: 'auto-movable', blocksMax: 4, blocksPresent: 4, ...parameters },
    function* (kernel): Step<number> {
      const groups = { own: own ? group : undefined, all: [group!] };
      const block = memoryBlock(kernel, 33);
      return (yield* zoneForPfnRange(kernel, block, OnlineType.keep, groups)).index;
    },
    prepare,
  );
  assert.deepEqual(run.findings, []);
  return run.result;
}

describe('the policy auto-movable, in a memory group', () => {
  const [fixed, growing] = [1, 2];

  test('one of fixed size goes to Movable as a whole, or not at all', () => {
    assert.equal(zoneInGroup({ kind: fixed, pages: bootPages }, true), ZoneIndex.movable);
    assert.equal(zoneInGroup({ kind: fixed, pages: 4 * bootPages }, true), ZoneIndex.normal);
    const begun = { kind: fixed, pages: bootPages, kernel: pagesPerBlock };
    assert.equal(zoneInGroup(begun, true), ZoneIndex.normal, "a part of it is the kernel's");
  });

  test('one that grows is looked at unit by unit, and its kernel memory counts for itself', () => {
    const unit = { kind: growing, pages: pagesPerBlock };
    assert.equal(zoneInGroup(unit, true), ZoneIndex.movable);
    const online = { blocksOnline: 1 };
    const units = { kind: growing, pages: 2 * pagesPerBlock };
    assert.equal(zoneInGroup(units, true, online), ZoneIndex.normal, "memory32 is the kernel's");
    const ratio = { autoMovableRatio: 20 };
    assert.equal(zoneInGroup(unit, true, ratio), ZoneIndex.normal);
    const withKernel = { ...unit, kernel: pagesPerBlock };
    assert.equal(zoneInGroup(withKernel, true, ratio), ZoneIndex.movable);
    assert.equal(zoneInGroup(withKernel, false, ratio), ZoneIndex.normal, 'of another group');
  });

  test('another that grows has used up the memory of the boot that its own needs', () => {
    const greedy = { kind: growing, pages: pagesPerBlock, movable: 13 * pagesPerBlock };
    assert.equal(zoneInGroup(greedy, false), ZoneIndex.normal);
  });
});
