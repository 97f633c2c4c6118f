import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import { ControlledRun } from '../../src/execute/threads/controlled-run.ts';
import { runFree } from '../../src/execute/threads/free-run.ts';
import type { Scenario } from '../../src/program/index.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import spawns from './scenarios/spawns.ts';

const url = new URL('scenarios/spawns.ts', import.meta.url).href;

function programOf(form: string): Program {
  return instantiate(spawns as unknown as Scenario, { variant: 'default', form });
}

const race = 'data-race: data race on x: nothing orders the two accesses';
const twice = 'spawned-twice: first is spawned twice: an agent runs once';
const inVain =
  'deadlock: deadlock: waiting for the end of an agent that is never spawned (inVain for second)';
const underLock = 'deadlock: deadlock: first and underLock wait for each other';

describe('on free threads', () => {
  const freely = async (form: string, seconds: number) => {
    const program = programOf(form);
    const titles = new Set<string>();
    const schedules: Int32Array[] = [];
    const outcome = await runFree(program, {
      scenario: url,
      seconds,
      seed: 1,
      onFindings: (findings) => {
        for (const { kind, title } of findings) titles.add(`${kind}: ${title}`);
      },
      onIteration: ({ agents }) => schedules.push(agents),
    });
    return { outcome, titles: [...titles].sort(), schedules };
  };

  const clean = [
    ['in-turn', []],
    ['at-once', [race]],
    ['neither', []],
    ['twice', [twice]],
  ] as const;
  for (const [form, expected] of clean) {
    test(`all comes out as on coroutines: ${form}`, async () => {
      const { outcome, titles } = await freely(form, 0.3);
      assert.deepEqual(titles, expected);
      assert.equal(outcome.deadlocked, false);
      assert.ok(outcome.counts.iterations > 5, `${outcome.counts.iterations} iterations`);
    });
  }

  test('whom nobody starts is let go in iterations in which nobody does', async () => {
    const { outcome, schedules } = await freely('perhaps', 0.5);
    assert.equal(outcome.deadlocked, false);
    const second = programOf('perhaps').subject.agentNames.indexOf('second');
    const without = schedules.filter((agents) => !agents.includes(second)).length;
    assert.ok(without > 0, `${without} of ${schedules.length} iterations`);
  });

  test('a join in vain, and one of somebody who waits for the joiner, are deadlocks', async () => {
    const vain = await freely('in-vain', 20);
    assert.deepEqual([vain.outcome.deadlocked, vain.titles], [true, [inVain]]);
    const locked = await freely('under-lock', 20);
    assert.equal(locked.outcome.deadlocked, true);
    assert.ok(locked.titles.includes(underLock));
  });
});

describe('a schedule with spawns', () => {
  for (const form of ['at-once', 'under-lock', 'in-vain']) {
    test(`replays on coroutines and on controlled threads: ${form}`, async () => {
      const program = programOf(form);
      const coroutines = new Coroutines(program);
      coroutines.runAll(new RandomWalk({ seed: 3 }), 0, () => true);
      const keys = coroutines.findings.map(({ key }) => key).sort();
      const steps = coroutines.record.steps();
      coroutines.runAll(new Replay(steps, program.subject), 0, () => true);
      assert.deepEqual(coroutines.findings.map(({ key }) => key).sort(), keys);
      const run = await ControlledRun.open(program, url, steps);
      try {
        const { findings } = await run.replay();
        assert.deepEqual(findings.map(({ key }) => key).sort(), keys);
      } finally {
        await run.close();
      }
    });
  }
});
