import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../tidy/tree.ts';
import { launch, scratchFolder } from './command.ts';

const file = join(projectRoot, 'test', 'execute', 'scenarios', 'failing.ts');
const folder = scratchFolder();

test('what all had done when an agent was lost is in a schedule file of its own', async () => {
  const out = join(folder, 'out');
  const args = ['run', file, '--form', 'leaver', '--seconds', '20', '--out', out];
  const { status, out: said, err } = await launch(args).ended;
  assert.equal(err, '');
  assert.equal(status, 1);
  assert.match(said, /agent leaver: its thread died: /);
  const path = join(out, 'failing', 'default.leaver.lost.schedule.json');
  assert.ok(said.includes('default.leaver.lost.schedule.json'), said);
  const kept = JSON.parse(readFileSync(path, 'utf8')) as {
    scenario: string;
    form: string;
    schedule: unknown[];
  };
  assert.deepEqual([kept.scenario, kept.form], ['failing', 'leaver']);
  assert.match(JSON.stringify(kept.schedule), /leaver/);
});

test('a run that loses nobody leaves no such file', async () => {
  const out = join(folder, 'none');
  const args = ['run', file, '--form', 'dies', '--seconds', '0.3', '--out', out];
  const { status, out: said } = await launch(args).ended;
  assert.equal(status, 0, said);
  assert.equal(existsSync(join(out, 'failing', 'default.dies.lost.schedule.json')), false);
});
