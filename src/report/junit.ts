import type { RegressResult } from '../schedule/regress-job.ts';

/** Results as JUnit XML: a test suite for each scenario, a test case for each variant. */
export function junitXml(results: readonly RegressResult[]): string {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  const suites = scenarios.map((scenario) => {
    return suite(
      scenario,
      results.filter((result) => result.scenario === scenario),
    );
  });
  const head = '<?xml version="1.0" encoding="UTF-8"?>';
  return [head, '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

function suite(name: string, results: readonly RegressResult[]): string {
  const failures = results.filter(({ asExpected, error }) => !asExpected && error === '').length;
  const errors = results.filter(({ error }) => error !== '').length;
  const head =
    `  <testsuite name="${escaped(name)}" tests="${results.length}" failures="${failures}" ` +
    `errors="${errors}" time="${seconds(results.reduce((sum, { ms }) => sum + ms, 0))}">`;
  return [head, ...results.map(testCase), '  </testsuite>'].join('\n');
}

function testCase(result: RegressResult): string {
  const { scenario, variant, ms, error, asExpected, missing, unexpected } = result;
  const name = `name="${escaped(variant)}" classname="${escaped(scenario)}" time="${seconds(ms)}"`;
  if (error !== '') {
    return `    <testcase ${name}>\n      <error message="${escaped(error)}"/>\n    </testcase>`;
  }
  if (asExpected) return `    <testcase ${name}/>`;
  const what = [
    ...missing.map((one) => `missing: ${one}`),
    ...unexpected.map((one) => `unexpected: ${one}`),
  ].join('; ');
  return `    <testcase ${name}>\n      <failure message="${escaped(what)}"/>\n    </testcase>`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Text for an attribute; characters that XML does not allow at all become question marks. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?');
}
