import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, scratchFolder } from './command.ts';

const folder = scratchFolder();
const explore = ['explore', 'add-vs-online', '--form', 'small', '--executions', '200'];

/** Kinds and levels that the checkers of traces give. */
async function kinds(file: string): Promise<string[]> {
  const { out } = await command('analyze', '--json', file);
  const { findings } = JSON.parse(out) as { findings: { kind: string; level: string }[] };
  return findings.map(({ kind, level }) => `${kind} ${level}`);
}

test('the first finding of a scenario is the finding of its trace', async () => {
  const trace = join(folder, 'found.jsonl');
  const out = join(folder, 'out');
  const variant = ['--variant', 'v4.20-without-8df1d0e4a265', '--strategy', 'random'];
  await command(...explore, ...variant, '--out', out, '--trace', trace, '--quiet');
  const found = await kinds(trace);
  assert.ok(found.includes('deadlock happened') || found.includes('lock-inversion possible'));
  const again = join(folder, 'again.jsonl');
  const schedules = readdirSync(out, { recursive: true, encoding: 'utf8' });
  const schedule = schedules.find((name) => name.endsWith('.json'))!;
  await command('replay', join(out, schedule), '--trace', again, '--quiet');
  assert.notDeepEqual(await kinds(again), []);
});

test('without a finding nothing is written, and that is said', async () => {
  const trace = join(folder, 'none.jsonl');
  const options = ['--variant', 'v4.18', '--out', join(folder, 'none'), '--trace', trace];
  const { err } = await command(...explore, ...options, '--strategy', 'random', '--quiet');
  assert.match(err, /no finding, so no trace was written/);
});
