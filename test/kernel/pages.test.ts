import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { makeNotifierBlock, Notify } from '../../src/kernel/notifier-chain.ts';
import { MemoryEvent, type MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { MigrateType, OnlineType, PageUse, State } from '../../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../../src/kernel/page-allocator.ts';
import { startIsolatePageRange, undoIsolatePageRange } from '../../src/kernel/page-isolation.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { bootPages, pagesPerBlock, ZoneIndex } from '../../src/kernel/zone.ts';
import { faults, soloRun, type SoloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const isNew = (release: string): boolean => release === 'v6.1' || release === 'v6.8';

/** Writes to files of memory32, one after the other, and what they answered. */
function* writeAll(kernel: Kernel, writes: readonly string[]): Step<string[]> {
  const names: string[] = [];
  for (const write of writes) {
    const [path, input] = write.split('=');
    names.push(resultName(yield* sysfsWrite(kernel, path!, input!)));
  }
  return names;
}

function writes(parameters: Parameters, ...list: string[]): SoloRun {
  const run = soloRun(parameters, (kernel) => writeAll(kernel, list));
  assert.deepEqual(run.findings, []);
  return run;
}

/** Offlines memory32, online before, whose first page is used in a certain way. */
function offlineWithPage(release: string, type: string, use: number): SoloRun {
  return soloRun({ release }, function* (kernel): Step<string[]> {
    yield* sysfsWrite(kernel, 'memory32/state', type);
    yield* allocPage(kernel, use);
    return yield* writeAll(kernel, ['memory32/state=offline']);
  });
}

describe('pages of a block that goes offline', () => {
  for (const release of releases) {
    test(`${release}: movable ones are migrated, unmovable ones keep it online: EBUSY`, () => {
      const moved = offlineWithPage(release, 'online', PageUse.movable);
      assert.deepEqual(moved.result, ['7']);
      assert.equal(memoryBlock(moved.kernel, 32).frames[0]!.peek(), PageUse.none);
      const kept = offlineWithPage(release, 'online', PageUse.unmovable);
      assert.deepEqual(kept.result, ['EBUSY']);
      assert.equal(memoryBlock(kept.kernel, 32).state.peek(), State.online);
      assert.equal(kept.kernel.pgdat.zone.isolatedPageblocks.peek(), 0);
    });

    const gives = release === 'v3.19' ? 'is EBUSY' : 'makes it go on for ever';
    test(`${release}: a pinned one ${gives}, and a signal EINTR`, () => {
      const stuck = offlineWithPage(release, 'online_movable', PageUse.pinned);
      assert.deepEqual(stuck.result, release === 'v3.19' ? ['EBUSY'] : undefined);
      assert.equal(stuck.findings.length > 0, release !== 'v3.19');
      const run = soloRun({ release }, function* (kernel): Step<string[]> {
        const block = memoryBlock(kernel, 32);
        yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
        yield* allocPage(kernel, PageUse.pinned);
        yield* block.signal.store(1);
        return yield* writeAll(kernel, ['memory32/state=offline', 'memory32/online=1']);
      });
      assert.deepEqual(run.result, ['EINTR', '1']);
      const block = memoryBlock(run.kernel, 32);
      assert.equal(block.state.peek(), State.online);
      assert.equal(block.migrateType.peek(), MigrateType.movable);
      assert.equal(block.signal.peek(), 0);
    });
  }

  test('a page of a balloon that nobody gives back: EBUSY after GOING_OFFLINE in v6.1', () => {
    assert.deepEqual(offlineWithPage('v6.1', 'online', PageUse.balloon).result, ['EBUSY']);
    assert.equal(offlineWithPage('v4.20', 'online', PageUse.balloon).result, undefined);
  });

  test('a freed page goes to a pcplist, and offlining gets it from there', () => {
    for (const release of releases) {
      const run = soloRun({ release }, function* (kernel): Step<string[]> {
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        const page = yield* allocPage(kernel, PageUse.movable);
        yield* freePage(kernel, page!);
        assert.equal(page!.frame.peek(), PageUse.pcplist);
        return yield* writeAll(kernel, ['memory32/state=offline']);
      });
      assert.deepEqual(run.result, ['7'], release);
    }
  });

  test('there is nothing to allocate while all blocks are offline', () => {
    const run = soloRun({}, (kernel) => allocPage(kernel, PageUse.movable));
    assert.equal(run.result, undefined);
    assert.deepEqual(run.findings, []);
  });
});

/** What is undone and what is sent when offlining fails, in order. */
function rollback(release: string): string[] {
  const seen: string[] = [];
  const run = soloRun(
    { release },
    function* (kernel): Step {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      yield* memoryBlock(kernel, 32).signal.store(1);
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
    },
    (arena, kernel) => {
      makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
        name: 'observer',
        registered: true,
        *call(_self, action) {
          const isolated = (yield* memoryBlock(kernel, 32).migrateType.load()) === 1;
          if (action === MemoryEvent.cancelOffline) seen.push(isolated ? 'isolated' : 'undone');
          return Notify.ok;
        },
      });
    },
  );
  assert.deepEqual(run.findings, []);
  return seen;
}

describe('what a failure undoes', () => {
  for (const release of releases) {
    const first = isNew(release) ? 'undone' : 'isolated';
    test(`${release}: at MEM_CANCEL_OFFLINE the isolation is ${first}`, () => {
      assert.deepEqual(rollback(release), [first]);
    });
  }

  test('v6.1: pcp_batch_high_lock is held from GOING_OFFLINE to CANCEL_OFFLINE', () => {
    const run = soloRun(
      { release: 'v6.1' },
      (kernel) => writeAll(kernel, ['memory32/state=online', 'memory32/state=offline']),
      (arena, kernel) => {
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'observer',
          registered: true,
          *call(_self, action) {
            if (action === MemoryEvent.goingOffline) yield* kernel.pcpBatchHighLock.assertHeld();
            else yield* kernel.pcpBatchHighLock.assertNotHeld();
            return Notify.ok;
          },
        });
      },
    );
    assert.deepEqual(run.findings, []);
    assert.deepEqual(run.result, ['6', '7']);
  });
});

describe('the zone of a block', () => {
  const zoneAfter = (parameters: Parameters, ...list: string[]): number =>
    memoryBlock(writes(parameters, ...list).kernel, 32).pageZone.peek();

  for (const release of releases) {
    test(`${release}: the words of \`state\` choose it`, () => {
      const chosen = ['online', 'online_kernel', 'online_movable'].map((word) =>
        zoneAfter({ release }, `memory32/state=${word}`),
      );
      assert.deepEqual(chosen, [ZoneIndex.normal, ZoneIndex.normal, ZoneIndex.movable]);
    });
  }

  test('a block within the span of Movable goes there by default', () => {
    const run = soloRun({ blocksMax: 3, blocksPresent: 3 }, (kernel) =>
      writeAll(kernel, [
        'memory32/state=online_movable',
        'memory34/state=online_movable',
        'memory33/state=online',
      ]),
    );
    assert.equal(memoryBlock(run.kernel, 33).pageZone.peek(), ZoneIndex.movable);
  });

  test('the policy auto-movable chooses Movable within its ratio', () => {
    const list = ['memory32/state=online'];
    const policy = { onlinePolicy: 'auto-movable' };
    assert.equal(zoneAfter(policy, ...list), ZoneIndex.movable);
    const node1 = { ...policy, nodes: 2, hotplugNode: 1 };
    assert.equal(zoneAfter(node1, ...list), ZoneIndex.normal, 'node 1 has no early memory');
  });

  for (const release of ['v4.20', 'v6.1', 'v6.8']) {
    test(`${release}: a refused online_movable is used by the next plain online`, () => {
      const run = writes(
        { release },
        'memory32/state=online',
        'memory32/state=online_movable',
        'memory32/state=offline',
        'memory32/online=1',
      );
      assert.deepEqual(run.result, ['6', 'EINVAL', '7', '1']);
      assert.equal(memoryBlock(run.kernel, 32).pageZone.peek(), ZoneIndex.movable);
      assert.equal(memoryBlock(run.kernel, 32).onlineType.peek(), OnlineType.unset);
    });
  }

  test('v6.1: the span shrinks when memory goes offline, v4.20 keeps it', () => {
    const spanned = (release: string): number => {
      const { kernel } = writes({ release }, 'memory32/state=online', 'memory32/state=offline');
      return kernel.pgdat.zone.spannedPages.peek();
    };
    assert.equal(spanned('v6.1'), bootPages);
    assert.equal(spanned('v4.20'), 33 * pagesPerBlock);
  });
});

describe('a node that gets its first memory and loses it', () => {
  for (const release of releases) {
    test(`${release}: node masks, threads and zone lists follow`, () => {
      const parameters = { release, nodes: 2, hotplugNode: 1, blocksPresent: 0 };
      const states: number[][] = [];
      const run = soloRun(parameters, function* (kernel): Step {
        const { online, hasMemory, hasNormalMemory, kswapd } = kernel.pgdats[1]!;
        const look = (): void => {
          const words = [online, hasMemory, hasNormalMemory, kswapd];
          states.push([...words.map((word) => word.peek()), kernel.zonelistBits.peek()]);
        };
        look();
        yield* addMemory(kernel, memoryBlock(kernel, 32));
        look();
        yield* sysfsWrite(kernel, 'memory32/state', 'online');
        look();
        yield* sysfsWrite(kernel, 'memory32/state', 'offline');
        look();
      });
      assert.deepEqual(faults(run), []);
      const normal0 = 1 << 1;
      assert.deepEqual(states, [
        [0, 0, 0, 0, normal0],
        [1, 0, 0, 0, normal0],
        [1, 1, 1, 1, normal0 | (1 << 5)],
        [1, 0, 0, 0, normal0],
      ]);
    });
  }
});

describe('memory of the boot', () => {
  const parameters = { bootBlocks: true, bootZone: 'DMA32' };

  for (const release of ['v4.20', 'v6.1']) {
    test(`${release}: outer blocks have holes: EINVAL by either file; inner ones go`, () => {
      const run = writes(
        { ...parameters, release },
        'memory0/state=offline',
        'memory3/online=0',
        'memory1/state=offline',
        'memory1/state=online',
      );
      assert.deepEqual(run.result, ['EINVAL', 'EINVAL', '7', '6']);
      assert.equal(memoryBlock(run.kernel, 1).pageZone.peek(), ZoneIndex.dma32);
    });
  }
});

describe('a block of several sections', () => {
  test('v4.20: it is found with its first section, v6.1: with its last', () => {
    for (const release of ['v4.20', 'v6.1']) {
      const run = soloRun({ release, sectionsPerBlock: 4 }, function* (kernel): Step<string[]> {
        yield* addMemory(kernel, memoryBlock(kernel, 33));
        return yield* writeAll(kernel, ['memory33/state=online', 'memory33/state=offline']);
      });
      assert.deepEqual(run.result, ['6', '7'], release);
      assert.equal(memoryBlock(run.kernel, 33).sectionCount.peek(), 4);
    }
  });

  test('v4.20: one of which a part is missing answers EBUSY and EINVAL', () => {
    const run = soloRun({ release: 'v4.20', sectionsPerBlock: 2 }, function* (kernel) {
      const block = memoryBlock(kernel, 32);
      yield* block.presentSections.store(1);
      const online = yield* writeAll(kernel, ['memory32/state=online']);
      yield* block.presentSections.store(2);
      yield* writeAll(kernel, ['memory32/state=online']);
      yield* block.sectionCount.write(1);
      return [...online, ...(yield* writeAll(kernel, ['memory32/state=offline']))];
    });
    assert.deepEqual(run.result, ['EBUSY', 'EINVAL']);
  });
});

describe('blocks that are online when the execution begins', () => {
  test('count, and can go offline', () => {
    const parameters = { blocksPresent: 2, blocksOnline: 2 };
    const run = writes(parameters, 'memory32/state=offline');
    assert.deepEqual(run.result, ['7']);
    const { zone, nodePresentPages } = run.kernel.pgdat;
    assert.equal(zone.presentPages.peek(), bootPages + pagesPerBlock);
    assert.equal(nodePresentPages.peek(), bootPages + pagesPerBlock);
    assert.equal(zone.managedPages.peek(), bootPages + pagesPerBlock);
  });
});

describe('a pageblock that somebody else has isolated', () => {
  for (const release of releases) {
    test(`${release}: keeps its block online: EBUSY, without any event`, () => {
      const events: number[] = [];
      const run = soloRun(
        { release, blocksOnline: 1 },
        function* (kernel): Step<string[]> {
          const block = memoryBlock(kernel, 32);
          yield* startIsolatePageRange(kernel, block, kernel.pgdat.zone);
          const refused = yield* writeAll(kernel, ['memory32/state=offline']);
          yield* undoIsolatePageRange(block, kernel.pgdat.zone);
          return [...refused, ...(yield* writeAll(kernel, ['memory32/state=offline']))];
        },
        (arena, kernel) => {
          makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
            name: 'observer',
            registered: true,
            // eslint-disable-next-line require-yield -- a step that takes no operation
            *call(_self, action) {
              events.push(action);
              return Notify.ok;
            },
          });
        },
      );
      assert.deepEqual(run.result, ['EBUSY', '7']);
      assert.deepEqual(events, [MemoryEvent.goingOffline, MemoryEvent.offline]);
    });
  }
});
