import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { instantiate } from '../../src/execute/program.ts';
import { explore } from '../../src/schedule/explore.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';
import { command, put, scratchFolder } from './command.ts';
import { racyAdd, scenarioText } from './scenario-text.ts';

interface FormJson {
  readonly form: string;
  readonly complete: boolean;
  readonly findings: readonly { readonly kind: string; readonly origin: { execution: number } }[];
}

interface ExploreJson {
  readonly status: number;
  readonly variants: readonly {
    readonly variant: string;
    readonly asExpected: boolean;
    readonly missing: readonly string[];
    readonly unexpected: readonly string[];
    readonly forms: readonly FormJson[];
  }[];
}

const folder = scratchFolder();
const { href: url } = new URL('../../scenarios/add-vs-online.ts', import.meta.url);
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
const executionsMax = 50;

describe('heddle explore add-vs-online', () => {
  test('finds every variant as declared, and says so in JSON with status 0', async () => {
    const { status, out, err } = await command(
      'explore',
      'add-vs-online',
      '--json',
      '--out',
      join(folder, 'all'),
    );
    const told = JSON.parse(out) as ExploreJson;
    const differing = told.variants.filter(({ asExpected }) => !asExpected);
    assert.deepEqual(differing, []);
    assert.deepEqual({ status, told: told.status, err }, { status: 0, told: 0, err: '' });
    const scenario = await loadScenario(url);
    assert.deepEqual(
      told.variants.map(({ variant }) => variant),
      Object.keys(scenario.variants),
    );
    const fixed = told.variants.find(({ variant }) => variant === 'v4.20')!;
    const { complete, findings } = fixed.forms.find(({ form }) => form === 'small')!;
    assert.ok(complete, 'v4.20 is explored completely in its small form');
    assert.ok(findings.every(({ kind }) => kind === 'lock-inversion'));
  });

  // The odds: in the full form, over the seeds 1 to 100, by pct at most 9 executions and by random
  // at most 36; in the small form, over the seeds 1 to 200, at most 11 and at most 28.
  for (const [strategy, forms] of [
    ['pct', ['small', 'full']],
    ['random', ['small', 'full']],
  ] as const) {
    test(`meets v3.19's deadlock within 50 executions by ${strategy} in 20 seeds`, async () => {
      const scenario = await loadScenario(url);
      for (const form of forms) {
        for (const seed of seeds) {
          const program = instantiate(scenario, { variant: 'v3.19', form });
          const { findings } = await explore(program, {
            strategy: strategyNamed(strategy, { seed, depth: 3, preemptions: unbounded }),
            seed,
            executions: executionsMax,
            minimise: false,
          });
          const kinds = findings.map(({ finding }) => finding.kind);
          assert.ok(kinds.includes('deadlock'), `${form}, seed ${seed}: ${kinds.join(', ')}`);
        }
      }
    });

    test(`meets it by --strategy ${strategy} --executions 50 in 20 seeds`, async () => {
      const limits = ['--executions', `${executionsMax}`, '--out', join(folder, strategy)];
      const args = ['explore', 'add-vs-online', '--variant', 'v3.19', '--json', ...limits];
      for (const seed of seeds) {
        const { status, out } = await command(...args, '--strategy', strategy, '--seed', `${seed}`);
        assert.equal(status, 0, `seed ${seed}`);
        const { variants } = JSON.parse(out) as ExploreJson;
        const findings = variants.flatMap((one) => one.forms.flatMap((form) => form.findings));
        const met = findings.filter(({ kind }) => kind === 'deadlock');
        assert.ok(met.length > 0, `seed ${seed}`);
        assert.ok(met.every(({ origin }) => origin.execution < executionsMax));
      }
    });
  }
});

describe('the text of `heddle explore`', () => {
  test('opens with the seed and all that is derived, and tells a finding once', async () => {
    const args = ['explore', 'add-vs-online', '--variant', 'v3.19', '--out', join(folder, 'text')];
    const { status, out } = await command(...args, '--seed', '3');
    assert.equal(status, 0);
    const [head, ...parts] = out.split('\n')[0]!.split(' · ');
    assert.equal(head, 'heddle explore add-vs-online');
    assert.deepEqual(parts, [
      'seed 3',
      'full by pct (depth 3, 1,000 executions)',
      'small by dpor (any number of preemptions, to the end)',
      `findings to ${join(folder, 'text')}`,
    ]);
    assert.equal(out.match(/^deadlock: firmware and udev wait for each other$/gm)?.length, 1);
    assert.match(out, /^deadlock: firmware and udev wait for each other \(\w{12}\), as above$/m);
    assert.match(out, /1 of 1 variant as expected\n$/);
  });

  test('is no more than the verdicts with --quiet', async () => {
    const args = ['explore', 'add-vs-online', '--form', 'small', '--variant', 'v4.20', '--quiet'];
    const { out } = await command(...args, '--out', join(folder, 'quiet'));
    assert.doesNotMatch(out, /lock inversion/);
    assert.match(out, /v4\.20: as expected/);
  });

  test('says what is missing where a variant is not as declared', async () => {
    const args = ['explore', 'add-vs-online', '--form', 'small', '--variant', 'v4.18', '--quiet'];
    const { status, out } = await command(...args, '--out', join(folder, 'missing'));
    assert.equal(status, 1);
    assert.match(out, /v4\.18: NOT as expected\n {2}missing: assertion-failed about mem_hotplug/);
  });
});

describe('what heddle explore tells', () => {
  const explored = async (text: string, ...more: string[]): Promise<string> => {
    const path = put(folder, `told${text.length}.mjs`, text);
    const { out } = await command('explore', path, '--out', join(folder, 'told'), ...more);
    return out;
  };

  test('no suspicion of a word whose race it has met, but one without a race', async () => {
    const raced = await explored(scenarioText({ one: racyAdd, two: racyAdd }), '--suspicions');
    assert.match(raced, /data race on counter/);
    assert.doesNotMatch(raced, /suspicion/);
    const kept = 'yield* world.lock.acquire(); yield* world.counter.write(1); ';
    const one = `${kept} yield* world.lock.release();`;
    const two = `yield* world.lock.acquire(); yield* world.lock.release(); ${racyAdd}`;
    const first = ['--suspicions', '--strategy', 'dfs', '--executions', '1'];
    const ordered = await explored(scenarioText({ one, two }), ...first);
    assert.match(ordered, /suspicion: no lock keeps all accesses to counter/);
    assert.doesNotMatch(ordered, /data race/);
  });

  test('that an agent fails before the first step', async () => {
    const out = await explored(scenarioText({ one: `throw new Error('early');` }));
    assert.match(out, /It comes to this before the first step\./);
    assert.doesNotMatch(out, /How it comes to this \(0 steps/);
  });

  test('that there is nothing to confirm', async () => {
    const out = await explored(scenarioText(), '--confirm', '--executions', '3');
    assert.match(out, /default, full: nothing to confirm: nothing reported is only possible\n/);
    assert.doesNotMatch(out, / 0 executions a second/);
  });
});
