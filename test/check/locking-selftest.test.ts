import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed } from './analysed.ts';
import selftest from './data/locking-selftest.json' with { type: 'json' };

/** Our kinds for the reports of the kernel's validator. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  'recursive-locking': ['recursive-locking'],
  'circular-dependency': ['lock-inversion'],
  'bad-unlock-balance': ['bad-unlock'],
  'held-lock-reinitialised': ['held-lock-reinitialised'],
  'irq-inconsistent-state': ['inconsistent-lock-state', 'irq-inversion'],
  'irq-lock-inversion': ['irq-inversion'],
  'irq-safe-to-unsafe': ['irq-inversion'],
  'invalid-wait-context': ['invalid-wait-context'],
};

describe("the rows of the kernel's lock validator test", () => {
  for (const { name, expect, report, trace } of selftest.rows) {
    test(`${name}: ${expect === 'silent' ? 'silent' : report}`, () => {
      const { findings } = analysed(trace);
      const found = findings.map(({ finding }) => finding.kind);
      if (expect === 'silent') {
        assert.deepEqual(found, []);
        return;
      }
      assert.ok(
        found.some((kind) => kinds[report!]!.includes(kind)),
        `found ${found.join()}`,
      );
      assert.ok(findings.every(({ finding }) => finding.level !== 'guarded'));
    });
  }
});
