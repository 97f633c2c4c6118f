import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step, Word } from '../../src/program/index.ts';
import { cpuDown } from '../../src/kernel/cpu-down.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { addHugePage } from '../../src/kernel/hugetlb.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse, State } from '../../src/kernel/memory-state.ts';
import {
  accessPage,
  doAnonymousPage,
  pinPage,
  putPage,
  zapPage,
} from '../../src/kernel/page-mapping.ts';
import { softOfflinePage } from '../../src/kernel/soft-offline-page.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { mappedPageUser } from '../../workers/mapped-page-user.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const mapped = { pageMappings: 1, blocksOnline: 1 };

const write = (path: string, input: string) =>
  function* (kernel: Kernel): Step<string> {
    return resultName(yield* sysfsWrite(kernel, path, input));
  };
const offline = write('memory32/state', 'offline');
const user = (mapping: number, pins = false) =>
  mappedPageUser({ mapping, pins }) as (kernel: Kernel) => Step<unknown>;

const writing = (value: number) =>
  function* (contents: Word): Step {
    yield* contents.write(value);
  };

/** Of offlining and a user of a page: v3.19 gives up where a page comes to be in use late. */
const outcomesIn = (release: string): string[] =>
  release === 'v3.19' ? ['7,true', 'EBUSY,true'] : ['7,true'];

/** Pages of the machine that are in use in some way. */
function inUse(kernel: Kernel): number {
  const spans = [...kernel.memoryBlocks, ...kernel.mm.bootReserve];
  const free: number[] = [PageUse.none, PageUse.free, PageUse.pcplist];
  return spans.flatMap(({ frames }) => frames).filter((word) => !free.includes(word.peek())).length;
}

describe('a page that a process has mapped', () => {
  for (const release of releases) {
    test(`${release}: moves when its block goes offline, and is found and freed there`, () => {
      const run = soloRun({ ...mapped, release }, function* (kernel): Step<unknown[]> {
        const mapping = kernel.mm.pageMappings[0]!;
        yield* doAnonymousPage(kernel, mapping);
        assert.equal(memoryBlock(kernel, 32).frames[0]!.peek(), PageUse.movable);
        yield* accessPage(kernel, mapping, writing(7));
        const result = yield* offline(kernel);
        let found = 0;
        yield* accessPage(kernel, mapping, function* (contents) {
          found = yield* contents.read();
        });
        const used = inUse(kernel);
        yield* zapPage(kernel, mapping);
        return [result, found, used, inUse(kernel)];
      });
      assert.deepEqual(run.result, ['7', 7, 1, 0]);
      assert.deepEqual(run.findings, []);
    });

    test(`${release}: is not lost whoever comes first`, () => {
      const { findings, outcomes } = raceRun({ ...mapped, release }, { offline, user: user(1) });
      assert.deepEqual(findings, []);
      assert.deepEqual(outcomes, outcomesIn(release));
    });
  }

  test('does not move while somebody has a reference: offlining waits for that', () => {
    const { findings, outcomes } = raceRun(mapped, { offline, user: user(1, true) });
    assert.deepEqual(findings, []);
    assert.deepEqual(outcomes, ['7,true']);
  });

  test('that is pinned for good keeps offlining at work, without an error, until a signal', () => {
    const pinned = function* (kernel: Kernel): Step {
      yield* doAnonymousPage(kernel, kernel.mm.pageMappings[0]!);
      yield* pinPage(kernel, kernel.mm.pageMappings[0]!);
    };
    const stuck = soloRun(mapped, function* (kernel): Step<string> {
      yield* pinned(kernel);
      return yield* offline(kernel);
    });
    assert.equal(stuck.result, undefined);
    assert.ok(
      stuck.findings.some((title) => title.startsWith('deadlock')),
      stuck.findings.join(),
    );
    const { findings, outcomes } = raceRun(mapped, {
      *offline(kernel: Kernel): Step<string> {
        yield* pinned(kernel);
        return yield* offline(kernel);
      },
      *signal(kernel: Kernel): Step {
        yield* memoryBlock(kernel, 32).signal.store(1);
      },
    });
    assert.deepEqual(findings, []);
    assert.deepEqual(outcomes, ['EINTR,undefined']);
  });

  test('without memory to move to is no error either: offlining waits for somebody to free', () => {
    const parameters = { ...mapped, pageMappings: 2, bootFrames: 1 };
    const agents = {
      *both(kernel: Kernel): Step<string> {
        for (const mapping of kernel.mm.pageMappings) yield* doAnonymousPage(kernel, mapping);
        return yield* offline(kernel);
      },
      *owner(kernel: Kernel): Step {
        // The one in the block is the first; who is in the way has the boot's only page.
        yield* kernel.mm.pageMappings[1]!.entry.waitUntilAtLeast(1);
        yield* zapPage(kernel, kernel.mm.pageMappings[1]!);
      },
    };
    const { findings, outcomes } = raceRun(parameters, agents);
    assert.deepEqual(findings, []);
    assert.deepEqual(outcomes, ['7,undefined']);
    const alone = soloRun(parameters, (kernel) => agents.both(kernel));
    assert.equal(alone.result, undefined, 'nobody frees: for ever');
    assert.ok(alone.findings.some((title) => title.startsWith('deadlock')));
  });

  test('stays where it moved to when its block stays online after all', () => {
    const run = soloRun(
      { ...mapped, framesPerBlock: 2, pageMappings: 2, bootFrames: 2 },
      function* (kernel): Step<string> {
        const [first, second] = kernel.mm.pageMappings;
        yield* doAnonymousPage(kernel, first!);
        yield* doAnonymousPage(kernel, second!);
        yield* pinPage(kernel, second!);
        yield* memoryBlock(kernel, 32).signal.store(0);
        return yield* offline(kernel);
      },
    );
    assert.equal(run.result, undefined);
    const { frames } = memoryBlock(run.kernel, 32);
    assert.equal(frames[0]!.peek(), PageUse.free, 'the first one moved');
    assert.equal(run.kernel.mm.bootReserve[0]!.frames[0]!.peek(), PageUse.movable);
  });

  test('is moved by soft_offline_page(), and its process does not notice', () => {
    const run = soloRun({ ...mapped, pageMappings: 1 }, function* (kernel): Step<unknown[]> {
      const mapping = kernel.mm.pageMappings[0]!;
      yield* doAnonymousPage(kernel, mapping);
      yield* accessPage(kernel, mapping, writing(3));
      const result = yield* softOfflinePage(kernel, memoryBlock(kernel, 32).startPfn);
      let found = 0;
      yield* accessPage(kernel, mapping, function* (contents) {
        found = yield* contents.read();
      });
      return [result, found, memoryBlock(kernel, 32).frames[0]!.peek()];
    });
    assert.deepEqual(run.result, [0, 3, PageUse.poisoned]);
    const { findings } = raceRun(mapped, {
      soft: (kernel) => softOfflinePage(kernel, memoryBlock(kernel, 32).startPfn),
      user: user(1),
      offline,
    });
    assert.deepEqual(findings, []);
  });

  test('put_page() of a page that is free is found', () => {
    const run = soloRun(mapped, function* (kernel): Step {
      const mapping = kernel.mm.pageMappings[0]!;
      yield* doAnonymousPage(kernel, mapping);
      const page = yield* pinPage(kernel, mapping);
      yield* zapPage(kernel, mapping);
      yield* putPage(kernel, page!);
      yield* putPage(kernel, page!);
    });
    assert.deepEqual(run.findings, ['put_page() of a page that is free']);
  });
});

describe('pages that are still in a pagevec', () => {
  const details = { ...mapped, details: 'lru-pagevecs' };

  for (const release of releases) {
    test(`${release}: offlining gets them from there`, () => {
      const { findings, outcomes } = raceRun({ ...details, release }, { offline, user: user(1) });
      const inversions = findings.filter((title) => title.includes('lock inversion'));
      assert.deepEqual(findings, inversions);
      assert.deepEqual(outcomes, outcomesIn(release));
    });
  }

  test('v6.1 without d479960e44f2 drains them in each turn', () => {
    const parameters = { ...details, without: 'd479960e44f2' };
    assert.deepEqual(raceRun(parameters, { offline, user: user(1) }).outcomes, ['7,true']);
  });

  test('are drained under cpu_hotplug_lock, twice, without a47fed5b5b01 and 9852a7212324', () => {
    // Suspend takes CPUs down without device_hotplug_lock.
    const cpu = (kernel: Kernel): Step<number> => cpuDown(kernel, kernel.cpus[0]!);
    const parameters = { ...details, release: 'v4.18', without: 'a47fed5b5b01,9852a7212324' };
    const { findings } = raceRun(parameters, { offline, cpu });
    assert.ok(
      findings.some((title) => /deadlock|recursi/.test(title)),
      findings.join('\n'),
    );
    const fixed = raceRun({ ...parameters, without: '9852a7212324' }, { offline, cpu });
    assert.deepEqual(fixed.findings, []);
  });
});

describe('free huge pages of a block', () => {
  for (const release of releases) {
    test(`${release}: are dissolved, but those that are reserved, from v4.9 on`, () => {
      const huge = (reserves: boolean) =>
        soloRun({ release, blocksOnline: 1, details: 'huge-pages' }, function* (kernel) {
          yield* addHugePage(kernel, memoryBlock(kernel, 32).frames[0]!, reserves);
          return yield* offline(kernel);
        });
      const free = huge(false);
      assert.equal(free.result, '7');
      assert.equal(free.kernel.mm.hugetlb.free.peek(), 0);
      const reserved = huge(true);
      assert.equal(reserved.result, release === 'v3.19' ? '7' : 'EBUSY');
      const state = release === 'v3.19' ? State.offline : State.online;
      assert.equal(memoryBlock(reserved.kernel, 32).state.peek(), state);
    });
  }
});
