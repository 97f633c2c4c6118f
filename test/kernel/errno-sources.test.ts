import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import type { MemoryBlock } from '../../src/kernel/memory-block.ts';
import type { MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { MigrateType, PageUse, State } from '../../src/kernel/memory-state.ts';
import { makeNotifierBlock, Notify } from '../../src/kernel/notifier-chain.ts';
import { removeMemory, removeMemoryOrBug } from '../../src/kernel/remove-memory.ts';
import { sysfsRead, sysfsWrite } from '../../src/kernel/sysfs.ts';
import { ZoneIndex } from '../../src/kernel/zone.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

// Row by row what the sources of the kernel answer: the table of errors in section 6 of the
// project's notes on the sources. Its rows on capabilities (EPERM), ranges that are no whole
// blocks (EINVAL), children of a device (EBUSY) and memory groups are not here: an agent is root,
// ranges are blocks, and the others have tests of their own.

type Release = 'v3.19' | 'v4.18' | 'v4.20' | 'v6.1' | 'v6.8';
const all: readonly Release[] = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'];
const old = all.slice(0, 3);
const young = all.slice(3);

/** A row of the table, and what is written to have its error. */
interface Row {
  readonly operation: string;
  readonly condition: string;
  readonly releases: readonly Release[];
  readonly parameters?: Parameters;
  /** What brings the condition about. */
  readonly before?: (block: MemoryBlock, kernel: Kernel) => Step<unknown>;
  readonly path: string;
  readonly text: string;
  readonly error: string;
}

const path = { state: 'memory32/state', online: 'memory32/online', gone: 'memory33/state' };
const online = { blocksOnline: 1 };
const offline = { path: path.state, text: 'offline', parameters: online } as const;

const frameIs = (use: number) =>
  function* (block: MemoryBlock): Step {
    yield* block.frames[0]!.store(use);
  };

const rows: readonly Row[] = [
  {
    operation: 'state',
    condition: 'unknown string',
    releases: all,
    path: path.state,
    text: 'bogus',
    error: 'EINVAL',
  },
  {
    operation: 'state',
    condition: 'already in target state',
    releases: all.slice(1),
    path: path.state,
    text: 'offline',
    error: 'EINVAL',
  },
  {
    operation: 'online',
    condition: 'not a boolean',
    releases: all,
    path: path.online,
    text: '2',
    error: 'EINVAL',
  },
  {
    operation: 'online',
    condition: 'already in target state: success',
    releases: all,
    path: path.online,
    text: '0',
    error: '1',
  },
  {
    operation: 'any write',
    condition: 'device gone',
    releases: all,
    path: path.gone,
    text: 'online',
    error: 'ENODEV',
  },
  {
    operation: 'online',
    condition: 'a section is missing',
    releases: old,
    parameters: { sectionsPerBlock: 2 },
    *before(block) {
      yield* block.presentSections.store(1);
    },
    path: path.state,
    text: 'online',
    error: 'EBUSY',
  },
  {
    operation: 'online',
    condition: 'the block has poisoned pages',
    releases: ['v6.8'],
    *before(block) {
      yield* block.poisonedPages.store(1);
    },
    path: path.state,
    text: 'online',
    error: 'EHWPOISON',
  },
  {
    operation: 'offline',
    condition: 'wrong previous state',
    releases: all,
    ...offline,
    *before(block) {
      yield* block.state.write(State.goingOffline);
    },
    error: 'EINVAL',
  },
  {
    operation: 'offline',
    condition: 'block incomplete',
    // 26bbe7ef6d5c (v4.4)
    releases: old.slice(1),
    ...offline,
    parameters: { ...online, sectionsPerBlock: 2 },
    *before(block) {
      yield* block.sectionCount.write(1);
    },
    error: 'EINVAL',
  },
  {
    operation: 'offline',
    condition: 'several zones (`none`)',
    releases: young,
    ...offline,
    *before(block) {
      yield* block.zone.write(ZoneIndex.none);
    },
    error: 'EINVAL',
  },
  {
    operation: 'offline',
    condition: 'holes',
    releases: all,
    parameters: { bootBlocks: true },
    path: 'memory0/state',
    text: 'offline',
    error: 'EINVAL',
  },
  {
    operation: 'offline',
    condition: 'isolation fails: unmovable page found',
    releases: all,
    ...offline,
    before: frameIs(PageUse.unmovable),
    error: 'EBUSY',
  },
  {
    operation: 'offline',
    condition: 'isolation fails: concurrent isolation',
    releases: all,
    ...offline,
    *before(block) {
      yield* block.migrateType.store(MigrateType.isolate);
    },
    error: 'EBUSY',
  },
  {
    operation: 'offline',
    condition: 'definitely unmovable page',
    releases: young,
    ...offline,
    before: frameIs(PageUse.balloon),
    error: 'EBUSY',
  },
  {
    operation: 'offline',
    condition: 'any pending signal',
    releases: all,
    ...offline,
    *before(block) {
      yield* block.signal.store(1);
    },
    error: 'EINTR',
  },
  ...[
    ['bad number', 'x', 'EINVAL'],
    ['number out of range', '0x10000000000000000', 'ERANGE'],
    ['misaligned', '0x100000001', 'EINVAL'],
    ['overlap', '0x100000000', 'EEXIST'],
    ['no memory', '0x200000000', 'ENOMEM'],
  ].map(([condition = '', text = '', error = '']) => ({
    operation: 'probe',
    condition,
    releases: all,
    path: 'probe',
    text,
    error,
  })),
  {
    operation: 'auto_online_blocks',
    condition: 'unknown string',
    releases: all.slice(1),
    path: 'auto_online_blocks',
    text: 'on',
    error: 'EINVAL',
  },
  {
    operation: 'auto_online_blocks',
    condition: 'the words of zones, before they were known',
    releases: ['v4.18', 'v4.20'],
    path: 'auto_online_blocks',
    text: 'online_movable',
    error: 'EINVAL',
  },
  ...[
    ['bad number', 'x', 'EINVAL'],
    ['invalid pfn', '0x7ff000000000', 'ENXIO'],
    ['pfn not online', '0x100000000', 'EIO'],
  ].map(([condition = '', text = '', error = '']) => ({
    operation: 'soft_offline_page',
    condition,
    // Before 641fe2e9387a the struct pages of memory that was never online are read: a BUG.
    releases: error === 'EIO' ? all.filter((one) => one !== 'v4.18' && one !== 'v4.20') : all,
    path: 'soft_offline_page',
    text,
    error,
  })),
];

describe('the table of errors', () => {
  for (const { operation, condition, releases, ...row } of rows) {
    for (const release of releases) {
      test(`${release}: ${operation}: ${condition}: ${row.error}`, () => {
        const parameters = { release, ...row.parameters };
        const run = soloRun(parameters, function* (kernel): Step<number> {
          if (row.before !== undefined) yield* row.before(memoryBlock(kernel, 32), kernel);
          return yield* sysfsWrite(kernel, row.path, row.text);
        });
        assert.equal(resultName(run.result as number), row.error);
      });
    }
  }

  for (const release of all) {
    test(`${release}: any write while device_hotplug_lock is busy: restart, invisible`, () => {
      const { outcomes } = raceRun(
        { release },
        {
          writer: (kernel) => sysfsWrite(kernel, path.state, 'online'),
          *holder(kernel) {
            yield* kernel.deviceHotplugLock.acquire();
            yield* kernel.deviceHotplugLock.release();
          },
        },
      );
      assert.deepEqual(outcomes, ['6,undefined']);
    });

    test(`${release}: online, offline: NOTIFY_BAD of GOING_*: EPERM`, () => {
      for (const [text, blocksOnline] of [
        ['online', 0],
        ['offline', 1],
      ] as const) {
        const { result } = soloRun(
          { release, blocksOnline },
          (kernel) => sysfsWrite(kernel, path.state, text),
          (arena, kernel) => {
            makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
              name: 'bad',
              registered: true,
              *call(self) {
                yield* self.order.load();
                return Notify.bad;
              },
            });
          },
        );
        assert.equal(resultName(result as number), 'EPERM', text);
      }
    });
  }

  for (const release of young) {
    test(`${release}: remove_memory: a block not offline: EBUSY, __remove_memory BUGs`, () => {
      const remove = (kernel: Kernel) => removeMemory(kernel, memoryBlock(kernel, 32));
      const { result } = soloRun({ release, ...online }, remove);
      assert.equal(resultName(result as number), 'EBUSY');
      const bug = soloRun({ release, ...online }, (kernel) =>
        removeMemoryOrBug(kernel, memoryBlock(kernel, 32)),
      );
      assert.ok(bug.findings.some((title) => title.includes('kernel BUG')));
    });
  }

  for (const release of old) {
    test(`${release}: remove_memory: a block not offline: BUG`, () => {
      const run = soloRun({ release, ...online }, (kernel) =>
        removeMemory(kernel, memoryBlock(kernel, 32)),
      );
      assert.ok(run.findings.some((title) => title.includes('kernel BUG')));
    });
  }

  for (const release of all) {
    test(`${release}: add_memory: overlap: EEXIST`, () => {
      const add = (kernel: Kernel) => addMemory(kernel, memoryBlock(kernel, 32));
      assert.equal(resultName(soloRun({ release }, add).result as number), 'EEXIST');
    });
  }
});

describe('uevent before v5.0', () => {
  for (const release of old) {
    test(`${release}: what is no action is taken, and left to the log`, () => {
      const write = (kernel: Kernel) => sysfsWrite(kernel, 'memory32/uevent', 'bogus');
      assert.equal(soloRun({ release }, write).result, 5);
      const read = (kernel: Kernel) => sysfsRead(kernel, 'memory32/uevent');
      assert.equal(soloRun({ release }, read).result, '');
    });
  }
});
