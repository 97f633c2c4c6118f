import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import type { RecordedSteps } from '../../src/execute/schedule-record.ts';
import { ControlledRun } from '../../src/execute/threads/controlled-run.ts';
import { UserError, type Scenario } from '../../src/program/index.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import stress from './scenarios/stress.ts';
import wrong from './scenarios/wrong.ts';

const files = { wrong: './scenarios/wrong.ts', stress: './scenarios/stress.ts' };

function programOf(file: keyof typeof files, form: string): { program: Program; url: string } {
  const scenario = (file === 'wrong' ? wrong : stress) as unknown as Scenario;
  const program = instantiate(scenario, { variant: 'default', form });
  return { program, url: new URL(files[file], import.meta.url).href };
}

interface Recorded {
  readonly steps: RecordedSteps;
  readonly keys: string[];
}

/** One random execution on coroutines that satisfies the wish. */
function recorded(program: Program, wish: (keys: readonly string[]) => boolean): Recorded {
  const coroutines = new Coroutines(program);
  for (let execution = 0; execution < 1000; execution++) {
    coroutines.runAll(new RandomWalk({ seed: 1 }), execution, () => true);
    const keys = coroutines.findings.map(({ key }) => key).sort();
    if (wish(keys)) return { steps: coroutines.record.steps(), keys };
  }
  throw new Error('the walk never met it');
}

describe('a schedule replayed on controlled threads', () => {
  const wishes = [
    { file: 'wrong', form: 'abba', kind: 'deadlock' },
    { file: 'wrong', form: 'race', kind: 'data-race' },
    { file: 'wrong', form: 'throws', kind: 'failed' },
    { file: 'wrong', form: 'checks', kind: 'failed' },
    { file: 'wrong', form: 'waits', kind: 'deadlock' },
  ] as const;
  for (const { file, form, kind } of wishes) {
    test(`shows the same as on coroutines, 20 times of 20: ${form}`, async () => {
      const { program, url } = programOf(file, form);
      const wanted = recorded(program, (keys) => keys.some((key) => key.startsWith(kind)));
      const run = await ControlledRun.open(program, url, wanted.steps);
      try {
        for (let i = 0; i < 20; i++) {
          const { findings, steps } = await run.replay();
          assert.deepEqual(findings.map(({ key }) => key).sort(), wanted.keys);
          assert.equal(steps, wanted.steps.agents.length);
        }
      } finally {
        await run.close();
      }
    });
  }

  for (const form of ['mutex', 'rwSemaphore', 'percpu', 'activeRef', 'restart']) {
    test(`goes through all kinds of operations as coroutines do: ${form}`, async () => {
      const { program, url } = programOf('stress', form);
      const wanted = recorded(program, () => true);
      const run = await ControlledRun.open(program, url, wanted.steps);
      try {
        const { findings, steps } = await run.replay();
        assert.deepEqual(findings.map(({ key }) => key).sort(), wanted.keys);
        assert.equal(steps, wanted.steps.agents.length);
      } finally {
        await run.close();
      }
    });
  }
});

describe('a schedule that does not fit, on controlled threads,', () => {
  const refused = async (form: string, steps: RecordedSteps): Promise<string> => {
    const { program, url } = programOf('wrong', form);
    const run = await ControlledRun.open(program, url, steps);
    try {
      await run.replay();
      return 'accepted';
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      return error.message;
    } finally {
      await run.close();
    }
  };
  const steps = (agents: number[], kinds: number[] = agents.map(() => 0)): RecordedSteps => ({
    agents: Int32Array.from(agents),
    kinds: Int32Array.from(kinds),
    objects: new Int32Array(agents.length),
  });

  test('says at which step the agent is at another operation', async () => {
    const { program } = programOf('wrong', 'race');
    const other = recorded(programOf('wrong', 'throws').program, () => true).steps;
    const object = program.subject.named('one');
    const wanted = { ...other, objects: other.objects.map(() => object) };
    assert.match(
      await refused('race', wanted),
      /diverges at step 1 of \d+: expected writer\d at \S+ one; found it at load x$/,
    );
  });

  test('says at which step the agent cannot go on', async () => {
    assert.equal(
      await refused('abba', steps([0, 0, 1])),
      'replay on threads diverges at step 3 of 3: expected backwards at any operation; ' +
        'found it at acquire two, which cannot go on',
    );
  });

  test('says that the agent has ended', async () => {
    assert.match(
      await refused('race', steps([0, 0, 0])),
      /^replay on threads diverges at step 3 of 3: expected writer1; it has ended$/,
    );
  });
});
