import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { RecordedSteps } from '../../src/execute/schedule-record.ts';
import { attempt, retry, type Arena, type Step } from '../../src/program/index.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { DivergenceError, Replay } from '../../src/schedule/strategies/replay.ts';
import { abba, counter } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { strategySuite } from './strategy-suite.ts';

/** What one random execution of the program did. */
function recorded(program: Program, seed: number): RecordedSteps {
  const coroutines = new Coroutines(program);
  coroutines.runAll(new RandomWalk({ seed }), 0, () => true);
  return coroutines.record.steps();
}

/** Replays the steps on the program; the agents that moved. */
function replayed(program: Program, steps: RecordedSteps): number[] {
  const coroutines = new Coroutines(program);
  coroutines.runAll(new Replay(steps, program.subject), 0, () => true);
  return [...coroutines.record.steps().agents];
}

strategySuite({
  name: 'replay',
  make: (seed, program) => new Replay(recorded(program, seed), program.subject),
  skips: { 'any execution alone': 'it has one execution' },
});

describe('a replay', () => {
  test('does what was recorded, a hundred times of a hundred', () => {
    const program = abba(3);
    for (let seed = 0; seed < 100; seed++) {
      const steps = recorded(program, seed);
      assert.deepEqual(replayed(program, steps), [...steps.agents]);
    }
  });

  test('goes on with the agent that moved last when its schedule is through', () => {
    const program = counter(2, 1);
    const steps = { agents: Int32Array.of(1), kinds: Int32Array.of(0), objects: Int32Array.of(0) };
    assert.deepEqual(replayed(program, steps), [1, 1, 1, 1, 0, 0, 0, 0]);
  });

  /** What the replay says. */
  const diverges = (program: Program, steps: RecordedSteps): string => {
    try {
      replayed(program, steps);
    } catch (error) {
      assert.ok(error instanceof DivergenceError);
      return error.message;
    }
    return 'did not diverge';
  };
  const free = (...agents: number[]): RecordedSteps => ({
    agents: Int32Array.from(agents),
    kinds: new Int32Array(agents.length),
    objects: new Int32Array(agents.length),
  });

  test('of another program says at which step, what was expected and what could go', () => {
    const steps = recorded(abba(3), 1);
    const program = counter(3, 1);
    assert.match(
      diverges(program, steps).replaceAll(/adder\d at acquire lock/g, 'AT LOCK'),
      new RegExp(
        '^replay diverges at step 1 of \\d+: expected adder\\d at acquire \\S+; ' +
          'found AT LOCK; could go: AT LOCK, AT LOCK, AT LOCK$',
      ),
    );
  });

  test('says that the agent it wants has to wait', () => {
    assert.equal(
      diverges(counter(2, 1), free(0, 1)),
      'replay diverges at step 2 of 2: expected adder1; ' +
        'found adder1 at acquire lock, which cannot go on; could go: adder0 at read x',
    );
  });

  test('says that nobody can go on', () => {
    assert.equal(
      diverges(abba(2), free(0, 1, 0)),
      'replay diverges at step 3 of 3: expected taker0; ' +
        'found taker0 at acquire lock1, which cannot go on; could go: nobody',
    );
  });

  test('says that the agent it wants has ended, or all have', () => {
    assert.equal(
      diverges(counter(2, 1), free(0, 0, 0, 0, 0)),
      'replay diverges at step 5 of 5: expected adder0; ' +
        'found adder0, which has ended, which cannot go on; could go: adder1 at acquire lock',
    );
    assert.match(
      diverges(counter(1, 1), free(0, 0, 0, 0, 0)),
      /^replay diverges at step 5 of 5: expected adder0; found adder0, which has ended/,
    );
  });

  test('may end a retry early: its time can be up though nothing has changed', () => {
    const setup = (arena: Arena) => ({ m: arena.mutex('m') });
    type World = ReturnType<typeof setup>;
    const program = sampleProgram<World>({
      setup,
      agents: {
        *a({ m }): Step<void> {
          yield* m.acquire();
          yield* m.release();
        },
        *b({ m }): Step<void> {
          for (;;) {
            yield* attempt();
            if (yield* m.tryAcquire()) break;
            yield* retry(5);
          }
          yield* m.release();
        },
      },
    });
    assert.deepEqual(replayed(program, free(0, 1, 1, 1, 0, 1)), [0, 1, 1, 1, 0, 1, 1, 1]);
  });
});
