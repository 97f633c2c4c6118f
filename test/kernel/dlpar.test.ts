import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, Parameters, Step, Word } from '../../src/program/index.ts';
import { dlparWorker, makeDlpar, type Dlpar } from '../../src/kernel/dlpar.ts';
import { Connector, makeDrmem } from '../../src/kernel/drmem.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse, State } from '../../src/kernel/memory-state.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { destroyWorkqueue } from '../../src/kernel/workqueue.ts';
import { raceRun } from './race-run.ts';

const releases = ['v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;

/** A guest of four LMBs, memory32 to memory35. */
const guest: Parameters = { release: 'v4.20', blocksMax: 4, blocksPresent: 0 };

interface Guest {
  readonly dlpar: Dlpar;
  readonly kernel: Kernel;
}

/** A writer and the worker, in 600 executions; `last` is the guest as the last one left it. */
function guestRun(
  parameters: Parameters,
  writer: (kernel: Kernel, dlpar: Dlpar) => Step<unknown>,
  updatesTreeFirst = false,
): { findings: readonly string[]; outcomes: readonly string[]; last: Guest } {
  let dlpar!: Dlpar;
  let last!: Kernel;
  const prepare = (arena: Arena, kernel: Kernel): void => {
    const present = Number(parameters['blocksPresent']);
    dlpar = makeDlpar(arena, makeDrmem(arena, kernel.memoryBlocks, { present, updatesTreeFirst }));
    last = { ...kernel, files: new Map([...kernel.files, [dlpar.file.path, dlpar.file]]) };
  };
  const run = raceRun(
    { ...guest, ...parameters },
    {
      *writer() {
        const result = yield* writer(last, dlpar);
        yield* destroyWorkqueue(dlpar.queue);
        return result;
      },
      *worker() {
        yield* dlparWorker(last, dlpar);
        return '';
      },
    },
    prepare,
  );
  return { ...run, last: { kernel: last, dlpar } };
}

const writes = (...texts: string[]) =>
  function* (kernel: Kernel): Step<string> {
    const names: string[] = [];
    for (const text of texts) names.push(resultName(yield* sysfsWrite(kernel, 'dlpar', text)));
    return names.join(' ');
  };

/** Which LMBs there are: assigned, listed in the device tree, connected, online; a digit each. */
function state({ dlpar, kernel }: Guest): string[] {
  const { lmbs } = dlpar.drmem;
  const digits = (of: (at: number) => number): string => lmbs.map((_, at) => of(at)).join('');
  return [
    digits((at) => lmbs[at]!.assigned.peek()),
    digits((at) => lmbs[at]!.listed.peek()),
    digits((at) => lmbs[at]!.connector.peek()),
    digits((at) => (kernel.memoryBlocks[at]!.state.peek() === State.online ? 1 : 0)),
  ];
}

describe('what is written to dlpar', () => {
  test('is EINVAL unless it is a request that can be understood', () => {
    const { outcomes } = guestRun(
      { blocksPresent: 0 },
      writes(
        'disk add count 1',
        'memory grow count 1',
        'memory add some 1',
        'memory add count',
        'memory add count x',
        'memory add count -1',
        'memory add count 4294967296',
        'memory add indexed-count 1',
        'memory  add count 1',
        'memory add count 0',
        'memory add index 1',
        'memory add count 5',
        'memory add indexed-count 2 0x80000023',
      ),
    );
    assert.deepEqual(outcomes, [`${Array.from({ length: 13 }, () => 'EINVAL').join(' ')},`]);
  });

  test('adds and removes by count, by index and in a row, in every release', () => {
    for (const release of releases) {
      const { findings, outcomes, last } = guestRun(
        { release, blocksPresent: 0 },
        writes(
          'memory add count 1\n',
          'memory add index 0x80000022',
          'memory add index 0x80000022',
          'memory add indexed-count 2 0x80000022',
          'memory remove indexed-count 2 0x80000021',
          'memory remove index 0x80000020',
        ),
      );
      assert.deepEqual(outcomes, ['19 27 EPERM 37 EINVAL 30,'], release);
      // v4.18: device_online() by firmware is without mem_hotplug_lock.
      if (release !== 'v4.18') assert.deepEqual(findings, [], release);
      assert.deepEqual(state(last), ['0011', '0011', '0011', '0011']);
    }
  });
});

describe('a request that cannot be met in full', () => {
  test('by count removes what it added, and passes over what fails', () => {
    const { outcomes, last } = guestRun({ blocksPresent: 0 }, function* (kernel, { drmem }) {
      yield* drmem.lmbs[1]!.connector.store(Connector.refused);
      const three = yield* writes('memory add count 3')(kernel);
      const four = yield* writes('memory add count 4')(kernel);
      yield* writes('memory remove count 1')(kernel);
      return `${three} ${four}`;
    });
    assert.deepEqual(outcomes, ['18 EINVAL,']);
    assert.deepEqual(state(last), ['0011', '0011', '0211', '0011']);
  });

  test('in a row ends at the first that fails', () => {
    const { outcomes, last } = guestRun({ blocksPresent: 0 }, function* (kernel, { drmem }) {
      yield* drmem.lmbs[2]!.connector.store(Connector.refused);
      return yield* writes('memory add indexed-count 4 0x80000020')(kernel);
    });
    assert.deepEqual(outcomes, ['EINVAL,']);
    assert.deepEqual(state(last), ['0000', '0000', '0020', '0000']);
    const { warnings } = last.kernel;
    assert.equal(warnings.peek(), 0);
  });

  test('adds what it removed when a later one does not go offline', () => {
    const parameters = { blocksPresent: 3, blocksOnline: 3 };
    const { outcomes, last } = guestRun(parameters, function* (kernel) {
      // The last two have a page that cannot move.
      const pages = [yield* allocPage(kernel, PageUse.unmovable)];
      pages.push(yield* allocPage(kernel, PageUse.unmovable));
      pages.push(yield* allocPage(kernel, PageUse.unmovable));
      yield* pages[0]!.frame.store(PageUse.free);
      return yield* writes('memory remove count 2')(kernel);
    });
    assert.deepEqual(outcomes, ['EINVAL,']);
    assert.deepEqual(state(last), ['1110', '1110', '1110', '1110']);
  });

  test('because memory that was added does not go online is undone: __remove_memory()', () => {
    const parameters = { blocksPresent: 0, notifiers: 'error-inject' };
    const path = 'notifier-error-inject/memory/actions/MEM_GOING_ONLINE/error';
    const { outcomes, last } = guestRun(parameters, function* (kernel) {
      yield* sysfsWrite(kernel, path, '-12');
      return yield* writes('memory add index 0x80000020')(kernel);
    });
    assert.deepEqual(outcomes, ['ENOMEM,']);
    assert.deepEqual(state(last), ['0000', '0000', '0000', '0000']);
    assert.equal(memoryBlock(last.kernel, 32).presentSections.peek(), 0);
  });
});

describe('DLPAR and the policy', () => {
  test('brings memory online whatever auto_online_blocks says', () => {
    for (const autoOnline of [false, true]) {
      const add = writes('memory add count 1');
      const { last } = guestRun({ blocksPresent: 0, autoOnline }, add);
      assert.equal(state(last)[3], '1000');
    }
  });
});

describe('two writers', () => {
  test('wait for one worker, and each gets the answer to his own request', () => {
    let dlpar!: Dlpar;
    let world!: Kernel;
    let ended!: Word;
    const writer = (text: string) =>
      function* (): Step<string> {
        const result = resultName(yield* sysfsWrite(world, 'dlpar', text));
        if ((yield* ended.add(1)) === 1) yield* destroyWorkqueue(dlpar.queue);
        return result;
      };
    const { findings, outcomes } = raceRun(
      { ...guest, blocksMax: 1 },
      {
        one: writer('memory add count 1'),
        other: writer('memory remove index 1'),
        *worker() {
          yield* dlparWorker(world, dlpar);
          return '';
        },
      },
      (arena, kernel) => {
        const options = { present: 0, updatesTreeFirst: false };
        dlpar = makeDlpar(arena, makeDrmem(arena, kernel.memoryBlocks, options));
        world = { ...kernel, files: new Map([...kernel.files, [dlpar.file.path, dlpar.file]]) };
        ended = arena.word('ended');
      },
    );
    assert.deepEqual(outcomes, ['18,EINVAL,']);
    assert.deepEqual(findings, []);
  });
});

describe('against a writer of `state`', () => {
  test('memory comes and goes without a deadlock, and never while it is online', () => {
    for (const release of ['v4.20', 'v6.1', 'v6.8']) {
      let dlpar!: Dlpar;
      let world!: Kernel;
      const { findings } = raceRun(
        { ...guest, release, blocksMax: 1 },
        {
          *drmgr() {
            yield* sysfsWrite(world, 'dlpar', 'memory add count 1');
            yield* sysfsWrite(world, 'dlpar', 'memory remove count 1');
            yield* destroyWorkqueue(dlpar.queue);
          },
          *worker() {
            yield* dlparWorker(world, dlpar);
          },
          *udev() {
            yield* memoryBlock(world, 32).added.wait();
            yield* sysfsWrite(world, 'memory32/state', 'online');
            yield* sysfsWrite(world, 'memory32/online', '0');
          },
        },
        (arena, kernel) => {
          const options = { present: 0, updatesTreeFirst: false };
          dlpar = makeDlpar(arena, makeDrmem(arena, kernel.memoryBlocks, options));
          world = { ...kernel, files: new Map([...kernel.files, [dlpar.file.path, dlpar.file]]) };
        },
      );
      assert.deepEqual(findings, [], release);
    }
  });
});
