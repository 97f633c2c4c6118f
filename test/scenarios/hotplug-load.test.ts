import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import hotplugLoad from '../../scenarios/hotplug-load.ts';
import { instantiate } from '../../src/execute/program.ts';
import type { Scenario } from '../../src/program/index.ts';
import { judge } from '../../src/schedule/expectation.ts';
import { runThreads } from '../../src/schedule/run-threads.ts';
import type { LoadedKernel } from '../../workers/load-writer.ts';

const scenario = hotplugLoad as Scenario;
const url = new URL('../../scenarios/hotplug-load.ts', import.meta.url).href;

function kernelOf(variant: string): LoadedKernel {
  return instantiate(scenario, { variant, form: 'small' }).world as LoadedKernel;
}

describe('hotplug-load', () => {
  test('large has 64 blocks, 8 writers, 8 CPUs and 31 agents, and small fewer', () => {
    const large = kernelOf('large');
    assert.equal(large.memoryBlocks.length, 64);
    assert.equal(large.cpus.length, 8);
    assert.equal(large.load.writers, 8);
    assert.equal(instantiate(scenario, { variant: 'large', form: 'large' }).agents.length, 31);
    const small = kernelOf('v6.1');
    assert.deepEqual([small.memoryBlocks.length, small.cpus.length, small.load.writers], [7, 2, 2]);
  });

  test('agents that are idle in a variant are agents of the form', () => {
    const names = new Set(Object.keys(scenario.agents));
    for (const variant of Object.keys(scenario.variants)) {
      for (const name of kernelOf(variant).load.idle) assert.ok(name === '' || names.has(name));
    }
  });

  // A run ends with the iteration that its time ends in, or a second after.
  test('large runs on free threads and is clean', async () => {
    const choice = { variant: 'large', form: 'large' };
    const options = { seconds: 2, seed: 1, minimise: false };
    const { outcome, findings } = await runThreads(scenario, url, choice, options);
    assert.equal(outcome.deadlocked, false);
    assert.deepEqual(judge(scenario.variants['large']!, findings).unexpected, []);
    assert.ok(outcome.counts.steps > 1000, `${outcome.counts.steps} steps`);
  });
});
