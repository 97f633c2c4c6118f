import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { command, scratchFolder } from './command.ts';

const folder = scratchFolder();
const pattern = 'percpu-rwsem-recursion';
const variants = ['before', 'broken', 'fixed'];

describe('heddle regress', () => {
  test('prints a row for each variant, in order and in columns, with status 0', async () => {
    const { status, out, err } = await command('regress', pattern);
    assert.equal(status, 0, err);
    const [title, , head, ...lines] = out.trimEnd().split('\n');
    assert.match(title!, /^heddle regress percpu-rwsem-recursion · seed 1 · 3 variants · at most/);
    const names = ['scenario', 'variant', 'expected', 'found', 'executions', 'time', 'explored'];
    assert.deepEqual(head!.trim().split(/\s+/), names);
    assert.deepEqual(lines.splice(-2), ['', '3 of 3 variants as expected']);
    const at = (name: string): number => head!.indexOf(name);
    // What does not fit into its column goes on below it.
    const rows = lines.filter((line) => !line.startsWith(' '));
    const more = lines.filter((line) => line.startsWith(' '));
    const recursion = 'recursive-locking (possible)';
    assert.deepEqual(
      more.map((line) => [line.slice(0, at('found')).trim(), line.slice(at('found'))]),
      [[recursion, recursion]],
    );
    assert.deepEqual(
      rows.map((row) => [row.slice(0, 4).trim(), row.slice(at('variant'), at('expected')).trim()]),
      variants.map((variant) => ['ok', variant]),
    );
    for (const row of rows) {
      assert.equal(row.slice(at('scenario'), at('variant')).trim(), pattern);
      assert.match(row.slice(at('expected'), at('found')), /^(clean|deadlock,?) +$/);
      assert.match(row.slice(at('found'), at('executions')), /^(nothing|deadlock,?) +$/);
      // Numbers end where their head ends.
      assert.match(row.slice(0, at('executions') + 'executions'.length), / \d+$/);
      assert.match(row.slice(0, at('time') + 'time'.length), / \d+\.\d s$/);
      assert.equal(row.slice(at('explored')), 'complete');
    }
  });

  test('takes a part of SCENARIO/VARIANT for a pattern', async () => {
    const { status, out } = await command('regress', 'recursion/brok');
    assert.equal(status, 0);
    assert.match(
      out,
      / 1 variant [^]*\nok {4}percpu-rwsem-recursion {2}broken [^]*\n1 of 1 variant/,
    );
  });

  test('tells a mismatch and ends with status 1', async () => {
    // No time for more than the first execution, which shows nothing.
    const args = ['regress', 'zonelist-rebuild-race', '--seconds', '0.000001'];
    const { status, out } = await command(...args);
    assert.equal(status, 1);
    assert.match(out, /\nFAIL {2}zonelist-rebuild-race {2}broken {6}.* stopped: \d+ by dpor\n/);
    assert.match(out, /\n {6}missing: assertion-failed about boot_pageset, is lost\n/);
    assert.match(out, /\n3 of 4 variants as expected\n$/);
  });

  test('--quiet prints only what is not as expected', async () => {
    const { status, out } = await command('regress', pattern, '--quiet');
    assert.equal(status, 0);
    assert.deepEqual(out.trimEnd().split('\n').slice(1), ['', '', '3 of 3 variants as expected']);
  });

  test('--json prints one object with a result for each variant', async () => {
    const { status, out } = await command('regress', pattern, '--json');
    assert.equal(status, 0);
    const { results, ...rest } = JSON.parse(out) as {
      results: { variant: string; forms: { strategy: string; complete: boolean }[] }[];
    };
    assert.deepEqual(rest, { command: 'regress', status: 0, interrupted: false });
    assert.deepEqual(
      results.map(({ variant }) => variant),
      variants,
    );
    for (const { forms } of results) {
      assert.deepEqual(
        forms.map(({ strategy, complete }) => [strategy, complete]),
        [['dpor', true]],
      );
    }
  });

  test('--junit writes a test case for each variant', async () => {
    const file = join(folder, 'report.xml');
    const { status } = await command('regress', pattern, '--quiet', '--junit', file);
    assert.equal(status, 0);
    const xml = readFileSync(file, 'utf8');
    assert.match(xml, /<testsuite name="percpu-rwsem-recursion" tests="3" failures="0" errors="0"/);
    for (const variant of variants) assert.match(xml, new RegExp(`<testcase name="${variant}"`));
  });

  test('--junit refuses a folder in one line, before anything runs', async () => {
    const path = join(folder, 'a-folder');
    mkdirSync(path);
    const { status, out, err } = await command('regress', pattern, '--junit', path);
    assert.equal(status, 2);
    assert.equal(out, '');
    assert.match(err, /^heddle: [^\n]*a-folder cannot be written: it is a folder, [^\n]*\n$/);
  });
});
