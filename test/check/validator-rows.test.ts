import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed } from './analysed.ts';
import * as rows from './validator-rows.ts';

const groups = {
  'each kind of lock': rows.plainRows(),
  'readers and writers': rows.readerRows(),
  interrupts: rows.irqRows(),
  'rows of their own': rows.singleRows(),
  'wait contexts': rows.waitContextRows(),
};

describe("rows of the kernel's lock validator test, in every order and for every lock", () => {
  for (const [group, list] of Object.entries(groups)) {
    test(`${group}: ${list.length} rows`, () => {
      const wrong = list.flatMap(({ name, kinds, trace }) => {
        const found = analysed(trace).findings.map(({ finding }) => finding.kind);
        const right =
          kinds.length === 0 ? found.length === 0 : found.some((kind) => kinds.includes(kind));
        return right ? [] : [`${name}: found ${found.join()}; expected ${kinds.join()}`];
      });
      assert.deepEqual(wrong, []);
    });
  }
});
