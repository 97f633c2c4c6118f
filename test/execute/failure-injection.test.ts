import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { parseDeath } from '../../src/execute/deaths.ts';
import { instantiate } from '../../src/execute/program.ts';
import { AgentLostError } from '../../src/execute/threads/agent-lost.ts';
import { ControlledRun } from '../../src/execute/threads/controlled-run.ts';
import { runFree } from '../../src/execute/threads/free-run.ts';
import { UserError, type Scenario } from '../../src/program/index.ts';
import { explore } from '../../src/schedule/explore.ts';
import { strategyNamed } from '../../src/schedule/strategies/registry.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import failing from './scenarios/failing.ts';
import stress from './scenarios/stress.ts';
import wrong from './scenarios/wrong.ts';
import { expectAlive, alive } from './alive.ts';

function urlOf(name: string): string {
  return new URL(`scenarios/${name}.ts`, import.meta.url).href;
}

/** What a run on free threads is lost by. */
async function lost(form: string): Promise<AgentLostError> {
  const before = alive();
  const program = instantiate(failing as Scenario, { variant: 'default', form });
  try {
    await runFree(program, {
      scenario: urlOf('failing'),
      seconds: 1,
      seed: 0,
      heapMb: 32,
      onFindings: () => undefined,
    });
  } catch (error) {
    assert.ok(error instanceof AgentLostError, String(error));
    await expectAlive(before);
    return error;
  }
  throw new Error('nothing was lost');
}

/** What a replay of a random execution on controlled threads is lost by. */
async function lostInReplay(form: string): Promise<AgentLostError> {
  const before = alive();
  const choice = { variant: 'default', form };
  const program = instantiate(failing as Scenario, choice);
  const coroutines = new Coroutines(program);
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => true);
  const steps = coroutines.record.steps();
  const run = await ControlledRun.open(program, urlOf('failing'), steps);
  try {
    await run.replay();
  } catch (error) {
    assert.ok(error instanceof AgentLostError, String(error));
    return error;
  } finally {
    await run.close();
    await expectAlive(before);
  }
  throw new Error('nothing was lost');
}

describe('an agent whose thread is lost is reported, with the schedule so far:', () => {
  const losses: readonly [form: string, message: RegExp][] = [
    ['hungry', /^agent hungry: its thread died: .*memory/],
    ['busy', /^agent busy: it is busy and comes to no further operation$/],
    ['leaver', /^agent leaver: its thread died: /],
  ];
  for (const [form, message] of losses) {
    test(`${form}, on free threads, and no thread is left`, async () => {
      const error = await lost(form);
      assert.match(error.message, message);
      assert.ok((error.steps?.agents.length ?? 0) > 0, 'steps');
    });

    test(`${form}, in a replay on controlled threads, and no thread is left`, async () => {
      const error = await lostInReplay(form);
      assert.match(error.message, message);
    });
  }
});

describe('an agent that is killed by injection', () => {
  const search = (): Strategy =>
    strategyNamed('dfs', { seed: 1, depth: 3, preemptions: Infinity, delays: Infinity });

  async function titles(death: string): Promise<string[]> {
    const choice = { variant: 'default', form: 'abba', deaths: [parseDeath(death)] };
    const { findings } = await explore(instantiate(wrong as Scenario, choice), {
      strategy: search(),
      executions: 300,
      seed: 1,
    });
    return findings.map(({ finding }) => finding.title);
  }

  test('leaves what it holds, and who waits for it is told of', async () => {
    const seen = await titles('forwards@1');
    const waits = 'deadlock: waiting for a lock whose holder was killed (backwards for one)';
    assert.ok(seen.includes(waits), seen.join('; '));
    assert.ok(!seen.some((title) => title.startsWith('lock held at exit')), seen.join('; '));
  });

  test('leaves nothing where it holds nothing', async () => {
    assert.deepEqual(await titles('forwards@0'), []);
  });

  test('dies at any operation, on free threads too, and nothing hangs', async () => {
    const before = alive();
    for (const operations of [0, 1, 2, 3]) {
      const choice = { variant: 'default', form: 'abba' };
      const deaths = [{ agent: 'forwards', operations }];
      const program = instantiate(wrong as Scenario, { ...choice, deaths });
      const seen = new Set<string>();
      const { deadlocked } = await runFree(program, {
        scenario: urlOf('wrong'),
        seconds: 1,
        seed: 1,
        onFindings: (findings) => findings.forEach(({ title }) => seen.add(title)),
      });
      const holds = operations > 0;
      assert.equal(deadlocked, holds, `${operations}: ${[...seen].join('; ')}`);
      if (holds) assert.match([...seen].join('; '), /holder was killed|wait for each other/);
    }
    await expectAlive(before);
  });

  test('dies at the same place on controlled threads', async () => {
    const before = alive();
    const deaths = [{ agent: 'forwards', operations: 1 }];
    const choice = { variant: 'default', form: 'abba', deaths };
    const program = instantiate(wrong as Scenario, choice);
    const coroutines = new Coroutines(program);
    // In the first of these orders the one that dies comes first.
    coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => coroutines.findings.length > 0);
    const keys = coroutines.findings.map(({ key }) => key);
    const run = await ControlledRun.open(program, urlOf('wrong'), coroutines.record.steps());
    try {
      const { findings } = await run.replay();
      assert.deepEqual(
        findings.map(({ key }) => key),
        keys,
      );
    } finally {
      await run.close();
    }
    await expectAlive(before);
  });

  test('may die while it waits for a lock that it never gets, which changes nothing', async () => {
    const deaths = [{ agent: 'waiter', operations: 1 }];
    const program = instantiate(wrong as Scenario, { variant: 'default', form: 'waits', deaths });
    const { findings } = await explore(program, { strategy: search(), executions: 10, seed: 1 });
    assert.match(findings[0]?.finding.title ?? '', /a value that never comes \(waiter for x\)/);
  });

  test('must be one of the form', () => {
    const deaths = [{ agent: 'nobody', operations: 1 }];
    assert.throws(
      () => instantiate(stress as Scenario, { variant: 'default', form: 'mutex', deaths }),
      (error) => error instanceof UserError && /has no agent "nobody" to kill/.test(error.message),
    );
  });

  for (const text of ['one', '@1', 'one@', 'one@-1', 'one@1.5', 'one@9999999']) {
    test(`is given as AGENT@N, not as "${text}"`, () => {
      assert.throws(() => parseDeath(text), /expected a death as AGENT@N/);
    });
  }
});
