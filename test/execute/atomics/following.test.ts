import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkForm } from '../../../src/execute/atomics/check-scenario.ts';
import { CheckSession } from '../../../src/execute/atomics/check-session.ts';
import { UnsteadyThread } from '../../../src/execute/atomics/unsteady-thread.ts';
import type { Exploration } from '../../../src/schedule/explore.ts';
import { exploreAnew } from '../../../src/schedule/explore-anew.ts';
import { strategyNamed, unbounded } from '../../../src/schedule/strategies/registry.ts';

/** What exploring with plain accesses unseen comes to, and how often threads were asked. */
interface Followed extends Exploration {
  readonly titles: readonly string[];
  /** Times that the explorer let a thread go on. */
  readonly asked: number;
  /** Times that the script gave the turn to another thread. */
  readonly handOvers: number;
}

async function followed(name: string, strategy: string, executions: number): Promise<Followed> {
  const url = new URL(`./programs/${name}.js`, import.meta.url);
  const session = await CheckSession.open(url, { plain: false, stepsMax: 200 });
  let exploration: Exploration;
  let asked: number;
  try {
    const variant = Object.keys(session.scenario.variants)[0]!;
    const options = { seed: 1, depth: 3, preemptions: unbounded, delays: unbounded };
    exploration = await exploreAnew(
      session.scenario,
      { variant, form: checkForm },
      { seed: 1, executions, strategy: () => strategyNamed(strategy, options) },
    );
    asked = session.drivers.reduce((sum, { turns }) => sum + turns, 0);
  } finally {
    await session.close();
  }
  const titles = exploration.findings.map(({ finding }) => finding.title);
  return { ...exploration, titles, asked, handOvers: session.script.handOvers };
}

describe('threads that follow known executions by themselves', () => {
  for (const strategy of ['random', 'pct', 'dfs', 'dpor']) {
    test(`do and see what they did when they were asked: ${strategy}`, async () => {
      const { titles, handOvers } = await followed('unseen', strategy, 400);
      assert.deepEqual(titles, []);
      assert.ok(handOvers > 0, 'nothing was followed');
    });
  }

  test('are asked only for what is new', async () => {
    // Two threads of 2 and 3 steps: ten orders. The rarest come once in 16 random executions, so
    // that 300 miss one of them once in a hundred million times.
    const few = await followed('unseen', 'random', 300);
    const many = await followed('unseen', 'random', 600);
    assert.equal(many.asked, few.asked);
    assert.ok(many.handOvers > few.handOvers + 600);
  });

  test('show what only unseen memory shows', async () => {
    const { titles } = await followed('unseen-wrong', 'dfs', 100);
    assert.deepEqual(titles, ['invariant violated: check']);
  });

  test('leave where the others wait for ever', async () => {
    const { titles, counts } = await followed('lost-wake-up', 'random', 300);
    assert.deepEqual(titles, [
      'deadlock: waiting for a notify that never comes (waiter for flag[1])',
    ]);
    assert.equal(counts.executions, 300);
  });

  test('are told from threads that keep state', async () => {
    await assert.rejects(followed('forgetful', 'random', 200), UnsteadyThread);
  });

  test('are told from threads whose memory is not what it was', async () => {
    await assert.rejects(followed('forgetful-unseen', 'random', 200), UnsteadyThread);
  });

  test('are asked at each step where messages pass', async () => {
    const { titles, handOvers } = await followed('channel', 'random', 50);
    assert.deepEqual(titles, []);
    assert.ok(handOvers < 50, `${handOvers}`);
  });

  test('follow many thousands of steps, more than there is room for', async () => {
    const { counts, titles } = await followed('unseen-loop', 'random', 800);
    assert.deepEqual(titles, []);
    assert.equal(counts.executions, 800);
  });
});
