import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import contradiction from '../../scenarios/lockdep-contradiction.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { resultName } from '../../src/kernel/errno.ts';
import type { Scenario } from '../../src/program/index.ts';
import { judge } from '../../src/schedule/expectation.ts';
import { explore } from '../../src/schedule/explore.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { strategyNamed } from '../../src/schedule/strategies/registry.ts';

const scenario = contradiction as Scenario;
const form = 'full';

/** Kind and level of what each variant shows. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'v6.1': ['lock-inversion (guarded)'],
  'v6.1-driver': ['lock-inversion (guarded)'],
  // No deadlock: whoever has device_lock early enough finds no node.
  'without-8df1d0e4a265': [
    'assertion-failed (happened)',
    'data-race (happened)',
    'lock-inversion (possible)',
  ],
  'without-device-hotplug-lock': [
    'assertion-failed (happened)',
    'data-race (happened)',
    'lock-inversion (possible)',
  ],
  'without-8df1d0e4a265-zone-inside': ['deadlock (happened)', 'lock-inversion (possible)'],
  'v6.1-zone-inside': ['lock-inversion (guarded)'],
  'without-5e33bc4165f3': ['deadlock (happened)', 'lock-inversion (possible)'],
  'v6.1-removal': [],
};

/** What the write to `state` answers in some execution, sorted. */
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

describe('lockdep-contradiction, explored completely', () => {
  test('every variant is expected', () => {
    assert.deepEqual(Object.keys(scenario.variants), Object.keys(expected));
  });

  for (const [variant, kinds] of Object.entries(expected)) {
    test(`${variant} shows ${kinds.join(', ') || 'nothing'}`, async () => {
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

  test('with the fix a writer inside a file that is removed succeeds or gets ENODEV', () => {
    assert.deepEqual(answers('v6.1-removal'), ['6', 'ENODEV']);
  });
});
