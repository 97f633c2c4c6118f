import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { memremapPages } from '../../src/kernel/memremap-pages.ts';
import { isolateMigratepages, ptdumpShow, zoneinfoShow } from '../../src/kernel/memory-walkers.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { pfnValid } from '../../src/kernel/section-subsections.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { bootPages, pagesPerBlock } from '../../src/kernel/zone.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const write = (path: string, input: string) =>
  function* (kernel: Kernel): Step {
    yield* sysfsWrite(kernel, path, input);
  };
const unordered = ': nothing orders the two accesses';
const offline = write('memory32/state', 'offline');
const compaction = (kernel: Kernel): Step<number> => isolateMigratepages(kernel, kernel.pgdat.zone);

describe('compaction, which walks the pfns of a zone without a lock', () => {
  test('sees the blocks of its zone that are online', () => {
    for (const release of ['v3.19', 'v4.20', 'v6.1']) {
      const run = soloRun({ release, blocksMax: 3, blocksPresent: 3 }, function* (kernel) {
        yield* write('memory32/state', 'online')(kernel);
        yield* write('memory34/state', 'online_movable')(kernel);
        return yield* compaction(kernel);
      });
      assert.deepEqual(run.findings, []);
      assert.equal(run.result, release === 'v3.19' ? 2 : 1, release);
    }
  });

  test('races with a block of its zone that goes offline, and with no other', () => {
    const parameters = { blocksMax: 2, blocksPresent: 2, blocksOnline: 1 };
    const { findings } = raceRun(parameters, { offline, compaction });
    assert.ok(
      findings.some((title) => title.startsWith('data race on memory32.page:')),
      findings.join(),
    );
    assert.ok(findings.some((title) => title.includes('PagePoisoned')));
    const other = write('memory33/state', 'online_movable');
    assert.deepEqual(raceRun(parameters, { other, compaction }).findings, []);
  });
});

describe('/proc/zoneinfo', () => {
  test('adds up what is present, and races with who changes it', () => {
    const alone = soloRun({ blocksOnline: 1 }, zoneinfoShow);
    assert.equal(alone.result, bootPages + pagesPerBlock);
    assert.deepEqual(alone.findings, []);
    const { findings } = raceRun({ blocksOnline: 1 }, { offline, zoneinfoShow });
    assert.deepEqual(findings, [`data race on zone.present_pages${unordered}`]);
  });
});

describe("a dump of the kernel's page tables", () => {
  const agents = {
    mapper: (kernel: Kernel) => memremapPages(kernel, kernel.deviceMemory[0]!),
    ptdumpShow,
  };

  test('reads them under get_online_mems() since bf2b59f60ee1', () => {
    assert.deepEqual(raceRun({ deviceRanges: 1 }, agents).findings, []);
    const without = { deviceRanges: 1, without: 'bf2b59f60ee1' };
    assert.deepEqual(raceRun(without, agents).findings, [`data race on direct_map${unordered}`]);
    const old = raceRun({ deviceRanges: 1, release: 'v4.20' }, agents);
    assert.deepEqual(old.findings, [`data race on direct_map${unordered}`]);
  });
});

describe('pfn_valid() of memory that is removed', () => {
  const parameters: Parameters = { details: 'section-usage' };
  const agents = {
    remover: (kernel: Kernel) => removeMemory(kernel, memoryBlock(kernel, 32)),
    reader: (kernel: Kernel) => pfnValid(kernel, memoryBlock(kernel, 32)),
  };
  const nullPointer = 'NULL pointer dereference: section->usage in pfn_section_valid()';

  // v6.8 came out without 82f0b6f041fa.
  const fixed: readonly Parameters[] = [
    { ...parameters, release: 'v6.1' },
    { ...parameters, release: 'v6.8', with: '82f0b6f041fa' },
  ];
  for (const { release, ...rest } of fixed) {
    test(`${release}: is an RCU reader`, () => {
      const { findings, outcomes } = raceRun({ release: release!, ...rest }, agents);
      assert.deepEqual(findings, []);
      assert.deepEqual(outcomes, ['0,false', '0,true']);
    });

    test(`${release}: is used once freed without 5ec8e8ea8b77, NULL without 82f0b6f041fa`, () => {
      const left = release === 'v6.8' ? [] : ['82f0b6f041fa'];
      const none = { ...parameters, release: release!, without: ['5ec8e8ea8b77', ...left].join() };
      const { findings } = raceRun(none, agents);
      assert.ok(findings.some((title) => title.includes('subsection_map after its removal')));
      assert.ok(findings.includes(nullPointer));
      const half = raceRun({ ...parameters, release: release!, without: left.join() }, agents);
      assert.deepEqual(half.findings, [nullPointer]);
    });
  }
});
