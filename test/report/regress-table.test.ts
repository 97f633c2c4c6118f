import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RegressTable } from '../../src/report/regress-table.ts';
import { plainStyle } from '../../src/report/style.ts';
import type { RegressForm, RegressResult } from '../../src/schedule/regress-job.ts';

const full: RegressForm = {
  form: 'full',
  strategy: 'dfs',
  executions: 1234,
  complete: true,
  statement: 'explored completely',
};

const good: RegressResult = {
  scenario: 'slab',
  variant: 'fixed',
  expected: ['clean'],
  expectedKinds: ['clean'],
  found: [],
  missing: [],
  unexpected: [],
  asExpected: true,
  forms: [full],
  ms: 1249,
  error: '',
};

const table = new RegressTable([good, { scenario: 'slab', variant: 'half-fixed' }], plainStyle);

function rows(result: Partial<RegressResult>): string[] {
  return table.row({ ...good, ...result }).split('\n');
}

describe('the table of a regression', () => {
  test('stands in columns under its head', () => {
    assert.equal(
      `${table.head}\n${rows({}).join('\n')}`,
      [
        '      scenario  variant     expected                              ' +
          'found                                 executions     time  explored',
        'ok    slab      fixed       clean                                 ' +
          'nothing                                    1,234    1.2 s  complete',
      ].join('\n'),
    );
  });

  test('wraps kinds in their columns and leaves out that they happened', () => {
    const [first, second, ...more] = rows({
      expectedKinds: ['assertion-failed', 'data-race', 'lock-inversion (possible)'],
      found: ['data-race (happened)', 'assertion-failed (happened)'],
    });
    const at = table.head.indexOf('expected');
    const found = table.head.indexOf('found');
    assert.equal(first!.slice(at, found).trim(), 'assertion-failed, data-race,');
    assert.match(first!.slice(found), /^assertion-failed, data-race {2}/);
    assert.equal(second, `${' '.repeat(at)}lock-inversion (possible)`);
    assert.deepEqual(more, []);
  });

  test('says what bounded a form that was not explored completely', () => {
    const random = { ...full, strategy: 'pct', executions: 1000, complete: false };
    assert.match(rows({ forms: [random] })[0]!, / {2}1,000 by pct$/);
    assert.match(rows({ forms: [{ ...full, complete: false }] })[0]!, / {2}stopped: 1,234 by dfs$/);
    const [both] = rows({ forms: [random, { ...full, form: 'small' }] });
    assert.match(both!, / 2,234 .* {2}full: 1,000 by pct, small: complete$/);
  });

  test('a mismatch is FAIL, with what is wrong below', () => {
    const lines = rows({
      asExpected: false,
      missing: ['deadlock about udev'],
      unexpected: ['data race on a word'],
    });
    assert.match(lines[0]!, /^FAIL {2}slab/);
    assert.deepEqual(lines.slice(1), [
      '      missing: deadlock about udev',
      '      unexpected: data race on a word',
    ]);
    const [head, why] = rows({ asExpected: false, forms: [], error: 'no such module' });
    assert.match(head!, /^FAIL/);
    assert.equal(why, '      could not be run: no such module');
  });
});
