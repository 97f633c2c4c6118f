import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EINVAL, ERANGE } from '../../src/kernel/errno.ts';
import { kstrtoull } from '../../src/kernel/kstrtoull.ts';

describe('kstrtoull() with base 0', () => {
  test('reads decimal, octal and hexadecimal, a plus sign and a newline', () => {
    const texts = ['0', '10', '010', '0x10', '0XfF', '+7', '7\n', '18446744073709551615'];
    const values = [0n, 10n, 8n, 16n, 255n, 7n, 7n, (1n << 64n) - 1n];
    assert.deepEqual(texts.map(kstrtoull), values);
  });

  test('refuses what is no number, and what does not fit 64 bits', () => {
    const texts = ['', '\n', '-1', ' 1', '1 ', '08', '0x', '1\n\n', '++1', '0x1g', '1\0'];
    for (const text of texts) assert.equal(kstrtoull(text), -EINVAL, JSON.stringify(text));
    assert.equal(kstrtoull('18446744073709551616'), -ERANGE);
  });
});
