import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { command as heddle, put, scratchFolder } from './command.ts';

const programs = fileURLToPath(new URL('../execute/atomics/programs/', import.meta.url));
const folder = scratchFolder();

function program(name: string): string {
  return join(programs, `${name}.js`);
}

describe('heddle check', () => {
  test('says of correct code that it was explored completely, with status 0', async () => {
    const { status, out } = await heddle('check', program('futex-mutex'), '--out', folder);
    assert.equal(status, 0);
    assert.match(out, /explored completely: 12 executions are all there are/);
  });

  test('refuses to search states that it does not see, in one line', async () => {
    const unseen = ['--strategy', 'states', '--no-plain', '--out', folder];
    const { status, out, err } = await heddle('check', program('futex-mutex'), ...unseen);
    assert.equal(status, 2);
    assert.equal(out, '');
    assert.match(err, /^heddle: the strategy states cannot tell .* leave `--no-plain` .*\n$/);
  });

  test('refuses to take threads for the same, in one line', async () => {
    const same = ['--strategy', 'states', '--symmetry', '--out', folder];
    const { status, err } = await heddle('check', program('futex-mutex'), ...same);
    assert.equal(status, 2);
    assert.match(err, /^heddle: `--symmetry` is for agents of scenarios: threads are .*\n$/);
  });

  test('tells a lost wake-up, with status 1, and its file replays', async () => {
    const found = await heddle('check', program('lost-wake-up'), '--out', folder);
    assert.equal(found.status, 1);
    assert.match(found.out, /waiting for a notify that never comes \(waiter for flag\[1\]\)/);
    assert.match(found.out, /lost-wake-up\.js:\d+ waiter/);
    const [file] = readdirSync(join(folder, 'lost-wake-up')).filter((name) =>
      name.endsWith('.schedule.json'),
    );
    const path = join(folder, 'lost-wake-up', file!);
    for (const on of ['coroutines', 'threads']) {
      const replayed = await heddle('replay', path, '--times', '3', '--on', on, '--quiet');
      assert.equal(replayed.status, 0);
      assert.match(replayed.out, /shown 3 of 3 times/);
    }
  });

  test('a schedule of parts of words replays, before whose layout is known', async () => {
    const out = join(folder, 'parts');
    assert.equal(
      (await heddle('check', program('mixed-sizes'), '--out', out, '--quiet')).status,
      1,
    );
    const [file] = readdirSync(join(out, 'mixed-sizes')).filter((name) => name.endsWith('.json'));
    const replayed = await heddle('replay', join(out, 'mixed-sizes', file!), '--quiet');
    assert.equal(replayed.status, 0);
  });

  test('prints one JSON object with --json', async () => {
    const { status, out } = await heddle('check', program('throwing'), '--json', '--out', folder);
    assert.equal(status, 1);
    const result = JSON.parse(out) as { command: string; variants: { forms: object[] }[] };
    assert.equal(result.command, 'check');
    assert.equal(result.variants.length, 1);
  });
});

const mistakes: readonly [what: string, text: string, expected: RegExp][] = [
  ['no threads', 'export const thread = {};', /exports no `threads`: did you mean threads\?|must/],
  [
    'a thread that is no function',
    'export const threads = { a: 1 };',
    /`threads\.a` must be a func/,
  ],
  ['too many', 'export const threads = [];', /`threads` has 0; 1 to 31 can be/],
  [
    'a set-up that fails',
    'export const threads = { a() {} };\nexport function setup() { x; }',
    /`setup` fails at .*: ReferenceError/,
  ],
  [
    'an instance of a class',
    'export const threads = { a() {} };\n' +
      'class Box {}\nexport const setup = () => ({ box: new Box() });',
    /`box` is an instance of Box, which does not pass to a thread/,
  ],
  [
    'a function',
    'export const threads = { a() {} };\nexport const setup = () => ({ f() {} });',
    /`f` is a function, which does not pass to a thread/,
  ],
];

describe('a file for heddle check', () => {
  for (const [what, text, expected] of mistakes) {
    test(`with ${what} is refused in one line, with status 2`, async () => {
      const file = put(folder, `${what.replaceAll(' ', '-')}.mjs`, `${text}\n`);
      const { status, err } = await heddle('check', file, '--out', folder);
      assert.equal(status, 2, err);
      assert.match(err, expected);
      assert.equal(err.trim().split('\n').length, 1);
    });
  }

  test('that is not there is named', async () => {
    const { status, err } = await heddle('check', join(folder, 'nowhere.mjs'));
    assert.equal(status, 2);
    assert.match(err, /there is no file .*nowhere\.mjs/);
  });

  test('does not run on free threads', async () => {
    const { status, err } = await heddle('run', program('spinning'));
    assert.equal(status, 2);
    assert.match(err, /is a file for `heddle check`/);
  });
});
