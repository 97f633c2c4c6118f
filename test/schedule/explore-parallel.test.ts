import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import addVsOnline from '../../scenarios/add-vs-online.ts';
import { instantiate } from '../../src/execute/program.ts';
import type { Scenario } from '../../src/program/index.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import { exploreParallel } from '../../src/schedule/parallel/explore-parallel.ts';
import { strategyNamed } from '../../src/schedule/strategies/registry.ts';

const url = new URL('../../scenarios/add-vs-online.ts', import.meta.url).href;
const strategyOptions = { seed: 5, depth: 3, preemptions: 1000 };

function program(variant: string) {
  return instantiate(addVsOnline as Scenario, { variant, form: 'small' });
}

function onThreads(
  variant: string,
  strategy: string,
  more: { executions?: number; signal?: AbortSignal },
): Promise<Exploration> {
  return exploreParallel(program(variant), {
    url,
    strategy,
    strategyOptions,
    seed: 5,
    threads: 2,
    minimise: false,
    ...more,
  });
}

/** How often each finding was met, by fingerprint. */
function findings(exploration: Exploration): Record<string, number> {
  return Object.fromEntries(exploration.findings.map((one) => [one.fingerprint, one.occurrences]));
}

describe('exploring on two threads', () => {
  for (const [variant, strategy] of [
    ['v3.19', 'random'],
    ['v4.18', 'pos'],
  ] as const) {
    test(`finds in ${variant} by ${strategy} just what one thread finds`, async () => {
      const executions = 301;
      const alone = await explore(program(variant), {
        strategy: strategyNamed(strategy, strategyOptions),
        seed: 5,
        executions,
        minimise: false,
      });
      const together = await onThreads(variant, strategy, { executions });
      assert.equal(together.counts.executions, executions);
      assert.equal(together.counts.steps, alone.counts.steps);
      assert.equal(together.counts.stalled, alone.counts.stalled);
      assert.equal(together.counts.traces, alone.counts.traces);
      assert.deepEqual(findings(together), findings(alone));
      assert.match(together.statement, /301 executions chosen by \w+, .*, on 2 threads$/);
    });
  }

  test('by a strategy that learns finds the same kinds of findings', async () => {
    const together = await onThreads('v3.19', 'portfolio', { executions: 400 });
    assert.ok(together.findings.some(({ finding }) => finding.kind === 'deadlock'));
    assert.ok(together.findings.every(({ origin }) => origin.strategy !== 'portfolio'));
  });

  test('ends when the signal comes, and keeps what was found', async () => {
    const controller = new AbortController();
    const running = exploreParallel(program('v3.19'), {
      url,
      strategy: 'random',
      strategyOptions,
      seed: 5,
      threads: 2,
      minimise: false,
      signal: controller.signal,
      onFinding: () => controller.abort(),
    });
    const exploration = await running;
    assert.ok(exploration.interrupted);
    assert.ok(exploration.findings.length > 0);
  });
});
