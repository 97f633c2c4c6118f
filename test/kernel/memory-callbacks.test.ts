import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Arena, type Parameters, type Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { CallbackPriority } from '../../src/kernel/callback-priority.ts';
import { notifierNames } from '../../src/kernel/configuration.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { hotplugInvariants } from '../../src/kernel/hotplug-invariants.ts';
import { makeKernel, memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { refused } from './refused-kernel.ts';
import { faults, soloRun } from './solo-run.ts';

const inject = 'notifier-error-inject/memory/actions';

/** Adds memory33, brings both blocks on- and offline in every way, fails twice, removes one. */
function* everything(kernel: Kernel): Step<string[]> {
  const block = memoryBlock(kernel, 33);
  const results: string[] = [];
  const note = (result: number): number => results.push(resultName(result));
  note(yield* addMemory(kernel, block));
  for (const [path, input] of [
    [`${inject}/MEM_GOING_ONLINE/error`, '-12'],
    ['memory33/state', 'online'],
    [`${inject}/MEM_GOING_ONLINE/error`, '0'],
    ['memory33/state', 'online_movable'],
    ['memory32/state', 'online_kernel'],
    [`${inject}/MEM_GOING_OFFLINE/error`, '-16'],
    ['memory33/state', 'offline'],
    [`${inject}/MEM_GOING_OFFLINE/error`, '0'],
    ['memory32/state', 'offline'],
    ['memory33/state', 'offline'],
  ] as const) {
    note(yield* sysfsWrite(kernel, path, input));
  }
  note(yield* removeMemory(kernel, block));
  return results;
}

const expected = '0 3 ENOMEM 1 14 13 3 EBUSY 1 7 7 0';

describe('all callbacks together', () => {
  const variants: readonly Parameters[] = [
    ...['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'].map((release) => ({ release })),
    { release: 'v6.8', nodeNotifier: true },
    { release: 'v6.1', framesPerBlock: 3, sectionsPerBlock: 2 },
    { release: 'v6.1', memmapOnMemory: true },
  ];
  for (const variant of variants) {
    test(`do nothing to what operations answer: ${JSON.stringify(variant)}`, () => {
      for (const hotplugNode of [0, 1]) {
        const parameters = { ...variant, nodes: 2, hotplugNode, notifiers: 'all' };
        const run = soloRun(parameters, everything);
        assert.deepEqual((run.result as string[]).join(' '), expected);
        assert.deepEqual(faults(run), []);
        for (const { name, holds } of hotplugInvariants) assert.ok(holds(run.kernel), name);
      }
    });
  }

  test('each alone does nothing to what operations answer, either', () => {
    for (const name of notifierNames) {
      const run = soloRun({ notifiers: `${name},error-inject` }, everything);
      assert.deepEqual((run.result as string[]).join(' '), expected, name);
      assert.deepEqual(faults(run), [], name);
    }
  });
});

describe('which callbacks there are', () => {
  const order = (parameters: Parameters, chain: 'memoryChain' | 'nodeChain'): string[] => {
    const arena = new Arena(1);
    const kernel = makeKernel(arena, parameters);
    arena.seal();
    return kernel[chain].blocks.map(({ name, priority }) => `${name} ${priority.peek()}`);
  };

  test('they have the priorities of the kernel', () => {
    assert.deepEqual(order({ notifiers: 'all' }, 'memoryChain'), [
      'slab 1',
      'page-ext 0',
      'kasan 0',
      'ksm 100',
      'memory-tier 100',
      'cpuset 10',
      'compute-batch 10',
      'balloon 0',
      'virtio-mem 0',
      'error-inject 0',
    ]);
    const {
      default: none,
      slab,
      cxl,
      hmat,
      computeBatch,
      cpuset,
      memoryTier,
      ksm,
    } = CallbackPriority;
    const values = [none, slab, cxl, hmat, computeBatch, cpuset, memoryTier, ksm];
    assert.deepEqual(values, [0, 1, 5, 6, 10, 10, 100, 100]);
  });

  test('with a node notifier slab, memory tiers and cpusets are on its chain', () => {
    const parameters = { release: 'v6.8', notifiers: 'all', nodeNotifier: true };
    assert.deepEqual(order(parameters, 'nodeChain'), ['slab 1', 'memory-tier 100', 'cpuset 10']);
    assert.deepEqual(order(parameters, 'memoryChain').length, notifierNames.length - 3);
  });

  test('`all` are those that the release has', () => {
    const notIn = (release: string): string[] => {
      const names = order({ release, notifiers: 'all' }, 'memoryChain').map(
        (one) => one.split(' ')[0],
      );
      return notifierNames.filter((name) => !names.includes(name));
    };
    assert.deepEqual(notIn('v3.19'), ['kasan', 'memory-tier', 'virtio-mem']);
    assert.deepEqual(notIn('v4.20'), ['memory-tier', 'virtio-mem']);
    assert.deepEqual(notIn('v6.8'), []);
  });

  test('a name that is not known is refused with those that are', () => {
    assert.equal(
      refused({ notifiers: 'slab,ksmd' }),
      '`notifiers` names some of slab, page-ext, kasan, ksm, memory-tier, cpuset, ' +
        'compute-batch, balloon, virtio-mem, error-inject, not "ksmd"',
    );
  });

  test('a region of virtio-mem is refused where the balloon brings pages online', () => {
    const parameters = { notifiers: 'balloon,virtio-mem', virtioMemBlocks: 1 };
    assert.match(refused(parameters), /^`virtioMemBlocks` is 0 where `notifiers` has "balloon"/);
    assert.match(refused({ virtioMemBlocks: 3 }), /from 0 to 2, not 3$/);
    assert.match(refused({ virtioMemLocking: 'none' }), /^`virtioMemLocking` is one of as-is, /);
  });
});

describe('slab and memory tiers', () => {
  /** Locks that a write of memory32, the only memory of node 1, took inside of the chains. */
  const inside = (input: string, parameters: Parameters): string[] => {
    const machine = { nodes: 2, hotplugNode: 1, notifiers: 'slab,memory-tier', ...parameters };
    const { locks } = soloRun(machine, (kernel) => sysfsWrite(kernel, 'memory32/state', input));
    return locks.filter((lock) => /^\+(memory_chain|node_chain|slab_mutex|memory_tier)/.test(lock));
  };

  test('a node has slab structures before its first Normal memory, and a tier after it', () => {
    const walk = '+memory_chain.rwsem (r)';
    assert.deepEqual(inside('online_kernel', {}), [walk, '+slab_mutex', walk, '+memory_tier_lock']);
    // Movable memory is none for slab, but the node is populated by it.
    assert.deepEqual(inside('online_movable', {}), [walk, walk, '+memory_tier_lock']);
    assert.deepEqual(inside('online_kernel', { hotplugNode: 0 }), [walk, walk]);
  });

  test('with a node notifier both are called under node_chain.rwsem only', () => {
    const parameters = { release: 'v6.8', nodeNotifier: true };
    const walk = '+node_chain.rwsem (r)';
    const expectedLocks = [walk, '+slab_mutex', walk, '+memory_tier_lock'];
    assert.deepEqual(inside('online_movable', parameters), expectedLocks);
    assert.deepEqual(inside('online_kernel', { ...parameters, hotplugNode: 0 }), []);
  });
});
