import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bannedUses, isAllowed, longFunctions } from './code-rules.ts';
import { expectNone, format } from './finding.ts';
import { unreachedFiles } from './reach.ts';
import { longFile, longLines, machinePaths, pageTitle, vagueFileName } from './text-rules.ts';

const lines = (count: number, line = '//'): string => `${line}\n`.repeat(count);
const linesOf = (findings: readonly { line: number }[]): number[] =>
  findings.map((finding) => finding.line);

describe('a finding', () => {
  const finding = { path: 'src/a.ts', line: 3, message: 'too long' };

  test('is printed as path, line and message', () => {
    assert.equal(format(finding), 'src/a.ts:3: error: too long');
  });

  test('fails the test that expects none', () => {
    assert.throws(() => expectNone([finding]), /^Error: 1 found\nsrc\/a.ts:3: error: too long$/);
    expectNone([]);
  });
});

describe('text rules', () => {
  test('a line of 101 characters is found, of 100 or with a link is not', () => {
    const text = `${'x'.repeat(100)}\n${'x'.repeat(101)}\n// https://${'x'.repeat(101)}\n`;
    assert.deepEqual(linesOf(longLines('src/a.ts', text)), [2]);
  });

  test('a file of 351 lines is found, of 350 or in a data folder is not', () => {
    assert.deepEqual(linesOf(longFile('src/a.ts', lines(351))), [351]);
    assert.deepEqual(longFile('src/a.ts', lines(350)), []);
    assert.deepEqual(longFile('src/data/a.ts', lines(351)), []);
  });

  test('utils.ts is found in any folder, string-utils.ts is not', () => {
    assert.deepEqual(linesOf(vagueFileName('src/check/utils.ts')), [1]);
    assert.deepEqual(linesOf(vagueFileName('test/helpers.ts')), [1]);
    assert.deepEqual(vagueFileName('src/check/string-utils.ts'), []);
  });

  test('a page without a title, with a late one or with two is found', () => {
    assert.deepEqual(linesOf(pageTitle('a.md', 'text\n')), [1]);
    assert.deepEqual(linesOf(pageTitle('a.md', '\ntext\n# Title\n')), [2]);
    assert.deepEqual(linesOf(pageTitle('a.md', '# Title\n\n# Other\n')), [3]);
    assert.deepEqual(pageTitle('a.md', '# Title\n\n```sh\n# comment\n```\n## Part\n'), []);
  });

  test('a folder of one machine is found, the same word in another path is not', () => {
    for (const folder of ['work', 'root']) {
      assert.deepEqual(linesOf(machinePaths('a.md', `first\nsee /${folder}/x\n`)), [2]);
      assert.deepEqual(machinePaths('a.md', `see ../${folder}/x and https://a.b/${folder}/x`), []);
    }
  });
});

describe('code rules', () => {
  const body = (count: number): string => `{\n${lines(count, '  step();')}}`;

  test('a function, method or arrow of 71 lines is found, of 70 is not', () => {
    assert.deepEqual(linesOf(longFunctions('src/a.ts', `\nfunction* a() ${body(69)}\n`)), [2]);
    assert.deepEqual(linesOf(longFunctions('src/a.ts', `class A {\n  a() ${body(69)}\n}\n`)), [2]);
    assert.deepEqual(linesOf(longFunctions('src/a.ts', `const a = () => ${body(69)};\n`)), [1]);
    assert.deepEqual(longFunctions('src/a.ts', `function a() ${body(68)}\n`), []);
  });

  test('a long callback of describe is let pass in test/ only', () => {
    const text = `describe('a', () => ${body(69)});\n`;
    assert.deepEqual(longFunctions('test/a.test.ts', text), []);
    assert.deepEqual(linesOf(longFunctions('src/a.ts', text)), [1]);
    const inner = `describe('a', () => {\n  function b() ${body(69)}\n});\n`;
    assert.deepEqual(linesOf(longFunctions('test/a.test.ts', inner)), [2]);
  });

  test('a banned member is found as called, computed, destructured and from globalThis', () => {
    const ban = { object: 'Math', member: 'random', reason: 'no' };
    for (const use of [
      'Math.random()',
      "Math['random']",
      'Math[name]',
      'globalThis.Math.random()',
      'const { random } = Math',
    ]) {
      assert.deepEqual(linesOf(bannedUses(ban, 'src/a.ts', `\n${use};\n`)), [2], use);
    }
  });

  test('a banned member is not found in comments, strings or other objects', () => {
    const ban = { object: 'Math', member: 'random', reason: 'no' };
    const text = "// Math.random()\nf('Math.random()', Math.max(1, 2), my.Math.random());\n";
    assert.deepEqual(bannedUses(ban, 'src/a.ts', text), []);
  });

  test('a ban without a member is found for every member', () => {
    const ban = { object: 'Atomics', reason: 'no' };
    const text = 'Atomics.load(a, 0);\nAtomics.wait(a, 0, 0);\n';
    assert.deepEqual(linesOf(bannedUses(ban, 'src/a.ts', text)), [1, 2]);
  });

  test('an allowance covers its folder or file, and its ban, only', () => {
    const ban = { object: 'Atomics', reason: 'no' };
    const other = { object: 'Date', member: 'now', reason: 'no' };
    const folder = { ban: 'Atomics', path: 'src/execute/', reason: 'yes' };
    assert.equal(isAllowed(folder, ban, 'src/execute/thread.ts'), true);
    assert.equal(isAllowed(folder, ban, 'src/execute.ts'), false);
    assert.equal(isAllowed(folder, other, 'src/execute/thread.ts'), false);
    const file = { ban: 'Date.now', path: 'src/cli/clock.ts', reason: 'yes' };
    assert.equal(isAllowed(file, other, 'src/cli/clock.ts'), true);
    assert.equal(isAllowed(file, other, 'src/cli/clock.ts.ts'), false);
  });
});

describe('the reach rule', () => {
  test('a file is reached by imports, re-exports and worker URLs from an entry', () => {
    const tree = new Map([
      ['src/index.ts', "export * from './program/a.ts';\n"],
      ['src/program/a.ts', "import type { B } from './b.ts';\n"],
      ['src/program/b.ts', "new URL('../execute/c.ts', import.meta.url);\n"],
      ['src/execute/c.ts', ''],
      ['workers/udev.ts', "import '../src/kernel/d.ts';\n"],
      ['src/kernel/d.ts', ''],
    ]);
    assert.deepEqual(unreachedFiles(tree), []);
  });

  test('a file that only an unreached file imports is found', () => {
    const tree = new Map([
      ['src/index.ts', '// ./program/a.ts\n'],
      ['src/program/a.ts', "import './b.ts';\n"],
      ['src/program/b.ts', ''],
    ]);
    const found = unreachedFiles(tree).map((finding) => finding.path);
    assert.deepEqual(found, ['src/program/a.ts', 'src/program/b.ts']);
  });
});
