import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { ControlledRun } from '../../src/execute/threads/controlled-run.ts';
import { runFree } from '../../src/execute/threads/free-run.ts';
import { currentAgent, type Scenario } from '../../src/program/index.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import whoAmI from './scenarios/who-am-i.ts';

const program = instantiate(whoAmI as Scenario, { variant: 'default', form: 'full' });
const url = new URL('scenarios/who-am-i.ts', import.meta.url).href;

describe('currentAgent()', () => {
  test('names the agent that runs, as coroutines', () => {
    const coroutines = new Coroutines(program);
    let executions = 0;
    coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => {
      assert.deepEqual(coroutines.findings, []);
      return ++executions === 50;
    });
  });

  test('names it on threads that follow a schedule', async () => {
    const coroutines = new Coroutines(program);
    coroutines.runAll(new RandomWalk({ seed: 1 }), 7, () => true);
    const run = await ControlledRun.open(program, url, coroutines.record.steps());
    try {
      assert.deepEqual((await run.replay()).findings, []);
    } finally {
      await run.close();
    }
  });

  test('names it on free threads', async () => {
    const found: string[] = [];
    const outcome = await runFree(program, {
      scenario: url,
      seconds: 0.3,
      seed: 1,
      onFindings: (findings) => found.push(...findings.map(({ title }) => title)),
    });
    assert.deepEqual(found, []);
    assert.ok(outcome.counts.iterations > 0);
  });

  test('is an error outside of an agent', () => {
    assert.throws(() => currentAgent(), /called outside of an agent/);
  });
});
