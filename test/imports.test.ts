import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expectNone } from './tidy/finding.ts';
import { wrongImports } from './tidy/import-rule.ts';
import { importsOf, parse } from './tidy/source.ts';
import { isProduct, readTree } from './tidy/tree.ts';

function isFound(from: string, specifier: string): boolean {
  return wrongImports(from, `import { x } from '${specifier}';\n`).length > 0;
}

describe('imports', () => {
  test('run downward only: cli, report, schedule, execute, check, trace, program', () => {
    const product = [...readTree()].filter(([path]) => isProduct(path));
    expectNone(product.flatMap(([path, text]) => wrongImports(path, text)));
  });
});

describe('the locks', () => {
  test('import nothing but node and themselves', () => {
    const locks = [...readTree()].filter(([path]) => path.startsWith('src/locks/'));
    const foreign = locks.flatMap(([path, text]) =>
      importsOf(parse(path, text)).filter(
        ({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'),
      ),
    );
    assert.deepEqual(foreign, []);
  });
});

describe('the import rule', () => {
  const allowed: readonly [from: string, specifier: string][] = [
    ['src/cli/main.ts', '../report/text.ts'],
    ['src/cli/main.ts', '../../scenarios/add-vs-online.ts'],
    ['src/schedule/pct.ts', './prng.ts'],
    ['src/schedule/pct.ts', '../program/arena.ts'],
    ['src/index.ts', './kernel/device.ts'],
    ['src/kernel/device.ts', '../program/locks/mutex.ts'],
    ['workers/udev.ts', '../src/kernel/device.ts'],
    ['workers/entry-free.ts', '../src/execute/recorder.ts'],
    ['workers/boot.mjs', '../src/execute/recorder.ts'],
    ['scenarios/add-vs-online.ts', '../workers/udev.ts'],
    ['src/execute/threads/free-mutex.ts', '../../locks/mutex.ts'],
    ['src/program/arena.ts', 'node:fs'],
    ['src/cli/main.ts', 'commander'],
  ];
  for (const [from, specifier] of allowed) {
    test(`lets ${from} import ${specifier}`, () => {
      assert.equal(isFound(from, specifier), false);
    });
  }

  const forbidden: readonly [from: string, specifier: string][] = [
    ['src/program/arena.ts', '../trace/event.ts'],
    ['src/check/race.ts', '../execute/recorder.ts'],
    ['src/report/text.ts', '../cli/main.ts'],
    ['src/report/text.ts', '../index.ts'],
    ['src/execute/threads.ts', '../kernel/device.ts'],
    ['src/execute/threads.ts', '../../workers/udev.ts'],
    ['src/schedule/pct.ts', '../../scenarios/add-vs-online.ts'],
    ['src/kernel/device.ts', '../trace/event.ts'],
    ['src/cli/main.ts', '../../test/tidy.test.ts'],
    ['workers/udev.ts', '../src/execute/recorder.ts'],
    ['workers/entry-free.ts', '../src/report/text.ts'],
    ['scenarios/add-vs-online.ts', '../src/check/race.ts'],
    ['scenarios/add-vs-online.ts', '../bench/main.ts'],
    ['src/locks/mutex.ts', '../program/errors.ts'],
    ['src/locks/mutex.ts', '../execute/clock.ts'],
    ['src/kernel/device.ts', '../locks/mutex.ts'],
    ['src/program/arena.ts', './word'],
    ['src/program/arena.ts', './word.js'],
    ['src/attic/old.ts', './word.ts'],
  ];
  for (const [from, specifier] of forbidden) {
    test(`finds that ${from} imports ${specifier}`, () => {
      assert.equal(isFound(from, specifier), true);
    });
  }

  test('looks at re-exports, types and dynamic imports as well', () => {
    const upward = [
      "export * from '../trace/event.ts';",
      "export { x } from '../trace/event.ts';",
      "import type { X } from '../trace/event.ts';",
      "type X = import('../trace/event.ts').X;",
      "const x = await import('../trace/event.ts');",
    ];
    const found = wrongImports('src/program/arena.ts', upward.join('\n'));
    assert.deepEqual(
      found.map((finding) => finding.line),
      [1, 2, 3, 4, 5],
    );
  });
});
