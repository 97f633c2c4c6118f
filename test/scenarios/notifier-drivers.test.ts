import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { runRegressJob } from '../../src/schedule/regress-job.ts';

const deadlock = 'deadlock (happened)';
const guarded = 'lock-inversion (guarded)';
const race = 'data-race (happened)';
const held = 'lock-held-at-exit (happened)';
const unlock = 'bad-unlock (happened)';
const invariant = 'invariant-violated (happened)';

/**
 * Scenarios of drivers that are told of memory, derived from reading their code, and what each
 * variant shows. The variants themselves say about which locks, words and agents.
 */
const catalogue: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'virtio-mem-hotplug-mutex': {
    'v6.1': [guarded],
    'v6.1-auto-online': [guarded],
    'v6.1-refused': [],
    'v6.8': [guarded],
    'adds-under-mutex': [deadlock, guarded],
    'closes-unasked': [unlock, race],
    'refused-late': [deadlock, held, guarded],
    'removes-unlocked': [guarded, race],
    'unregisters-first': [guarded, held, race],
  },
  'virtio-mem-block-counts': { broken: [guarded, race, invariant], fixed: [guarded] },
  'hv-balloon-lost-pages': { broken: [guarded, invariant], fixed: [guarded] },
};

function urlOf(name: string): string {
  return new URL(`../../scenarios/${name}.ts`, import.meta.url).href;
}

describe('drivers that are told of memory', () => {
  for (const [name, variants] of Object.entries(catalogue)) {
    test(`${name} shows in each variant what it declares, and nothing else`, async () => {
      const scenario = await loadScenario(urlOf(name));
      assert.deepEqual(Object.keys(scenario.variants), Object.keys(variants));
      for (const [variant, found] of Object.entries(variants)) {
        const job = { url: urlOf(name), scenario: name, variant, seed: 1, seconds: 20 };
        const result = await runRegressJob(job);
        const { error, missing, unexpected } = result;
        const outcome = { error, missing, unexpected };
        assert.deepEqual(outcome, { error: '', missing: [], unexpected: [] }, variant);
        assert.deepEqual([...result.found].sort(), [...found].sort(), variant);
        for (const { form, complete } of result.forms) {
          assert.ok(complete || form === 'full', `${variant}: ${form} is explored completely`);
        }
      }
    });
  }
});
