import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed } from './analysed.ts';
import chains from './data/lock-chains.json' with { type: 'json' };

describe('random lock scripts', () => {
  for (const { name, category, trace } of chains.rows) {
    test(`${name} is as brute force says`, () => {
      const levels = analysed(trace).findings.map(({ finding }) => finding.level);
      if (category === 'clean') return assert.deepEqual(levels, []);
      if (category !== 'potential') {
        // Some deadlock can be reached, whether the kernel's rule sees it or not.
        return assert.ok(levels.some((level) => level !== 'guarded'));
      }
      assert.notDeepEqual(levels, []);
      assert.ok(levels.every((level) => level === 'guarded' || level === 'possible'));
    });
  }
});
