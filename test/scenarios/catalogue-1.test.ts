import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { runRegressJob } from '../../src/schedule/regress-job.ts';
import {
  assertion,
  deadlock,
  guarded,
  invariant,
  inversion,
  race,
  recursion,
  used,
} from './found-kinds.ts';

/**
 * The bugs B01 to B20 of the catalogue, by scenario: what each variant shows, `shows` and `allows`
 * together. The variants themselves say about which locks, words and agents.
 */
const catalogue: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // B01
  'zonelist-rebuild-race': {
    broken: [assertion, race],
    'half-fixed': [race],
    fixed: [],
    'v3.19': [],
  },
  'boot-pageset-shared': { broken: [assertion, race], 'half-fixed': [race], fixed: [] },
  // B02
  'hotplug-without-hibernation': {
    broken: [race, deadlock, guarded, inversion],
    fixed: [guarded],
  },
  // B03, B04
  'ksm-notifier-inversion': { broken: [guarded], 'half-fixed': [guarded], fixed: [] },
  // B05
  'stale-kswapd-pointer': { broken: [used], fixed: [] },
  // B06
  'reonline-before-remove': {
    broken: [race, deadlock, guarded, inversion, used],
    'half-fixed': [assertion, race, deadlock, guarded, inversion, used],
    fixed: [guarded],
  },
  // B07
  'sysfs-vs-remove': { broken: [deadlock, inversion], fixed: [] },
  // B08
  'two-online-mechanisms': { broken: [race, invariant], 'v3.11': [], fixed: [] },
  // B09
  'slab-vs-hotplug': { broken: [assertion], fixed: [] },
  // B11
  'balloon-self-deadlock': {
    broken: [deadlock],
    'broken-without-auto-online': [deadlock, guarded, inversion],
    fixed: [],
  },
  // B12
  'memremap-page-tables': { broken: [assertion, race], fixed: [] },
  // B13, B14
  'hotplug-writers': { broken: [deadlock], 'half-fixed': [assertion, deadlock], fixed: [] },
  // B15
  'valid-zones-hole': { 'broken-before': [used], broken: [used], fixed: [], 'v6.1': [] },
  // B16
  'cpu-mem-hotplug-order': {
    hidden: [],
    broken: [deadlock, inversion],
    'percpu-only': [deadlock, inversion],
    'half-fixed': [deadlock, inversion, recursion],
    fixed: [],
  },
  // B17
  'ksmd-drain-cycle': { broken: [deadlock, inversion], fixed: [] },
  // B19
  'memtrace-reonline': {
    broken: [assertion, race, guarded, deadlock, inversion],
    'half-fixed': [assertion, race, guarded, deadlock],
    fixed: [guarded],
  },
  // B20
  'leaked-block-device': { broken: [guarded, invariant], fixed: [] },
};

/** Variants that are too large: their one form ends with the executions that it says. */
const bounded: readonly string[] = [
  'boot-pageset-shared broken',
  'boot-pageset-shared half-fixed',
  'boot-pageset-shared fixed',
  'hotplug-without-hibernation broken',
];

function urlOf(name: string): string {
  return new URL(`../../scenarios/${name}.ts`, import.meta.url).href;
}

describe('bugs B01 to B20', () => {
  for (const [name, variants] of Object.entries(catalogue)) {
    test(`${name} shows in each variant what history reports, and nothing else`, async () => {
      const scenario = await loadScenario(urlOf(name));
      assert.deepEqual(Object.keys(scenario.variants), Object.keys(variants));
      for (const [variant, found] of Object.entries(variants)) {
        const job = { url: urlOf(name), scenario: name, variant, seed: 1, seconds: 20 };
        const result = await runRegressJob(job);
        const { error, missing, unexpected } = result;
        assert.deepEqual(
          { error, missing, unexpected },
          { error: '', missing: [], unexpected: [] },
        );
        assert.deepEqual([...result.found].sort(), [...found].sort(), variant);
        // A form that is not explored completely stands beside one that is.
        const isComplete = result.forms.some((form) => form.complete);
        assert.equal(isComplete, !bounded.includes(`${name} ${variant}`), variant);
      }
    });
  }
});
