import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { MemoryEvent, type MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { makeNotifierBlock, notifierFromErrno } from '../../src/kernel/notifier-chain.ts';
import { readState } from '../../src/kernel/state-show.ts';
import { Signal, sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

// Row by row what a real 6.1 kernel answered: section 4, "errno (stock)", of the project's notes on
// an observed kernel. A test is named by its row. Rows on devices that go, signals and permissions
// are in open-file.test.ts; `hotplug/*` of a CPU and the `eject` file have tests of their own.

const block = 'memory32';
const online = { blocksOnline: 1 };

/** What each of some writes answers, one after the other: the bytes taken, or an error's name. */
function answers(
  writes: readonly (readonly [path: string, text: string])[],
  parameters: Parameters = {},
  before?: (kernel: Kernel) => Step<unknown>,
): string[] {
  const run = soloRun({ release: 'v6.1', ...parameters }, function* (kernel): Step<string[]> {
    if (before !== undefined) yield* before(kernel);
    const names: string[] = [];
    for (const [path, text] of writes)
      names.push(resultName(yield* sysfsWrite(kernel, path, text)));
    return names;
  });
  return run.result as string[];
}

/** What one write answers on a kernel of its own. */
const answer = (path: string, text: string, parameters?: Parameters): string =>
  answers([[path, text]], parameters)[0]!;

describe('state: words', () => {
  const bad = [
    'bogus',
    '\n',
    ' online',
    'online ',
    'ONLINE',
    'onlin',
    'online_kernelx',
    'going-offline',
    '0',
    '1',
    'online\n\n',
    'x'.repeat(4096),
    'x'.repeat(5000),
  ];
  for (const text of bad) {
    test(`${JSON.stringify(text.slice(0, 20))}: EINVAL, nothing locked`, () => {
      const write = (kernel: Kernel): Step<number> => sysfsWrite(kernel, `${block}/state`, text);
      const run = soloRun({ release: 'v6.1' }, write);
      assert.equal(resultName(run.result as number), 'EINVAL');
      assert.deepEqual(run.locks, [`+${block}/state.active (r)`, `-${block}/state.active`]);
    });
  }

  test('`online` with a NUL, `offline` with a newline: accepted like the bare word', () => {
    const writes = ['online\0', 'offline\n', 'online\n'].map((text) => [`${block}/state`, text]);
    assert.deepEqual(answers(writes as [string, string][]), ['7', '8', '7']);
  });
});

describe('zero-length write: 0, store not called', () => {
  const paths = [`${block}/state`, `${block}/online`, 'probe', 'auto_online_blocks'];
  for (const path of [...paths, 'soft_offline_page']) {
    test(path, () => assert.equal(answer(path, ''), '0'));
  }

  test('the debugfs injection file: EINVAL', () => {
    const path = 'notifier-error-inject/memory/actions/MEM_GOING_ONLINE/error';
    assert.equal(answer(path, '', { notifiers: 'error-inject' }), 'EINVAL');
  });
});

describe('the state that a block is in already', () => {
  test('state=online* when online, state=offline when offline: EINVAL', () => {
    for (const word of ['online', 'online_kernel', 'online_movable']) {
      assert.equal(answer(`${block}/state`, word, online), 'EINVAL', word);
    }
    assert.equal(answer(`${block}/state`, 'offline'), 'EINVAL');
  });

  test('online=1 when online, online=0 when offline: OK', () => {
    assert.equal(answer(`${block}/online`, '1', online), '1');
    assert.equal(answer(`${block}/online`, '0'), '1');
  });
});

describe('online: words', () => {
  const yes = ['1', 'y', 'Y', 't', 'on', 'oN', 'yes', 'true'];
  const no = ['0', 'n', 'N', 'off', 'offline'];
  for (const text of [...yes, ...no]) {
    test(`${text}: OK`, () => {
      const run = soloRun(
        { release: 'v6.1', blocksOnline: yes.includes(text) ? 0 : 1 },
        function* (kernel): Step<unknown[]> {
          const taken = yield* sysfsWrite(kernel, `${block}/online`, text);
          return [taken, yield* readState(kernel, memoryBlock(kernel, 32))];
        },
      );
      assert.deepEqual(run.result, [text.length, yes.includes(text) ? 'online' : 'offline']);
    });
  }

  for (const text of ['2', '-1', ' 1', 'bogus', '\n']) {
    test(`${JSON.stringify(text)}: EINVAL`, () => {
      assert.equal(answer(`${block}/online`, text), 'EINVAL');
    });
  }
});

describe('offline of memory of the boot', () => {
  const boot = { bootBlocks: true, bootZone: 'DMA32' };

  test('with holes (memory0, memory3): EINVAL, via state and via online', () => {
    for (const number of [0, 3]) {
      assert.equal(answer(`memory${number}/state`, 'offline', boot), 'EINVAL');
      assert.equal(answer(`memory${number}/online`, '0', boot), 'EINVAL');
    }
  });

  test('without holes (memory1, memory2): OK', () => {
    for (const number of [1, 2])
      assert.equal(answer(`memory${number}/state`, 'offline', boot), '7');
  });
});

describe('offline of pages in use', () => {
  const use = (how: number) =>
    function* (kernel: Kernel): Step {
      yield* memoryBlock(kernel, 32).frames[0]!.store(how);
    };

  test('unmovable page inside: EBUSY', () => {
    const writes = [[`${block}/state`, 'offline'] as const];
    assert.deepEqual(answers(writes, online, use(PageUse.unmovable)), ['EBUSY']);
  });

  test('page pinned in ZONE_MOVABLE: loops; a signal gives EINTR, state back to online', () => {
    const { outcomes } = raceRun(
      { release: 'v6.1' },
      {
        *offliner(kernel) {
          yield* sysfsWrite(kernel, `${block}/state`, 'online_movable');
          yield* use(PageUse.pinned)(kernel);
          const { signal } = memoryBlock(kernel, 32);
          const result = yield* sysfsWrite(kernel, `${block}/state`, 'offline', signal);
          return `${resultName(result)} ${yield* readState(kernel, memoryBlock(kernel, 32))}`;
        },
        *killer(kernel) {
          yield* memoryBlock(kernel, 32).signal.store(Signal.withHandler);
        },
      },
    );
    // A signal that comes before the system call finds nothing to interrupt yet.
    assert.deepEqual(outcomes, ['EINTR online,undefined']);
  });
});

describe('notifiers', () => {
  const errors = [12, 16, 11, 22, 5, 1, 4];
  const file = (event: string) => `notifier-error-inject/memory/actions/${event}/error`;

  for (const error of errors) {
    test(`GOING_ONLINE, GOING_OFFLINE return -${error}: exactly that, state unchanged`, () => {
      const tries = [
        ['MEM_GOING_ONLINE', 0, 'online', '1', 'offline'],
        ['MEM_GOING_OFFLINE', 1, 'offline', '0', 'online'],
      ] as const;
      for (const [event, blocksOnline, word, digit, unchanged] of tries) {
        const parameters = { release: 'v6.1', notifiers: 'error-inject', blocksOnline };
        const run = soloRun(parameters, function* (kernel): Step<unknown[]> {
          yield* sysfsWrite(kernel, file(event), String(-error));
          return [
            yield* sysfsWrite(kernel, `${block}/state`, word),
            yield* sysfsWrite(kernel, `${block}/online`, digit),
            yield* readState(kernel, memoryBlock(kernel, 32)),
          ];
        });
        assert.deepEqual(run.result, [-error, -error, unchanged], event);
      }
    });
  }

  test('error for MEM_ONLINE, MEM_OFFLINE: ignored, write OK', () => {
    const run = soloRun(
      { release: 'v6.1' },
      function* (kernel): Step<number[]> {
        return [
          yield* sysfsWrite(kernel, `${block}/state`, 'online'),
          yield* sysfsWrite(kernel, `${block}/state`, 'offline'),
        ];
      },
      (arena, kernel) => {
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'late',
          registered: true,
          *call(self, action) {
            yield* self.order.load();
            const late = action === MemoryEvent.online || action === MemoryEvent.offline;
            return notifierFromErrno(late ? -16 : 0);
          },
        });
      },
    );
    assert.deepEqual(run.result, [6, 7]);
  });
});

describe('other files', () => {
  test('uevent: `bogus`, `1` EINVAL; `add`, `change` OK', () => {
    const words = ['bogus', '1', 'add', 'change', 'add\n', 'toString'];
    for (const path of [`${block}/uevent`, 'uevent']) {
      assert.deepEqual(answers(words.map((word) => [path, word])), [
        'EINVAL',
        'EINVAL',
        '3',
        '6',
        '4',
        'EINVAL',
      ]);
    }
  });

  test('auto_online_blocks: the four words (newline ok) OK, else EINVAL; no lock taken', () => {
    for (const word of ['offline', 'online', 'online_kernel', 'online_movable']) {
      assert.equal(answer('auto_online_blocks', word), String(word.length));
      assert.equal(answer('auto_online_blocks', `${word}\n`), String(word.length + 1));
    }
    for (const word of ['1', 'bogus', 'ONLINE', '\n', 'online ']) {
      assert.equal(answer('auto_online_blocks', word), 'EINVAL', word);
    }
    const { locks } = soloRun({}, (kernel) => sysfsWrite(kernel, 'auto_online_blocks', 'online'));
    assert.ok(
      locks.every((name) => name.includes('auto_online_blocks.active')),
      locks.join(),
    );
  });

  test('probe: junk, not aligned EINVAL; existing EEXIST; beyond 46 bits E2BIG; free OK', () => {
    const junk = ['bogus', '-1', '0x', '1 2', '\n', '0x100000001', '0x104000000'];
    for (const text of junk) assert.equal(answer('probe', text), 'EINVAL', text);
    for (const text of ['0', '0x8000000', '0x100000000']) {
      assert.equal(answer('probe', text), 'EEXIST', text);
    }
    assert.equal(answer('probe', '0x400000000000'), 'E2BIG');
    assert.equal(answer('probe', '0x108000000'), '11');
    assert.equal(answer('probe', '4429185024\n'), '11');
  });

  test('soft_offline_page: junk EINVAL, no such pfn ENXIO, pfn of an offline page EIO', () => {
    assert.equal(answer('soft_offline_page', 'bogus'), 'EINVAL');
    assert.equal(answer('soft_offline_page', '0x7ff000000000'), 'ENXIO');
    assert.equal(answer('soft_offline_page', '0x100000000'), 'EIO');
    assert.equal(answer('soft_offline_page', '0x100000000', online), '11');
  });

  test('hard_offline_page likewise: EINVAL, ENXIO', () => {
    assert.equal(answer('hard_offline_page', 'bogus'), 'EINVAL');
    assert.equal(answer('hard_offline_page', '0x7ff000000000'), 'ENXIO');
    const twice = ['0x100000000', '0x100000000'].map(
      (text) => ['hard_offline_page', text] as const,
    );
    assert.deepEqual(answers(twice, online), ['11', 'EHWPOISON']);
  });

  test('cpu1/online: as `online` of a block; cpu0 has no such file (ENOENT)', () => {
    const writes = ['2', ' 1', 'bogus', '0', '0', 'off', 'y', '1'].map((text) => [
      'cpu1/online',
      text,
    ]);
    assert.deepEqual(answers(writes as [string, string][]), [
      'EINVAL',
      'EINVAL',
      'EINVAL',
      '1',
      '1',
      '3',
      '1',
      '1',
    ]);
    assert.equal(answer('cpu0/online', '0'), 'ENOENT');
  });
});
