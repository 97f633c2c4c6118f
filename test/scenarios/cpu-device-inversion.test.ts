import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import cpuDeviceInversion from '../../scenarios/cpu-device-inversion.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { resultName } from '../../src/kernel/errno.ts';
import type { Scenario } from '../../src/program/index.ts';
import { judge } from '../../src/schedule/expectation.ts';
import { explore } from '../../src/schedule/explore.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { strategyNamed } from '../../src/schedule/strategies/registry.ts';

const scenario = cpuDeviceInversion as Scenario;
const form = 'full';

const assertion = 'assertion-failed (happened)';
const guarded = 'lock-inversion (guarded)';
const inversion = 'lock-inversion (possible)';
const deadlock = 'deadlock (happened)';
const invariant = 'invariant-violated (happened)';

/** Kind and level of what each variant shows. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'v6.1': [guarded],
  'v3.19': [guarded],
  // Guarded: two orders that cpu_add_remove_lock, or what else both sides hold, keeps apart.
  unguarded: [deadlock, guarded, inversion],
  'v6.1-removal': [guarded],
  'unguarded-removal': [assertion, deadlock, invariant, guarded, inversion],
};

/** What the write to `online` answers in some execution, sorted. */
function answers(variant: string): string[] {
  const program = instantiate(scenario, { variant, form });
  const { answer } = program.world as { readonly answer: { peek(): number } };
  const strategy = new DepthFirst({ preemptions: unbounded });
  const found = new Set<string>();
  new Coroutines(program).runAll(strategy, 0, () => {
    // 0 where the strategy broke off what it had seen before.
    if (answer.peek() !== 0) found.add(resultName(answer.peek()));
    return false;
  });
  assert.ok(strategy.exhausted);
  return [...found].sort();
}

describe('cpu-device-inversion, explored completely', () => {
  test('every variant is expected', () => {
    assert.deepEqual(Object.keys(scenario.variants), Object.keys(expected));
  });

  for (const [variant, kinds] of Object.entries(expected)) {
    test(`${variant} shows ${kinds.join(', ')}`, async () => {
      const strategy = strategyNamed('dfs', { seed: 1, depth: 3, preemptions: unbounded });
      const program = instantiate(scenario, { variant, form });
      const result = await explore(program, { strategy, seed: 1, seconds: 20, minimise: false });
      const { missing, unexpected } = judge(scenario.variants[variant]!, result.findings);
      assert.deepEqual({ missing, unexpected }, { missing: [], unexpected: [] });
      const found = result.findings.map(({ finding }) => `${finding.kind} (${finding.level})`);
      assert.deepEqual([...new Set(found)].sort(), kinds);
      assert.equal(result.complete, true);
    });
  }

  test('with device_hotplug_lock the write succeeds, or says that the CPU is gone', () => {
    assert.deepEqual(answers('v6.1'), ['1']);
    assert.deepEqual(answers('v6.1-removal'), ['1', 'ENODEV']);
  });
});
