import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instantiate } from '../../src/execute/program.ts';
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { judge } from '../../src/schedule/expectation.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import type { Scenario } from '../../src/program/index.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';
import {
  assertion,
  badUnlock,
  deadlock,
  guarded,
  invariant,
  inversion,
  race,
  recursion,
  used,
} from './found-kinds.ts';

/** By scenario: what each variant shows, `shows` and `allows` together. */
type Catalogue = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const reported: Catalogue = {
  // B21
  'probe-unlock-not-owned': { broken: [badUnlock, race], fixed: [] },
  // B23
  'node-offlined-with-memory': { broken: [guarded, invariant], fixed: [guarded] },
  // B24: a false alarm, told apart.
  'remove-memory-splat': { broken: [guarded], fixed: [] },
  // B25
  'removable-reads-poison': { broken: [assertion, race], fixed: [] },
  // B26
  'pcplist-drain-livelock': { broken: [deadlock], fixed: [], 'fixed-lists-disabled': [] },
  // B28
  'memtrace-enabled-twice': {
    broken: [assertion, race],
    'half-fixed': [assertion, race],
    fixed: [],
  },
  // B29
  'slab-node-freed': { before: [], broken: [used, race], 'half-fixed': [], fixed: [] },
  // B31
  'zone-span-torn': { broken: [assertion], fixed: [] },
  // B32
  'zonelist-rebuilt-while-walked': { broken: [assertion], fixed: [] },
  // B34
  'page-ext-freed': { broken: [used, race], fixed: [] },
  // B35
  'kswapd-is-running': { broken: [assertion, race, used], fixed: [] },
  // B36
  'vmemmap-without-mem-hotplug-lock': { broken: [assertion, race], fixed: [] },
  // B37
  'section-usage-freed': {
    broken: [used, assertion, race],
    'half-fixed': [assertion],
    fixed: [],
    'v6.8': [assertion],
    'v6.8-fixed': [],
  },
  // B38
  'block-removal-unguarded': {
    broken: [deadlock, inversion, race],
    'broken-before': [race],
    fixed: [guarded],
    'fixed-before': [],
  },
  // B39: a warning, and no deadlock.
  'memory-tier-inversion': { 'v6.8': [], broken: [inversion], fixed: [] },
  // B40
  'cxl-region-notifier': {
    'v6.8': [guarded],
    broken: [assertion, guarded, race, used],
    'half-fixed': [deadlock, guarded, inversion],
    fixed: [guarded],
  },
  // B41
  'dlpar-uevent-too-early': {
    broken: [invariant, guarded],
    fixed: [guarded],
    'remove-broken': [invariant],
    'remove-fixed': [],
  },
};

const derived: Catalogue = {
  // What the document of 2018 calls future work.
  'eject-is-reported': {
    'v3.19': [guarded],
    'v4.20': [guarded],
    'v6.1': [],
    'v6.8': [guarded],
    refused: [],
    unguarded: [assertion, deadlock, guarded, inversion, race],
  },
  // D1
  'stale-online-type': { broken: [invariant], fixed: [] },
  // D2
  'online-before-listed': { broken: [assertion, race], fixed: [guarded] },
  // D3
  'state-skew': { broken: [assertion, race], 'broken-callback': [invariant], fixed: [] },
  // D4
  'block-of-half-its-sections': { broken: [assertion, race, invariant], fixed: [guarded] },
  // D5
  'percpu-rwsem-recursion': { before: [], broken: [deadlock, recursion], fixed: [] },
  // D7
  'store-waits-for-device-hotplug-lock': { broken: [deadlock, inversion], fixed: [] },
  // D10
  'notifier-within-its-chain': {
    broken: [deadlock],
    'broken-nested-walk': [deadlock, recursion],
    fixed: [],
  },
};

/** The form `full`: completely, or as far as the form says. */
async function explored(scenario: Scenario, variant: string): Promise<Exploration> {
  const { executions, strategy: name } = scenario.forms['full']!;
  const strategy = strategyNamed(name!, { seed: 1, depth: 3, preemptions: unbounded });
  const program = instantiate(scenario, { variant, form: 'full' });
  return await explore(program, { strategy, seed: 1, seconds: 20, minimise: false, executions });
}

function load(name: string): Promise<Scenario> {
  return loadScenario(new URL(`../../scenarios/${name}.ts`, import.meta.url).href);
}

function shows(catalogue: Catalogue): void {
  for (const [name, variants] of Object.entries(catalogue)) {
    test(`${name} shows in each variant what it declares, and nothing else`, async () => {
      const scenario = await load(name);
      assert.deepEqual(Object.keys(scenario.forms), ['full']);
      assert.deepEqual(Object.keys(scenario.variants), Object.keys(variants));
      for (const [variant, kinds] of Object.entries(variants)) {
        const { findings, complete } = await explored(scenario, variant);
        const { missing, unexpected } = judge(scenario.variants[variant]!, findings);
        assert.deepEqual({ missing, unexpected }, { missing: [], unexpected: [] }, variant);
        const found = new Set(findings.map(({ finding }) => `${finding.kind} (${finding.level})`));
        assert.deepEqual([...found].sort(), [...kinds].sort(), variant);
        assert.equal(scenario.forms['full']!.strategy, 'dpor');
        // Where a form has a bound, variants that show a bug may go beyond it.
        const bounded = scenario.forms['full']!.executions !== undefined && kinds.length > 0;
        assert.ok(complete || bounded, variant);
      }
    });
  }
}

describe('bugs B21 to B41', () => {
  shows(reported);
});

describe('derived from reading the code', () => {
  shows(derived);

  // D8. Agents go round for ever in it, so it goes by a random strategy.
  test('sysfs-writer-starves shows starvation, and with the fix nothing', async () => {
    const scenario = await load('sysfs-writer-starves');
    const kinds = async (variant: string): Promise<string[]> => {
      const { findings } = await explored(scenario, variant);
      assert.ok(judge(scenario.variants[variant]!, findings).asExpected, variant);
      return findings.map(({ finding }) => `${finding.kind} (${finding.level})`);
    };
    assert.deepEqual(Object.keys(scenario.variants), ['broken', 'fixed']);
    assert.deepEqual(await kinds('broken'), ['starvation (happened)']);
    assert.deepEqual(await kinds('fixed'), []);
  });
});
