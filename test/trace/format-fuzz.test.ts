import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fuzzFormats } from './fuzz-formats.ts';

// 10^5 inputs a format: HEDDLE_FUZZ=100000 node --import tsx --test test/trace/format-fuzz.test.ts
const runs = Number(process.env['HEDDLE_FUZZ'] ?? 2000);

describe('the readers of traces, on anything', () => {
  for (const [name, run] of Object.entries(fuzzFormats)) {
    test(`${name}: a trace, or one line that names a line`, () => {
      assert.doesNotThrow(() => run(runs));
    });
  }
});
