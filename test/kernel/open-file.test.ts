import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step, Word } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { makeSysfs } from '../../src/kernel/sysfs-tree.ts';
import { Signal, sysfsRead, sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { soloRun, type LockEvent } from './solo-run.ts';

// Open files of sysfs. Where a test is named by a row, it is one of section 4, "errno (stock)",
// of the project's notes on an observed 6.1 kernel.

const block = 'memory32';

describe('a device that goes', () => {
  test('file already open, then read or write: ENODEV; new open: ENOENT', () => {
    const run = soloRun({ release: 'v6.1' }, function* (kernel): Step<unknown> {
      const sysfs = makeSysfs(kernel);
      const open = yield* sysfs.open(`memory/${block}/state`, 'read-write');
      assert.ok(typeof open !== 'number');
      const first = yield* open.read();
      yield* removeMemory(kernel, memoryBlock(kernel, 32));
      const again = yield* sysfs.open(`memory/${block}/state`, 'read');
      const results = [yield* open.read(), yield* open.write('online'), again] as number[];
      // Bytes or none: the file's owner is looked for first.
      results.push(yield* open.write(''));
      return [first, ...results.map(resultName)];
    });
    assert.deepEqual(run.result, ['offline\n', 'ENODEV', 'ENODEV', 'ENOENT', 'ENODEV']);
  });

  test('writer waiting for device_hotplug_lock while the block is removed: ENODEV', () => {
    const { outcomes } = raceRun(
      { release: 'v6.1' },
      {
        remover: (kernel) => removeMemory(kernel, memoryBlock(kernel, 32)),
        writer: (kernel) => sysfsWrite(kernel, `${block}/state`, 'offline'),
      },
    );
    // Before the removal the block is offline already: EINVAL.
    assert.deepEqual(outcomes, ['0,-19', '0,-22']);
  });
});

describe('signals while waiting for device_hotplug_lock', () => {
  /** What a writer answers who is sent a signal while somebody holds the lock. */
  function outcomes(sent: number): readonly string[] {
    let signals: Word;
    return raceRun(
      { release: 'v6.1' },
      {
        writer: (kernel) => sysfsWrite(kernel, `${block}/state`, 'online', signals),
        *holder(kernel) {
          yield* kernel.deviceHotplugLock.acquire();
          yield* signals.store(sent);
          yield* kernel.deviceHotplugLock.release();
        },
      },
      (arena) => {
        signals = arena.word('writer.signals');
      },
    ).outcomes;
  }

  test('with a handler: invisible, the system call starts again even without SA_RESTART', () => {
    assert.deepEqual(outcomes(Signal.withHandler), ['6,undefined']);
  });

  test('a fatal one kills: nothing comes back', () => {
    assert.deepEqual(outcomes(Signal.fatal), ['-513,undefined', '6,undefined']);
  });
});

describe('opened for what a file does not do: EACCES, even as root', () => {
  test('read-only files for writing, write-only files for reading', () => {
    const run = soloRun({ release: 'v6.1' }, function* (kernel): Step<string[]> {
      const sysfs = makeSysfs(kernel);
      const all: number[] = [];
      for (const name of ['phys_index', 'phys_device', 'removable', 'valid_zones']) {
        all.push((yield* sysfs.open(`memory/${block}/${name}`, 'read-write')) as number);
      }
      all.push((yield* sysfs.open('memory/block_size_bytes', 'write')) as number);
      for (const name of ['probe', 'soft_offline_page', 'hard_offline_page']) {
        all.push((yield* sysfs.open(`memory/${name}`, 'read')) as number);
      }
      return all.map(resultName);
    });
    assert.deepEqual(new Set(run.result as string[]), new Set(['EACCES']));
  });
});

describe('a remover and who is inside of a file', () => {
  const remove = (kernel: Kernel): Step<unknown> => removeMemory(kernel, memoryBlock(kernel, 32));
  const names = ['uevent', 'phys_index', 'state', 'phys_device', 'removable', 'valid_zones'];

  for (const name of [...names, 'online']) {
    test(`${name}: the remover waits for a reader, and who comes later gets ENODEV`, () => {
      let inside = 0;
      let waited = false;
      const { outcomes, findings } = raceRun(
        { release: 'v6.1' },
        { remove, reader: (kernel) => sysfsRead(kernel, `${block}/${name}`) },
        undefined,
        (event: LockEvent | undefined) => {
          if (event?.lockClass !== `kn->active(${name})`) return;
          if (event.agent === 1) inside++;
          // Neither granted at once.
          if (event.agent === 0 && event.outcome !== 1) waited = true;
        },
      );
      assert.ok(inside > 0);
      assert.ok(waited, 'no execution had the remover wait');
      assert.ok(outcomes.includes('0,-19'), outcomes.join('; '));
      assert.ok(outcomes.length === 2, outcomes.join('; '));
      assert.deepEqual(findings, []);
    });
  }

  test('an open descriptor that nobody uses does not keep the device', () => {
    const { result, locks } = soloRun({ release: 'v6.1' }, function* (kernel): Step<number> {
      yield* makeSysfs(kernel).open(`memory/${block}/state`, 'read');
      return yield* removeMemory(kernel, memoryBlock(kernel, 32));
    });
    assert.equal(result, 0);
    assert.equal(locks.filter((name) => name.includes('state.active')).length, 2);
  });

  test('files of memory itself never go', () => {
    const { outcomes } = raceRun(
      { release: 'v6.1' },
      { remove, reader: (kernel) => sysfsRead(kernel, 'block_size_bytes') },
    );
    assert.deepEqual(outcomes, ['0,8000000\n']);
  });
});

describe('what an open file is for', () => {
  test('reading one opened for writing, and writing one opened for reading: EBADF', () => {
    const { result } = soloRun({}, function* (kernel): Step<unknown[]> {
      const sysfs = makeSysfs(kernel);
      const reader = yield* sysfs.open(`memory/${block}/state`, 'read');
      const writer = yield* sysfs.open(`memory/${block}/state`, 'write');
      assert.ok(typeof reader !== 'number' && typeof writer !== 'number');
      const answers = [yield* reader.write('online'), yield* writer.read()] as number[];
      return [...answers.map(resultName), yield* reader.read(), yield* writer.write('online')];
    });
    assert.deepEqual(result, ['EBADF', 'EBADF', 'offline\n', 6]);
  });

  test('the file of memory that is added later cannot be opened before', () => {
    const { result } = soloRun({}, function* (kernel): Step<unknown[]> {
      const sysfs = makeSysfs(kernel);
      const before = yield* sysfs.read('memory/memory33/phys_index');
      yield* addMemory(kernel, memoryBlock(kernel, 33));
      return [resultName(before as number), yield* sysfs.read('memory/memory33/phys_index')];
    });
    assert.deepEqual(result, ['ENOENT', '00000021\n']);
  });
});

describe('locks of reading', () => {
  const locks = (path: string, vfsLocks: boolean): readonly string[] =>
    soloRun({ vfsLocks }, (kernel) => sysfsRead(kernel, path)).locks.filter((name) =>
      name.startsWith('+'),
    );

  test('p->lock, of->mutex, kn->active, and for `online` device_lock', () => {
    const outer = (name: string): string[] => [
      `+${block}/${name}.p->lock`,
      `+${block}/${name}.of->mutex`,
      `+${block}/${name}.active (r)`,
    ];
    assert.deepEqual(locks(`${block}/online`, true), [...outer('online'), `+${block}.device_lock`]);
    for (const name of ['state', 'valid_zones']) {
      assert.deepEqual(locks(`${block}/${name}`, true), outer(name));
    }
  });

  test('only the active reference where every agent has an open file of its own', () => {
    assert.deepEqual(locks(`${block}/state`, false), [`+${block}/state.active (r)`]);
  });
});
