import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Kind } from '../../src/program/kinds.ts';
import type { Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { MemoryEvent, type MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { makeNotifierBlock, Notify, notifierFromErrno } from '../../src/kernel/notifier-chain.ts';
import { sysfsRead, sysfsWrite } from '../../src/kernel/sysfs.ts';
import { makeSysfs } from '../../src/kernel/sysfs-tree.ts';
import { ZoneIndex } from '../../src/kernel/zone.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

// Row by row the formats of attributes: section 5 of the project's notes on an observed 6.1 kernel.

/** What a file reads after some writes. */
function text(path: string, parameters: Parameters = {}, writes: readonly string[] = []): unknown {
  const { result } = soloRun({ release: 'v6.1', ...parameters }, function* (kernel): Step<unknown> {
    const sysfs = makeSysfs(kernel);
    for (const write of writes) {
      const [file = '', input = ''] = write.split('=');
      const taken = yield* sysfs.write(file, input);
      assert.ok(taken > 0, `${write}: ${resultName(taken)}`);
    }
    const found = yield* sysfs.read(path);
    return typeof found === 'number' ? resultName(found) : found;
  });
  return result;
}

const block = 'memory/memory32';
const boot = { bootBlocks: true, bootZone: 'DMA32' } as const;

/** File, its text, and the kernel and the writes that bring it about. */
const rows: readonly (readonly [string, string, Parameters?, (readonly string[])?])[] = [
  [`${block}/online`, '0\n'],
  [`${block}/online`, '1\n', { blocksOnline: 1 }],
  [`${block}/state`, 'offline\n'],
  [`${block}/state`, 'online\n', { blocksOnline: 1 }],
  [`${block}/valid_zones`, 'Normal Movable\n'],
  [`${block}/valid_zones`, 'Movable\n', {}, [`${block}/state=online_movable`]],
  [`${block}/valid_zones`, 'Normal\n', {}, [`${block}/state=online_kernel`]],
  ['memory/memory1/valid_zones', 'DMA32 Movable\n', boot, ['memory/memory1/state=offline']],
  [`${block}/phys_index`, '00000020\n'],
  ['memory/memory3/phys_index', '00000003\n', boot],
  [`${block}/phys_device`, '0\n'],
  [`${block}/removable`, '1\n'],
  [`${block}/removable`, '1\n', { blocksOnline: 1 }],
  [`${block}/uevent`, ''],
  [`${block}/uevent`, '', {}, [`${block}/uevent=change`]],
  ['memory/auto_online_blocks', 'offline\n'],
  ...['online', 'online_kernel', 'online_movable', 'offline'].map(
    (word) =>
      [
        'memory/auto_online_blocks',
        `${word}\n`,
        {},
        [`memory/auto_online_blocks=${word}`],
      ] as const,
  ),
  ['memory/block_size_bytes', '8000000\n'],
  ['memory/uevent', ''],
  ['cpu/cpu1/online', '1\n'],
  ['cpu/cpu1/online', '0\n', {}, ['cpu/cpu1/online=0']],
];

describe('the text of each file', () => {
  for (const [path, expected, parameters, writes = []] of rows) {
    const after = writes.length > 0 ? ` after ${writes.join(', ')}` : '';
    const given = parameters === undefined ? '' : ` ${JSON.stringify(parameters)}`;
    test(`${path}: ${JSON.stringify(expected)}${given}${after}`, () => {
      assert.equal(text(path, parameters, writes), expected);
    });
  }

  test('valid_zones of an online block that is in several zones: `none`', () => {
    const { result } = soloRun({ blocksOnline: 1 }, function* (kernel): Step<unknown> {
      yield* memoryBlock(kernel, 32).zone.write(ZoneIndex.none);
      return yield* sysfsRead(kernel, 'memory32/valid_zones');
    });
    assert.equal(result, 'none\n');
  });
});

describe('module parameters of memory_hotplug', () => {
  const at = (name: string) => `/sys/module/memory_hotplug/parameters/${name}`;
  const parameters: readonly (readonly [string, string, (readonly string[])?])[] = [
    ['memmap_on_memory', 'N\n'],
    ['online_policy', 'contig-zones\n'],
    ['online_policy', 'auto-movable\n', ['online_policy=auto-movable\n']],
    ['auto_movable_ratio', '301\n'],
    ['auto_movable_ratio', '16\n', ['auto_movable_ratio=0x10']],
    ['auto_movable_numa_aware', 'Y\n'],
    ['auto_movable_numa_aware', 'N\n', ['auto_movable_numa_aware=off']],
  ];
  for (const [name, expected, writes = []] of parameters) {
    test(`${name}: ${JSON.stringify(expected)} ${writes.join()}`, () => {
      assert.equal(
        text(
          at(name),
          {},
          writes.map((write) => at(write)),
        ),
        expected,
      );
    });
  }

  test('memmap_on_memory: `Y` where it is on; it cannot be written', () => {
    assert.equal(text(at('memmap_on_memory'), { memmapOnMemory: true }), 'Y\n');
  });

  test('what cannot be: EINVAL, ERANGE, EACCES', () => {
    const { result } = soloRun({}, function* (kernel): Step<string[]> {
      const sysfs = makeSysfs(kernel);
      const tries = [
        ['online_policy', 'contig'],
        ['auto_movable_ratio', '-1'],
        ['auto_movable_ratio', '99999999999'],
        ['auto_movable_numa_aware', '2'],
        ['memmap_on_memory', 'Y'],
      ] as const;
      const names: string[] = [];
      for (const [name, input] of tries)
        names.push(resultName(yield* sysfs.write(at(name), input)));
      return names;
    });
    assert.deepEqual(result, ['EINVAL', 'EINVAL', 'ERANGE', 'EINVAL', 'EACCES']);
  });

  test('decide where a plain `online` goes', () => {
    const zones = `${block}/valid_zones`;
    const online = `${block}/state=online`;
    const movable = at('online_policy=auto-movable');
    assert.equal(text(zones, {}, [online]), 'Normal\n');
    assert.equal(text(zones, {}, [movable, online]), 'Movable\n');
    assert.equal(text(zones, {}, [movable, at('auto_movable_ratio=0'), online]), 'Normal\n');
  });

  test('numa_aware keeps a node without early memory out of Movable, and only then', () => {
    const other = { nodes: 2, hotplugNode: 1 };
    const writes = [at('online_policy=auto-movable'), `${block}/state=online`];
    assert.equal(text(`${block}/valid_zones`, other, writes), 'Normal\n');
    const aware = [at('auto_movable_numa_aware=0'), ...writes];
    assert.equal(text(`${block}/valid_zones`, other, aware), 'Movable\n');
  });
});

describe('while a block changes state', () => {
  /** What files read inside of a callback, event by event. */
  function seenInside(file: string, word: string, refuses = false): [number, unknown][] {
    const seen: [number, unknown][] = [];
    soloRun(
      { release: 'v6.1' },
      function* (kernel): Step {
        yield* sysfsWrite(kernel, 'memory32/state', 'online_movable');
        seen.length = 0;
        yield* sysfsWrite(kernel, 'memory32/state', 'offline');
        if (word === 'offline') return;
        seen.length = 0;
        yield* sysfsWrite(kernel, 'memory32/state', word);
      },
      (arena, kernel) => {
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'reader',
          registered: true,
          *call(_self, action) {
            seen.push([action, yield* sysfsRead(kernel, `memory32/${file}`)]);
            const isRefused = refuses && action === MemoryEvent.goingOffline;
            return isRefused ? notifierFromErrno(-16) : Notify.ok;
          },
        });
      },
    );
    return seen;
  }

  test('`state` is going-offline for readers during the whole offline', () => {
    assert.deepEqual(seenInside('state', 'offline'), [
      [MemoryEvent.goingOffline, 'going-offline\n'],
      [MemoryEvent.offline, 'going-offline\n'],
    ]);
    assert.deepEqual(seenInside('state', 'offline', true), [
      [MemoryEvent.goingOffline, 'going-offline\n'],
      [MemoryEvent.cancelOffline, 'going-offline\n'],
    ]);
  });

  test('there is no going-online: during online it still reads `offline`', () => {
    assert.deepEqual(seenInside('state', 'online'), [
      [MemoryEvent.goingOnline, 'offline\n'],
      [MemoryEvent.online, 'offline\n'],
    ]);
  });

  test('valid_zones of a block in transition begins with the zone that spans it', () => {
    const [first] = seenInside('valid_zones', 'offline');
    assert.deepEqual(first, [MemoryEvent.goingOffline, 'Movable Normal\n']);
  });

  test('`online` reads the old value until the device lock is free', () => {
    let holder = 0;
    const { outcomes } = raceRun(
      { release: 'v6.1' },
      {
        writer: (kernel: Kernel) => sysfsWrite(kernel, 'memory32/state', 'online'),
        *reader(kernel) {
          const found = yield* sysfsRead(kernel, 'memory32/online');
          return JSON.stringify(found);
        },
      },
      undefined,
      (event) => {
        // Nobody reads dev->offline while another holds device_lock.
        if (event?.lockClass === 'memory device_lock') {
          if (event.kind === Kind.acquire) holder = event.agent + 1;
          if (event.kind === Kind.release) holder = 0;
        } else if (event?.lockClass === 'memory32.offline') {
          assert.equal(holder, event.agent + 1);
        }
      },
    );
    assert.deepEqual(outcomes, ['6,"0\\n"', '6,"1\\n"']);
  });
});
