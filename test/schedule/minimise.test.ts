import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Arena, Mutex, Step, Word } from '../../src/program/index.ts';
import { minimise, type ShortSchedule } from '../../src/schedule/minimise.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import { abba, hotplug, reorder3, twostage } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';

/**
 * Executions of a random walk that showed a finding of the kind: their steps and the finding's key.
 */
function* met(
  program: Program,
  kind: string,
  count: number,
): Generator<{ agents: number[]; key: string }> {
  const coroutines = new Coroutines(program);
  let found = 0;
  for (let execution = 0; found < count && execution < 20_000; execution++) {
    coroutines.runAll(new RandomWalk({ seed: 1 }), execution, () => true);
    const finding = coroutines.findings.find((one) => one.kind === kind);
    if (finding === undefined) continue;
    found++;
    yield { agents: [...coroutines.record.steps().agents], key: finding.key };
  }
  assert.equal(found, count, 'the walk met it often enough');
}

/** The keys of what a schedule shows. */
function shown(program: Program, { steps }: ShortSchedule): string[] {
  const coroutines = new Coroutines(program);
  coroutines.runAll(new Replay(steps, program.subject), 0, () => true);
  return coroutines.findings.map(({ key }) => key);
}

describe('minimising', () => {
  const cases: readonly { name: string; make: () => Program; kind: string; preemptions: number }[] =
    [
      { name: 'abba(2)', make: () => abba(2), kind: 'deadlock', preemptions: 1 },
      { name: 'philosophers(3)', make: () => abba(3), kind: 'deadlock', preemptions: 1 },
      { name: 'hotplug', make: () => hotplug(false), kind: 'deadlock', preemptions: 1 },
      { name: 'twostage', make: twostage, kind: 'assertion-failed', preemptions: 1 },
      { name: 'reorder_3', make: reorder3, kind: 'assertion-failed', preemptions: 1 },
    ];
  for (const { name, make, kind, preemptions } of cases) {
    test(`${name} comes down to ${preemptions} preemption, and shows the same`, () => {
      const program = make();
      for (const { agents, key } of met(program, kind, 5)) {
        const short = minimise(program, agents, key)!;
        assert.equal(short.preemptions, preemptions);
        assert.ok(short.fewestPreemptions);
        assert.ok(short.steps.agents.length <= agents.length);
        assert.ok(shown(program, short).includes(key));
      }
    });
  }

  test('abba(2) comes down to two steps: each agent its first lock', () => {
    const program = abba(2);
    const [{ agents, key } = { agents: [], key: '' }] = met(program, 'deadlock', 1);
    const short = minimise(program, agents, key)!;
    assert.equal(short.steps.agents.length, 2);
  });

  test('leaves out an agent that has nothing to do with it', () => {
    interface World {
      readonly x: Word;
      readonly y: Word;
      readonly m: Mutex;
    }
    const idle = function* ({ y }: World): Step<void> {
      for (let i = 0; i < 5; i++) yield* y.add(1);
    };
    const racing = function* ({ x, y }: World): Step<void> {
      yield* y.load();
      yield* x.write(1);
    };
    const program = sampleProgram<World>({
      setup: (arena: Arena) => ({ x: arena.word('x'), y: arena.word('y'), m: arena.mutex('m') }),
      agents: { idle, a: racing, b: racing },
    });
    for (const { agents, key } of met(program, 'data-race', 5)) {
      const short = minimise(program, agents, key)!;
      assert.ok(!short.steps.agents.includes(0), 'the idle agent does not move');
      assert.equal(short.steps.agents.length, 4);
      assert.equal(short.preemptions, 0);
    }
  });

  test('of a schedule that does not show the finding gives nothing', () => {
    const program = abba(2);
    const [{ key } = { key: '' }] = met(program, 'deadlock', 1);
    assert.equal(minimise(program, [0, 0, 0, 0], key), undefined);
    assert.equal(minimise(program, [0, 1], 'another key'), undefined);
  });
});
