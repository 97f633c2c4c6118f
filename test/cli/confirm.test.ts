import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { command, scratchFolder } from './command.ts';

interface FindingJson {
  readonly kind: string;
  readonly level: string;
  readonly title: string;
  readonly fingerprint: string;
  readonly schedule: string;
  readonly confirmation?: { readonly outcome: string; readonly deadlock: string | null };
}

interface ExploreJson {
  readonly variants: readonly { readonly forms: readonly { findings: readonly FindingJson[] }[] }[];
}

interface RunJson {
  readonly runs: readonly {
    readonly deadlocked: boolean;
    readonly counts: { readonly iterations: number };
    readonly predictions: { readonly executions: number; readonly happened: number } | null;
    readonly findings: readonly FindingJson[];
  }[];
}

const folder = scratchFolder();
const explore = ['explore', 'add-vs-online', '--form', 'small', '--out', folder, '--variant'];

async function findings(...args: string[]): Promise<readonly FindingJson[]> {
  const { out } = await command(...explore, ...args, '--json');
  return (JSON.parse(out) as ExploreJson).variants[0]!.forms[0]!.findings;
}

describe('heddle explore --confirm', () => {
  test('names the deadlock of an inversion that has one, and refutes the other', async () => {
    const all = await findings('v4.20-without-8df1d0e4a265', '--confirm');
    const order = 'mem_hotplug_lock -> memory device_lock -> mem_hotplug_lock';
    const confirmed = all.find(({ title }) => title === `possible lock inversion ${order}`)!;
    assert.equal(confirmed.confirmation!.outcome, 'confirmed');
    const deadlock = all.find((one) => one.fingerprint === confirmed.confirmation!.deadlock)!;
    assert.equal(deadlock.kind, 'deadlock');
    assert.ok(existsSync(deadlock.schedule));
    const report = readFileSync(confirmed.schedule.replace(/schedule\.json$/, 'txt'), 'utf8');
    assert.match(report, /^Confirmed after 1 execution: deadlock: firmware and udev wait/m);
    const cpu = all.find(({ title }) => title.includes('inversion cpu_hotplug_lock'))!;
    assert.equal(cpu.confirmation!.outcome, 'refuted');
  });

  test('says what became of each in a line, and leaves guarded ones out', async () => {
    const args = [...explore, 'v6.1-unguarded', '--confirm', '--quiet'];
    const { status, out } = await command(...args);
    assert.equal(status, 0);
    assert.match(out, /device_lock -> mem_hotplug_lock: Refuted: [\d,]+ executions visited every/);
    const { out: open } = await command(...args, '--budget', '5');
    assert.match(open, /: Open: not reached in 5 executions, and these are not all\.$/m);
    const guarded = await findings('v4.20', '--confirm');
    assert.ok(guarded.every(({ confirmation }) => confirmation === undefined));
  });

  test('looks at guarded ones with --confirm-guarded', async () => {
    const guarded = await findings('v4.20', '--confirm-guarded');
    assert.ok(guarded.length > 0);
    assert.ok(guarded.every(({ confirmation }) => confirmation?.outcome === 'refuted'));
  });

  test('what --predict carries out is a finding, and its schedule replays', async () => {
    const variant = 'v4.20-without-8df1d0e4a265';
    const args = ['--strategy', 'random', '--executions', '1', '--predict', '1'];
    const all = await findings(variant, ...args);
    const deadlock = all.find(({ kind }) => kind === 'deadlock')!;
    const { status, out } = await command('replay', deadlock.schedule);
    assert.equal(status, 0);
    assert.match(out, /shown 1 of 1 time/);
    const { err } = await command(...explore, variant, '--predict', 'none');
    assert.match(err, /--predict/);
  });

  test('replay --predict shows the deadlock that one schedule only came close to', async () => {
    const args = ['--strategy', 'random', '--executions', '1'];
    const all = await findings('v4.20-without-8df1d0e4a265', ...args);
    assert.ok(all.every(({ kind }) => kind !== 'deadlock'));
    const { schedule } = all.find(({ title }) => title.includes('mem_hotplug_lock'))!;
    const kinds = async (...more: string[]): Promise<string[]> => {
      const { status, out, err } = await command('replay', schedule, '--json', ...more);
      assert.deepEqual({ status, err }, { status: 0, err: '' });
      const shown = (JSON.parse(out) as { findings: readonly FindingJson[] }).findings;
      return shown.map(({ kind, level }) => `${kind} ${level}`);
    };
    assert.ok(!(await kinds()).includes('deadlock happened'));
    assert.ok((await kinds('--predict')).includes('deadlock happened'));
  });

  test('run --predict finds the deadlock in whichever order the threads came', async () => {
    const run = ['run', 'add-vs-online', '--form', 'small', '--seconds', '1', '--out', folder];
    const variant = 'v4.20-without-8df1d0e4a265';
    const { status, out, err } = await command(
      ...run,
      '--variant',
      variant,
      '--predict',
      '2',
      '--json',
    );
    assert.deepEqual({ status, err }, { status: 0, err: '' });
    const { runs } = JSON.parse(out) as RunJson;
    const { deadlocked, counts, predictions, findings: found } = runs[0]!;
    // Where the very first iteration ends in the deadlock there is nothing to predict.
    if (counts.iterations > 1) {
      assert.ok(predictions!.executions >= 1 && predictions!.executions <= 2);
      assert.ok(deadlocked || predictions!.happened > 0);
    }
    assert.ok(found.some(({ kind, level }) => kind === 'deadlock' && level === 'happened'));
  });

  test('turns a budget down that is no number', async () => {
    const { status, err } = await command(...explore, 'v4.20', '--confirm', '--budget', 'much');
    assert.equal(status, 2);
    assert.match(err, /--budget.*expected a whole number from 1 to/);
  });
});
