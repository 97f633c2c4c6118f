import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const write =
  (path: string, text: string) =>
  (kernel: Kernel): Step<number> =>
    sysfsWrite(kernel, path, text);

const hard = write('hard_offline_page', '0x100000000');
const soft = write('soft_offline_page', '0x100000000');
const online = { release: 'v6.1', blocksOnline: 1 };

describe('hard_offline_page', () => {
  test('takes a page out of use that the block can go offline without', () => {
    const { result, kernel } = soloRun(online, function* (kernel): Step<number[]> {
      return [yield* hard(kernel), yield* write('memory32/state', 'offline')(kernel)];
    });
    assert.deepEqual(result, [11, 7]);
    assert.equal(memoryBlock(kernel, 32).frames[0]!.peek(), PageUse.poisoned);
  });

  test("refuses the kernel's own pages: EBUSY", () => {
    const { result } = soloRun(online, function* (kernel): Step<number> {
      yield* memoryBlock(kernel, 32).frames[0]!.store(PageUse.unmovable);
      return yield* hard(kernel);
    });
    assert.equal(result, -16);
  });

  test('does not take mem_hotplug_lock, and races with memory that goes; soft_offline does', () => {
    const agents = (file: typeof hard) => ({
      file,
      *remover(kernel: Kernel): Step<number> {
        yield* write('memory32/state', 'offline')(kernel);
        return yield* removeMemory(kernel, memoryBlock(kernel, 32));
      },
    });
    const { findings } = raceRun(online, agents(hard));
    assert.ok(findings.some((title) => /memory32\..* after its removal/.test(title)));
    assert.ok(findings.some((title) => title.includes('PagePoisoned(page)) in memory_failure()')));
    assert.ok(!findings.some((title) => title.includes('[internal]')));
    assert.deepEqual(raceRun(online, agents(soft)).findings, []);
  });
});
