import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserError, type Parameters, type Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { hotplugInvariants } from '../../src/kernel/hotplug-invariants.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { isolateMigratepages } from '../../src/kernel/memory-walkers.ts';
import { sysfsRead, sysfsWrite } from '../../src/kernel/sysfs.ts';
import { pagesPerBlock } from '../../src/kernel/zone.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
/** The first quarter of memory2 is not there. */
const machine = { bootBlocks: true, sectionsPerBlock: 4, holeSections: 1 } as const;
const hole = pagesPerBlock / 4;

const path = (file: string): string => `memory2/${file}`;
const valid = (kernel: Kernel): Step<unknown> => sysfsRead(kernel, path('valid_zones'));

/** What one agent got, of a kernel in which nothing else is wrong. */
function seen<T>(parameters: Parameters, agent: (kernel: Kernel) => Step<T>): T {
  const run = soloRun({ ...machine, ...parameters }, agent);
  assert.deepEqual(faults(run), []);
  const broken = hotplugInvariants.filter((one) => !one.holds(run.kernel));
  assert.deepEqual(
    broken.map(({ name }) => name),
    [],
  );
  return run.result as T;
}

const oopses = (parameters: Parameters, agent: (kernel: Kernel) => Step<unknown>): boolean =>
  faults(soloRun({ ...machine, ...parameters }, agent)).some((title) =>
    title.includes('memory2.hole.page_zone'),
  );

describe('a block that begins with a hole', () => {
  for (const release of releases) {
    test(`${release}: counts what is there, and is read as others are`, () => {
      const result = seen({ release }, function* (kernel): Step<unknown[]> {
        const { zone } = kernel.pgdat;
        return [
          zone.presentPages.peek(),
          zone.managedPages.peek(),
          zone.spannedPages.peek(),
          kernel.pgdat.nodePresentPages.peek(),
          yield* valid(kernel),
          yield* sysfsRead(kernel, path('removable')),
          yield* isolateMigratepages(kernel, zone),
        ];
      });
      const present = 4 * pagesPerBlock - hole;
      const counts = [present, present, 4 * pagesPerBlock, present];
      assert.deepEqual(result, [...counts, 'Normal\n', '1\n', 4]);
    });

    test(`${release}: does not go offline: EINVAL`, () => {
      const write = function* (kernel: Kernel): Step<string[]> {
        const state = yield* sysfsWrite(kernel, path('state'), 'offline');
        const online = yield* sysfsWrite(kernel, path('online'), '0');
        return [
          resultName(state),
          resultName(online),
          String(yield* sysfsRead(kernel, path('state'))),
        ];
      };
      assert.deepEqual(seen({ release }, write), ['EINVAL', 'EINVAL', 'online\n']);
    });

    test(`${release}: soft_offline_page and hard_offline_page of an absent section: ENXIO`, () => {
      const { startPfn } = memoryBlock(soloRun(machine, valid).kernel, 2);
      const write = (file: string, pfn: number) => (kernel: Kernel) =>
        sysfsWrite(kernel, file, `0x${(pfn * 4096).toString(16)}`);
      for (const file of ['soft_offline_page', 'hard_offline_page']) {
        const inside = seen({ release }, write(file, startPfn + hole - 1));
        assert.equal(resultName(inside), 'ENXIO', file);
        assert.ok(seen({ release }, write(file, startPfn + hole)) > 0, file);
      }
    });
  }

  test('valid_zones reads a struct page that is not there without a96dfddbcc04', () => {
    for (const release of ['v4.18', 'v4.20']) {
      assert.equal(oopses({ release, without: 'a96dfddbcc04' }, valid), true);
      assert.equal(oopses({ release }, valid), false);
      // Offlining is refused before it asks.
      const offline = (kernel: Kernel) => sysfsWrite(kernel, path('state'), 'offline');
      assert.equal(oopses({ release, without: 'a96dfddbcc04' }, offline), false);
      const both = 'a96dfddbcc04,26bbe7ef6d5c';
      assert.equal(oopses({ release, without: both }, offline), true);
    }
  });

  test('test_pages_in_a_zone() itself does without 5f0f2887f4de', () => {
    for (const release of ['v4.18', 'v4.20']) {
      assert.equal(oopses({ release, without: '5f0f2887f4de' }, valid), true);
    }
    for (const release of ['v6.1', 'v6.8']) {
      assert.equal(oopses({ release, without: '5f0f2887f4de' }, valid), false);
      assert.equal(oopses({ release, without: '395f6081bad4' }, valid), false);
      assert.equal(oopses({ release, without: '395f6081bad4,5f0f2887f4de' }, valid), true);
    }
  });

  test('goes offline without 26bbe7ef6d5c, and never comes back: EBUSY', () => {
    for (const release of ['v4.18', 'v4.20']) {
      const result = seen({ release, without: '26bbe7ef6d5c' }, function* (kernel): Step<
        unknown[]
      > {
        const off = yield* sysfsWrite(kernel, path('state'), 'offline');
        const on = yield* sysfsWrite(kernel, path('state'), 'online');
        return [resultName(off), resultName(on), kernel.pgdat.nodePresentPages.peek()];
      });
      assert.deepEqual(result, ['7', 'EBUSY', 3 * pagesPerBlock]);
    }
  });

  test('is refused where the machine has no such block', () => {
    const message = (parameters: Parameters): string => {
      try {
        soloRun(parameters, valid);
      } catch (error) {
        return error instanceof UserError ? error.message : String(error);
      }
      return 'accepted';
    };
    assert.match(message({ holeSections: 1, bootBlocks: true }), /from 0 to 0, not 1$/);
    assert.match(
      message({ ...machine, bootBlocks: false }),
      /`holeSections` is 0 where `bootBlocks` is false, not 1$/,
    );
  });
});
