import assert from 'node:assert/strict';
import { test } from 'node:test';
import tortureAbsentCpu from '../../scenarios/torture-absent-cpu.ts';
import { instantiate } from '../../src/execute/program.ts';
import type { Scenario } from '../../src/program/index.ts';
import { judge } from '../../src/schedule/expectation.ts';
import { explore } from '../../src/schedule/explore.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';

const scenario = tortureAbsentCpu as Scenario;

const expected: Readonly<Record<string, readonly string[]>> = {
  broken: ['assertion-failed (happened)', 'lock-inversion (guarded)'],
  fixed: ['lock-inversion (guarded)'],
};

for (const [variant, kinds] of Object.entries(expected)) {
  test(`torture-absent-cpu, ${variant}: ${kinds.join(', ')}`, async () => {
    const strategy = strategyNamed('dfs', { seed: 1, depth: 3, preemptions: unbounded });
    const program = instantiate(scenario, { variant, form: 'full' });
    const result = await explore(program, { strategy, seed: 1, seconds: 20, minimise: false });
    const { missing, unexpected } = judge(scenario.variants[variant]!, result.findings);
    assert.deepEqual({ missing, unexpected }, { missing: [], unexpected: [] });
    const found = result.findings.map(({ finding }) => `${finding.kind} (${finding.level})`);
    assert.deepEqual([...new Set(found)].sort(), kinds);
    assert.equal(result.complete, true);
  });
}
