import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { command, launch } from './command.ts';

const brief = ['--seconds', '0.3', '--nwriters-stress', '2', '--stutter', '0'];

describe('heddle torture', () => {
  test('says SUCCESS with all parameters, and exits with 0', async () => {
    const { status, out, err } = await command('torture', 'mutex_lock', ...brief);
    assert.equal(err, '');
    assert.equal(status, 0);
    assert.match(out, /^mutex_lock-torture: Start of test: .*nwriters_stress=2/);
    assert.match(out, /Writes: {2}Total: \d+ {2}Max\/Min: \d+\/\d+( \?\?\?)? {2}Fail: 0\n/);
    assert.match(out, /waits p50 .*, p99 .*, p99\.9 .*, max /);
    assert.match(out, /End of test: SUCCESS: .*nwriters_stress=2 .*shutdown_secs=0\.3/);
  });

  test('says FAILURE of lock_busted, and exits with 1', async () => {
    const args = ['--seconds', '5', '--stat-interval', '1', '--perturb', '30'];
    const { status, out } = await command('torture', 'lock_busted', ...args);
    assert.equal(status, 1);
    assert.match(out, /Fail: 1 !!!/);
    assert.match(out, /a writer was inside together with another writer \(writer 1, first writer/);
    assert.match(out, /End of test: FAILURE/);
  });

  test('prints one JSON object', async () => {
    const { status, out } = await command('torture', 'rw_lock', ...brief, '--json');
    const { success, statistics, parameters } = JSON.parse(out) as Record<string, unknown>;
    assert.equal(status, 0);
    assert.equal(success, true);
    assert.equal((statistics as unknown[]).length, 2);
    assert.equal((parameters as Record<string, unknown>)['nreaders_stress'], 2);
  });

  test('lists the locks in one line if it has none of the name', async () => {
    const { status, err } = await command('torture', 'mutexlock');
    assert.equal(status, 2);
    assert.match(err, /^heddle: no lock is named "mutexlock": did you mean "mutex_lock"\? there/);
    assert.equal(err.trim().split('\n').length, 1);
  });

  test('ends at Ctrl-C with what it has seen, and status 130', async () => {
    const launched = launch(['torture', 'mutex_lock', '--seconds', '60', '--stat-interval', '0.1']);
    await launched.says(/Writes:/);
    launched.child.kill('SIGINT');
    const { status, out, err } = await launched.ended;
    assert.equal(err, '');
    assert.equal(status, 130);
    assert.match(out, /interrupted after [\d.]+ s\n.*End of test: SUCCESS/);
  });
});
