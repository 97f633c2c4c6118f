import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { soakOptions } from '../../bench/soak/options.ts';
import { soakVariant } from '../../bench/soak/soak-variant.ts';
import { put, scratchFolder } from '../cli/command.ts';
import { racyAdd, scenarioText } from '../cli/scenario-text.ts';
import { projectRoot } from '../tidy/tree.ts';

const known = ['v4.18', 'v6.1', 'large'];
const locks = ['mutex_lock', 'rw_lock'];

/** The scenario of two agents that count, with one variant. */
function scenarioUrl(name: string, variant: string): string {
  const text = scenarioText({
    one: racyAdd,
    two: racyAdd,
    more: `variants: { only: { summary: 'the one', ${variant} } }`,
  });
  return pathToFileURL(put(scratchFolder(), `${name}.mts`, text)).href;
}

describe('npm run soak', () => {
  test('tells each variant and ends with status 0', () => {
    const args = ['--seconds', '8', '--variant', 'v6.1', '--variant', 'v4.18'];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', join('bench', 'soak', 'main.ts'), ...args],
      { cwd: projectRoot, encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.shift(), 'hotplug-load on free threads, 8 s over v6.1, v4.18');
    const counts = String.raw`small: [\d,]+ iterations, [\d,]+ steps in \d+\.\d s`;
    const memory = String.raw`\d+ MB resident, \d+ MB heap`;
    const left = /^ {2}left behind: \d+ MB heap and \d+ MB buffers live$/;
    // What has bugs comes first, and ends as soon as it has shown them.
    assert.match(lines.shift()!, new RegExp(`^v4\\.18, ${counts}(, .*)?; ${memory}$`));
    assert.match(lines.shift()!, /^ {2}found .*data-race/);
    assert.match(lines.shift()!, left);
    assert.match(lines.shift()!, new RegExp(`^v6\\.1, ${counts}(, .*)?; ${memory}$`));
    assert.match(
      lines.shift()!,
      /^ {2}checked at the end of \d+ iterations \(0 too long .*\): \d+ invariants; .* 0 findings$/,
    );
    assert.match(lines.shift()!, left);
    assert.deepEqual(lines, ['2 of 2 variants as expected']);
  });

  test('says which option is wrong in one line, with status 2', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', join('bench', 'soak', 'main.ts'), '--seconds', 'ten'],
      { cwd: projectRoot, encoding: 'utf8' },
    );
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^soak: `--seconds` is a number of seconds, [^\n]*not "ten"\n$/);
  });

  test('takes ten minutes and all variants and locks by default', () => {
    const options = soakOptions([], known, locks);
    assert.deepEqual(options, { seconds: 600, variants: known, locks });
  });

  test('takes a time and variants', () => {
    const options = soakOptions(['--seconds=1.5', '--variant', 'large'], known, locks);
    assert.deepEqual(options, { seconds: 1.5, variants: ['large'], locks: [] });
    const lock = soakOptions(['--lock', 'rw_lock'], known, locks);
    assert.deepEqual(lock, { seconds: 600, variants: [], locks: ['rw_lock'] });
  });

  for (const [args, said] of [
    [['--seconds', '0'], /`--seconds` is a number of seconds, above 0 .*not "0"/],
    [['--seconds', ''], /`--seconds` is a number of seconds/],
    [['--seconds'], /--seconds.*argument missing/],
    [['--lock', 'lock_busted'], /no sound lock "lock_busted": .*it has mutex_lock, rw_lock/],
    [['--second', '1'], /Unknown option '--second': there are `--seconds N`/],
    [['v6.1'], /Unexpected argument 'v6\.1'/],
    [
      ['--variant', 'v6.2'],
      /no variant "v6\.2": did you mean "v6\.1"\? it has v4\.18, v6\.1, large/,
    ],
  ] as const) {
    test(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => soakOptions(args, known, locks), said);
    });
  }
});

describe('a variant of the load', () => {
  test('that shows what it does not declare is told, and not as expected', async () => {
    const url = scenarioUrl('clean', '');
    const lines: string[] = [];
    assert.equal(await soakVariant('only', 1, (line) => void lines.push(line), url), false);
    assert.match(lines.join('\n'), /unexpected: data race on counter/);
  });

  test('that does not show what it declares is told, and not as expected', async () => {
    const url = scenarioUrl(
      'broken',
      "shows: [{ kind: 'deadlock' }], allows: [{ kind: 'data-race' }]",
    );
    const lines: string[] = [];
    assert.equal(await soakVariant('only', 0.5, (line) => void lines.push(line), url), false);
    assert.match(lines.join('\n'), /missing: deadlock/);
  });

  test('that shows what it declares ends at once', async () => {
    const url = scenarioUrl('racy', "shows: [{ kind: 'data-race' }]");
    const before = performance.now();
    assert.equal(await soakVariant('only', 300, () => undefined, url), true);
    assert.ok(performance.now() - before < 100_000);
  });
});
