import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import {
  addMemoryAt,
  offlineAndRemoveMemoryAt,
  removeMemoryAt,
} from '../../src/kernel/address-range.ts';
import { resultName } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const isNew = (release: string): boolean => release === 'v6.1' || release === 'v6.8';

describe('a range by its address', () => {
  const block = 0x8000000n;
  const results = (
    parameters: Record<string, string | number>,
    ...steps: ((kernel: Kernel) => Step<number>)[]
  ): unknown =>
    soloRun(parameters, function* (kernel): Step<string[]> {
      const names: string[] = [];
      for (const step of steps) names.push(resultName(yield* step(kernel)));
      return names;
    }).result;
  const add = (start: bigint, bytes: bigint) => (kernel: Kernel) =>
    addMemoryAt(kernel, { start, bytes });

  test('is added if it is made of whole blocks that are free and can be addressed', () => {
    for (const release of releases) {
      const partOfOnePresent = release === 'v3.19' ? 'EINVAL' : 'EEXIST';
      const beyond = isNew(release) ? 'E2BIG' : 'EEXIST';
      const nothing = release === 'v3.19' ? 'EINVAL' : beyond;
      assert.deepEqual(
        results(
          { release },
          add(33n * block, block / 2n),
          add(33n * block + 1n, block),
          add(33n * block, 0n),
          add(32n * block, block / 2n),
          add(32n * block, 2n * block),
          add(0n, block),
          add(1n << 46n, block),
          add((1n << 46n) - block, 2n * block),
          add(33n * block, 2n * block),
          add(33n * block, block),
        ),
        [
          'EINVAL',
          'EINVAL',
          nothing,
          partOfOnePresent,
          'EEXIST',
          'EEXIST',
          beyond,
          beyond,
          'ENOMEM',
          '0',
        ],
        release,
      );
    }
  });

  test('is offlined and removed if it is made of whole blocks', () => {
    const remove = (start: bigint, bytes: bigint) => (kernel: Kernel) =>
      offlineAndRemoveMemoryAt(kernel, { start, bytes });
    assert.deepEqual(
      results(
        { blocksOnline: 1 },
        remove(32n * block, block / 2n),
        remove(32n * block + 1n, block),
        remove(32n * block, 0n),
        remove(32n * block, block),
        remove(32n * block, block),
      ),
      ['EINVAL', 'EINVAL', 'EINVAL', '0', '0'],
    );
  });

  test('is a BUG to remove if it is not', () => {
    const run = (bytes: bigint) =>
      soloRun({}, (kernel) => removeMemoryAt(kernel, { start: 32n * block, bytes }));
    assert.ok(faults(run(block / 2n)).some((title) => title.includes('kernel BUG')));
    assert.deepEqual(faults(run(block)), []);
  });
});
