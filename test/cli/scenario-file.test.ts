import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { command, launch, put, scratchFolder } from './command.ts';
import { racyAdd, scenarioText } from './scenario-text.ts';

const racy = scenarioText({
  one: racyAdd,
  two: racyAdd,
  more: `variants: { bare: { summary: 'no lock', shows: [{ kind: 'data-race' }] } },`,
});
const typed = racy.replace('scenario({', 'scenario<{ counter: import("heddle").Word }>({');

/** Explores the file and replays a schedule that this has written; the schedule's path. */
async function exploresAndReplays(path: string, out: string): Promise<string> {
  const explored = await command('explore', path, '--executions', '20', '--out', out);
  assert.equal(explored.status, 0, explored.err + explored.out);
  const [name = ''] = readdirSync(join(out, 'counting')).filter((one) => one.endsWith('.json'));
  const schedule = join(out, 'counting', name);
  assert.ok(explored.out.includes(`npx heddle replay ${schedule}`), 'the command is printed');
  const replayed = await command('replay', schedule, '--times', '3', '--quiet');
  assert.match(replayed.out, /^replayed 3 times on coroutines: .* shown 3 of 3 times\n$/);
  assert.equal(replayed.status, 0);
  const threads = await command('replay', schedule, '--times', '3', '--quiet', '--on', 'threads');
  assert.match(threads.out, /^replayed 3 times on threads: .* shown 3 of 3 times\n$/);
  assert.equal(threads.status, 0);
  return schedule;
}

describe('a scenario file of the user', () => {
  const folder = scratchFolder();

  for (const extension of ['ts', 'mts', 'mjs', 'js']) {
    test(`is explored, run on threads and replayed as .${extension}`, async () => {
      const path = put(folder, `racy.${extension}`, extension.endsWith('ts') ? typed : racy);
      const out = join(folder, extension);
      await exploresAndReplays(path, out);
      const ran = await command('run', path, '--seconds', '0.5', '--out', out);
      assert.equal(ran.status, 0, ran.err + ran.out);
      assert.match(ran.out, /bare: as expected/);
    });
  }

  test('has the locks of the Heddle that loads it', async () => {
    const locks = `import { Mutex } from 'heddle/locks';\nvoid Mutex.words;\n`;
    const path = put(folder, 'locks.mjs', locks + scenarioText());
    const { status, err } = await command('explore', path, '--out', join(folder, 'locks'));
    assert.equal(status, 0, err);
    const ran = await command('run', path, '--seconds', '0.2', '--out', join(folder, 'locks'));
    assert.equal(ran.status, 0, ran.err);
  });

  test('is TypeScript of its own in a package of CommonJS', async () => {
    const inner = scratchFolder();
    put(inner, 'package.json', '{ "type": "commonjs" }');
    put(inner, 'add.ts', `export const amount: number = 1;\n`);
    const path = put(
      inner,
      'racy.ts',
      `import { amount } from './add.ts';\nvoid amount;\n${typed}`,
    );
    await exploresAndReplays(path, join(inner, 'out'));
  });

  test('is found again after it has moved, where --scenario says', async () => {
    const path = put(folder, 'moves.mjs', racy);
    const schedule = await exploresAndReplays(path, join(folder, 'moving'));
    const moved = join(folder, 'moved.mjs');
    renameSync(path, moved);
    const lost = await command('replay', schedule);
    assert.equal(lost.status, 2);
    assert.match(lost.err, /moves\.mjs, which is not there: say where it is with --scenario FILE/);
    const found = await command('replay', schedule, '--scenario', moved, '--quiet');
    assert.equal(found.status, 0, found.err);
  });

  test('is told apart from a scenario of the same name that comes with Heddle', async () => {
    const text = racy.replace(`name: 'counting'`, `name: 'add-vs-online'`);
    const path = put(folder, 'same-name.mjs', text);
    const out = join(folder, 'same-name');
    await command('explore', path, '--executions', '20', '--out', out);
    const [name = ''] = readdirSync(join(out, 'add-vs-online'));
    const schedule = join(out, 'add-vs-online', name.replace(/\.txt$/, '.schedule.json'));
    const { status, err } = await command('replay', schedule, '--quiet');
    assert.equal(status, 0, err);
  });

  test('runs by a relative path from its own folder, through the launcher', async () => {
    put(folder, 'mine.ts', typed);
    const args = ['run', './mine.ts', '--seconds', '0.5', '--out', 'mine'];
    const { status, out, err } = await launch(args, folder).ended;
    assert.equal(status, 0, out + err);
    const replay = /npx heddle (replay mine\/counting\/\S+)/.exec(out)?.[1]?.split(' ') ?? [];
    const replayed = await launch([...replay, '--quiet'], folder).ended;
    assert.equal(replayed.status, 0, replayed.out + replayed.err);
  });
});
