import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { MigrateType, PageUse, State } from '../../src/kernel/memory-state.ts';
import { doAnonymousPage, pinPage, putPage } from '../../src/kernel/page-mapping.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

/** v3.19, and v4.18 as it was before v4.15. */
const limited: Readonly<Record<string, { release: string; without: string }>> = {
  'v3.19': { release: 'v3.19', without: '' },
  'v4.18 without 72b39cfc4d75 and ecde0f3e7f9e': {
    release: 'v4.18',
    without: '72b39cfc4d75,ecde0f3e7f9e',
  },
};
const mapped = { pageMappings: 1, blocksOnline: 1 };

function* offline(kernel: Kernel): Step<string> {
  return resultName(yield* sysfsWrite(kernel, 'memory32/state', 'offline'));
}

/** A page with a reference that no mapping explains. */
function* pinned(kernel: Kernel): Step {
  yield* doAnonymousPage(kernel, kernel.mm.pageMappings[0]!);
  yield* pinPage(kernel, kernel.mm.pageMappings[0]!);
}

function isOnlineAgain(kernel: Kernel): void {
  const block = memoryBlock(kernel, 32);
  assert.equal(block.state.peek(), State.online);
  assert.equal(block.migrateType.peek(), MigrateType.movable);
  assert.equal(kernel.pgdat.zone.isolatedPageblocks.peek(), 0);
}

describe('offline_pages() gives up', () => {
  for (const [name, release] of Object.entries(limited)) {
    test(`${name}: after 120 seconds: EAGAIN, and the block stays online`, () => {
      const { findings, outcomes } = raceRun(
        { ...mapped, ...release },
        {
          *offliner(kernel: Kernel): Step<string> {
            yield* pinned(kernel);
            const result = yield* offline(kernel);
            isOnlineAgain(kernel);
            return result;
          },
          *clock(kernel: Kernel): Step {
            yield* memoryBlock(kernel, 32).migrateType.waitUntil(MigrateType.isolate);
            yield* memoryBlock(kernel, 32).timedOut!.store(1);
          },
        },
      );
      assert.ok(outcomes.includes('EAGAIN,undefined'), outcomes.join(' '));
      // Where the clock was too early nothing ends it: there is no other one.
      for (const title of findings) assert.match(title, /^deadlock/);
    });

    test(`${name}: after five migrations that find no memory: ENOMEM`, () => {
      const run = soloRun({ ...mapped, ...release, bootFrames: 0 }, function* (kernel) {
        yield* doAnonymousPage(kernel, kernel.mm.pageMappings[0]!);
        return yield* offline(kernel);
      });
      assert.equal(run.result, 'ENOMEM');
      assert.deepEqual(run.findings, []);
      isOnlineAgain(run.kernel);
    });

    test(`${name}: after five migrations with a page in use that is on no list: EBUSY`, () => {
      const parameters = { ...mapped, ...release, framesPerBlock: 2 };
      let scans = 0;
      const run = soloRun(
        parameters,
        function* (kernel): Step<string> {
          yield* doAnonymousPage(kernel, kernel.mm.pageMappings[0]!);
          yield* memoryBlock(kernel, 32).frames[1]!.store(PageUse.pinned);
          return yield* offline(kernel);
        },
        undefined,
        ({ lockClass }) => {
          if (lockClass === 'memory32.page1.use') scans++;
        },
      );
      assert.equal(run.result, 'EBUSY');
      assert.ok(scans > 5, `${scans} looks at the page`);
      isOnlineAgain(run.kernel);
    });

    test(`${name}: at once where only such a page is left: EBUSY`, () => {
      const run = soloRun({ ...release, blocksOnline: 1 }, function* (kernel): Step<string> {
        yield* memoryBlock(kernel, 32).frames[0]!.store(PageUse.pinned);
        return yield* offline(kernel);
      });
      assert.equal(run.result, 'EBUSY');
      assert.deepEqual(run.findings, []);
    });

    test(`${name}: not for a reference that is given back in time`, () => {
      const { findings, outcomes } = raceRun(
        { ...mapped, ...release },
        {
          *offliner(kernel: Kernel): Step<string> {
            yield* pinned(kernel);
            return yield* offline(kernel);
          },
          *user(kernel: Kernel): Step {
            const block = memoryBlock(kernel, 32);
            yield* block.structPages[0]!.references.waitUntil(2);
            yield* putPage(kernel, { block, frame: block.frames[0]! });
          },
        },
      );
      assert.deepEqual(findings, []);
      assert.ok(outcomes.includes('7,undefined'), outcomes.join(' '));
    });
  }

  test('in v4.18 and later for none of this', () => {
    for (const release of ['v4.18', 'v4.20', 'v6.1', 'v6.8']) {
      const run = soloRun({ ...mapped, release }, function* (kernel): Step<string> {
        assert.equal(memoryBlock(kernel, 32).timedOut, undefined);
        yield* pinned(kernel);
        return yield* offline(kernel);
      });
      assert.equal(run.result, undefined, 'it goes on for ever');
    }
  });

  test('after 120 seconds only, with 72b39cfc4d75 and without ecde0f3e7f9e', () => {
    const parameters = { ...mapped, release: 'v4.18', without: 'ecde0f3e7f9e', bootFrames: 0 };
    const agents = {
      *offliner(kernel: Kernel): Step<string> {
        yield* pinned(kernel);
        return yield* offline(kernel);
      },
      *clock(kernel: Kernel): Step {
        yield* memoryBlock(kernel, 32).timedOut!.store(1);
      },
    };
    assert.ok(raceRun(parameters, agents).outcomes.includes('EAGAIN,undefined'));
  });
});
