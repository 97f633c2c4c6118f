import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { junitXml } from '../../src/report/junit.ts';
import type { RegressResult } from '../../src/schedule/regress-job.ts';

const clean: RegressResult = {
  scenario: 'add-vs-online',
  variant: 'v4.20',
  expected: ['clean'],
  expectedKinds: ['clean'],
  found: [],
  missing: [],
  unexpected: [],
  asExpected: true,
  forms: [],
  ms: 1234.5,
  error: '',
};

describe('JUnit XML', () => {
  test('a suite is a scenario and a case is a variant, with failures and errors told apart', () => {
    const failed = { ...clean, variant: 'v3.19', asExpected: false, missing: ['deadlock'] };
    const broken = { ...clean, variant: 'v6.1', asExpected: false, error: 'it "does" <not> load' };
    assert.equal(
      junitXml([clean, failed, broken]),
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites>',
        '  <testsuite name="add-vs-online" tests="3" failures="1" errors="1" time="3.704">',
        '    <testcase name="v4.20" classname="add-vs-online" time="1.234"/>',
        '    <testcase name="v3.19" classname="add-vs-online" time="1.234">',
        '      <failure message="missing: deadlock"/>',
        '    </testcase>',
        '    <testcase name="v6.1" classname="add-vs-online" time="1.234">',
        '      <error message="it &quot;does&quot; &lt;not&gt; load"/>',
        '    </testcase>',
        '  </testsuite>',
        '</testsuites>',
        '',
      ].join('\n'),
    );
  });

  test('characters that XML does not allow are replaced', () => {
    const odd = { ...clean, variant: 'a\u0000b\u001bc' };
    assert.match(junitXml([odd]), /name="a\?b\?c"/);
  });
});
