import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import documentRules from '../../scenarios/document-rules.ts';
import { instantiate } from '../../src/execute/program.ts';
import { ruleNames } from '../../src/kernel/rule-names.ts';
import { rules } from '../../src/kernel/rules.ts';
import type { Scenario } from '../../src/program/index.ts';
import { judge } from '../../src/schedule/expectation.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';

const scenario = documentRules as Scenario;

async function explored(of: Scenario, variant: string): Promise<Exploration> {
  const strategy = strategyNamed('dfs', { seed: 1, depth: 3, preemptions: unbounded });
  const program = instantiate(of, { variant, form: 'full' });
  return await explore(program, { strategy, seed: 1, seconds: 20, minimise: false });
}

/** Kind and title of findings, in the words of `Rule.finding`. */
function texts({ findings }: Exploration): string[] {
  return findings.map(
    ({ finding }) => `${finding.kind}: ${finding.title.replace('assertion failed: ', '')}`,
  );
}

/** The scenario with no rule turned on. */
function without(): Scenario {
  const variants = Object.entries(scenario.variants).map(([name, variant]) => [
    name,
    { ...variant, parameters: { ...variant.parameters, rules: '' } },
  ]);
  return { ...scenario, variants: Object.fromEntries(variants) } as Scenario;
}

describe("the document's rules, each broken", () => {
  test('there is a variant for every rule', () => {
    const names = ['kept', ...ruleNames, 'guards-of-the-data'];
    assert.deepEqual(Object.keys(scenario.variants), names);
  });

  test('guards-of-the-data: every counter says so, and none where guards are off', async () => {
    const name = 'guards-of-the-data';
    const on = await explored(scenario, name);
    assert.deepEqual(judge(scenario.variants[name]!, on.findings).missing, []);
    const parameters = { ...scenario.variants[name]!.parameters, guards: false };
    const variants = { [name]: { ...scenario.variants[name]!, parameters } };
    const off = await explored({ ...scenario, variants } as Scenario, name);
    assert.deepEqual(
      off.findings.map(({ finding }) => finding.kind),
      ['assertion-failed'],
    );
  });

  test('kept: nothing but guarded lock inversions', async () => {
    const exploration = await explored(scenario, 'kept');
    assert.ok(exploration.findings.every(({ finding }) => finding.level === 'guarded'));
    assert.equal(exploration.complete, true);
  });

  for (const name of ruleNames) {
    test(`${name} is reported in the words of its row, and only where it is on`, async () => {
      const exploration = await explored(scenario, name);
      const { missing, unexpected } = judge(scenario.variants[name]!, exploration.findings);
      assert.deepEqual({ missing, unexpected }, { missing: [], unexpected: [] });
      assert.ok(texts(exploration).includes(rules[name].finding), texts(exploration).join('\n'));
      assert.equal(exploration.complete, true);
      // online_pages() asserts mem_hotplug_lock by itself.
      if (name === 'mem-hotplug-lock-for-writing') return;
      const off = await explored(without(), name);
      assert.ok(!texts(off).includes(rules[name].finding));
    });
  }
});
