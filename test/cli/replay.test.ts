import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { command, scratchFolder } from './command.ts';

interface ReplayJson {
  readonly expected: string;
  readonly same: boolean;
  readonly findings: readonly { readonly fingerprint: string; readonly shown: number }[];
}

describe('heddle replay', () => {
  const folder = scratchFolder();
  const times = 20;
  let names: string[] = [];

  before(async () => {
    const limits = ['--form', 'full', '--executions', '200', '--quiet', '--out', folder];
    const variants = ['--variant', 'v3.19', '--variant', 'v4.18'];
    const { err } = await command('explore', 'add-vs-online', ...variants, ...limits);
    assert.equal(err, '');
    names = readdirSync(join(folder, 'add-vs-online')).filter((name) => name.endsWith('.json'));
  });

  for (const kind of ['deadlock', 'data-race', 'assertion-failed', 'lock-inversion']) {
    for (const on of ['coroutines', 'threads']) {
      test(`shows a finding ${kind} ${times} times of ${times} on ${on}`, async () => {
        const name = names.find((one) => one.includes(`.full.${kind}.`));
        assert.ok(name !== undefined, `no ${kind} among ${names.join(', ')}`);
        const schedule = join(folder, 'add-vs-online', name);
        const options = ['--times', `${times}`, '--on', on, '--json'];
        const { status, out, err } = await command('replay', schedule, ...options);
        assert.deepEqual({ status, err }, { status: 0, err: '' });
        const { expected, same, findings } = JSON.parse(out) as ReplayJson;
        assert.ok(name.includes(expected));
        const shown = findings.find(({ fingerprint }) => fingerprint === expected)?.shown;
        assert.deepEqual({ same, shown }, { same: true, shown: times });
      });
    }
  }
});
