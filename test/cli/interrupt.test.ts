import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { launch, put, scratchFolder, type Launched, type Outcome } from './command.ts';
import { racyAdd, scenarioText } from './scenario-text.ts';

const folder = scratchFolder();

/** Milliseconds that a command has to end in: one second, with room for a busy machine. */
const endMsMax = 5000;

async function interrupted(launched: Launched, signals = 1): Promise<Outcome> {
  const begun = performance.now();
  for (let sent = 0; sent < signals; sent++) launched.child.kill('SIGINT');
  const outcome = await launched.ended;
  const tookMs = performance.now() - begun;
  assert.equal(outcome.status, 130, outcome.out + outcome.err);
  assert.ok(tookMs < endMsMax, `it ended after ${Math.round(tookMs)} ms`);
  assert.equal(outcome.err, '');
  return outcome;
}

/** Schedules of findings in the folder. */
function filesIn(out: string): string[] {
  const names = existsSync(out) ? readdirSync(out) : [];
  return names.filter((name) => name.endsWith('.schedule.json'));
}

/** Something was found, and it is there as a whole. */
function assertKept(out: string): void {
  assert.ok(filesIn(out).length > 0);
  const parts = readdirSync(out).filter((name) => name.endsWith('.part'));
  assert.deepEqual(parts, []);
}

describe('Ctrl-C', () => {
  const racy = put(
    folder,
    'racy.mjs',
    scenarioText({
      one: racyAdd,
      two: racyAdd,
      more: `variants: { bare: { summary: 'no lock', shows: [{ kind: 'data-race' }] } },`,
    }),
  );

  test('ends `explore` with status 130 and keeps what was found', async () => {
    const out = join(folder, 'explore');
    const launched = launch(['explore', racy, '--seconds', '60', '--out', out]);
    await launched.says(/data race on counter/);
    const { out: said } = await interrupted(launched);
    assert.match(said, /bare: interrupted/);
    assert.match(said, /interrupted; what was found is kept in .*explore\n$/);
    assertKept(join(out, 'counting'));
  });

  test('ends a command that is still loading, and says that nothing was run', async () => {
    const slow = put(
      folder,
      'slow.mjs',
      `console.log('here');\nawait new Promise((resolve) => setTimeout(resolve, 60_000));\n`,
    );
    const launched = launch(['explore', slow, '--out', join(folder, 'slow')]);
    await launched.says(/here/);
    launched.child.kill('SIGINT');
    const { status, err } = await launched.ended;
    assert.equal(status, 130);
    assert.equal(err, 'heddle: interrupted while it was loading: nothing was run\n');
  });

  test('ends `explore --json` with an object that says so', async () => {
    const args = ['explore', racy, '--seconds', '60', '--json', '--out', join(folder, 'json')];
    const launched = launch(args);
    while (filesIn(join(folder, 'json', 'counting')).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { out } = await interrupted(launched);
    const { status, interrupted: told } = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual({ status, told }, { status: 130, told: true });
  });

  test('ends `run` and its threads', async () => {
    const out = join(folder, 'run');
    const launched = launch(['run', racy, '--seconds', '60', '--out', out]);
    await launched.says(/data race on counter/);
    const { out: said } = await interrupted(launched);
    assert.match(said, /bare, full, threads: .* interrupted; \d+ finding/);
    assertKept(join(out, 'counting'));
  });

  test('ends `run` while its threads wait for locks that nobody gives', async () => {
    const stuck = put(
      folder,
      'stuck.mjs',
      scenarioText({
        one: 'yield* world.counter.waitUntil(7); ',
        two: 'for (;;) yield* pause();',
      }).replace('{ scenario }', '{ pause, scenario }'),
    );
    const launched = launch(['run', stuck, '--seconds', '60', '--out', join(folder, 'stuck')]);
    await launched.says(/heddle run/);
    // Until the threads have come to where they stay.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await interrupted(launched);
  });

  test('ends the tour', async () => {
    const out = join(folder, 'tour');
    const launched = launch(['tour', '--out', out]);
    await launched.says(/4\. Both on free threads/);
    const { out: said } = await interrupted(launched);
    assert.match(said, /interrupted; what was found is kept in .*add-vs-online\/\n$/);
    assertKept(join(out, 'add-vs-online'));
  });

  test('ends `replay`', async () => {
    const out = join(folder, 'replay');
    // It says nothing until its end: the scenario says when it is loaded.
    const loud = put(folder, 'loud.mjs', `console.log('here');\n${readFileSync(racy, 'utf8')}`);
    await launch(['explore', loud, '--executions', '20', '--out', out]).ended;
    const [name = ''] = filesIn(join(out, 'counting'));
    for (const on of ['coroutines', 'threads']) {
      const schedule = join(out, 'counting', name);
      const launched = launch(['replay', schedule, '--times', '1000000', '--on', on]);
      await launched.says(/here/);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { out: said } = await interrupted(launched);
      assert.match(said, /replayed \d+,?\d* times on/);
    }
  });

  test('ends `regress` and its threads', async () => {
    const launched = launch(['regress', 'add-vs-online']);
    await launched.says(/heddle regress/);
    const { out: said } = await interrupted(launched);
    assert.match(said, /\d of \d+ variants as expected\n$/);
  });

  test('given twice ends at once', async () => {
    const launched = launch(['run', racy, '--seconds', '60', '--out', join(folder, 'twice')]);
    await launched.says(/data race on counter/);
    await interrupted(launched, 2);
  });
});

describe('output that nobody reads any more', () => {
  for (const args of [
    ['list'],
    [
      'explore',
      'add-vs-online',
      '--form',
      'full',
      '--seconds',
      '60',
      '--out',
      join(folder, 'head'),
    ],
  ]) {
    test(`ends \`${args[0]}\` without a word`, async () => {
      const launched = launch(args);
      launched.child.stdout!.once('data', () => launched.child.stdout!.destroy());
      const begun = performance.now();
      const { status, err } = await launched.ended;
      assert.equal(err, '');
      // What fits into the pipe before it is closed is written well.
      assert.ok(status === 141 || (args[0] === 'list' && status === 0), `status ${status}`);
      assert.ok(performance.now() - begun < 20_000);
    });
  }
});
