import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import type { RecordedSteps } from '../../src/execute/schedule-record.ts';
import { runFree, type FreeOutcome } from '../../src/execute/threads/free-run.ts';
import { UserError, type Scenario } from '../../src/program/index.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import { alive, expectAlive } from './alive.ts';
import gone from './scenarios/gone.ts';
import notOnThreads from './scenarios/not-on-threads.ts';
import otherLayout from './scenarios/other-layout.ts';
import stress from './scenarios/stress.ts';
import wrong from './scenarios/wrong.ts';

function urlOf(file: string): string {
  return new URL(`scenarios/${file}.ts`, import.meta.url).href;
}

interface Run {
  readonly program: Program;
  readonly outcome: FreeOutcome;
  /** Kind and title of each finding, once. */
  readonly titles: readonly string[];
  /** What was captured with the first finding. */
  readonly first: { readonly key: string; readonly steps: RecordedSteps } | undefined;
}

/** @param enough - iterations after which it is interrupted */
async function freely<World>(
  scenario: Scenario<World>,
  file: string,
  form: string,
  seconds: number,
  enough = Infinity,
): Promise<Run> {
  const program = instantiate(scenario as Scenario, { variant: 'default', form });
  const titles = new Set<string>();
  let first: Run['first'];
  const controller = new AbortController();
  const outcome = await runFree(program, {
    scenario: urlOf(file),
    seconds,
    seed: 1,
    signal: controller.signal,
    onProgress: ({ iterations }) => {
      if (iterations >= enough) controller.abort();
    },
    onFindings: (findings, steps) => {
      for (const { kind, title, key } of findings) {
        titles.add(`${kind}: ${title}`);
        first ??= { key, steps };
      }
    },
  });
  return { program, outcome, titles: [...titles].sort(), first };
}

// Each iteration's log is carried out once more against the operation table: a lock that answers
// anything that the table would not ends the run with an error. Delays are random, so that threads
// meet in many ways.
describe('on free threads the locks do what the operation table says:', () => {
  for (const form of Object.keys(stress.forms)) {
    test(`${form}, and no count is lost`, async () => {
      const { outcome, titles } = await freely(stress, 'stress', form, 60, 6);
      const orders = titles.filter((title) => !title.startsWith('lock-inversion'));
      assert.deepEqual(orders, []);
      assert.equal(outcome.deadlocked, false);
      assert.ok(outcome.counts.iterations >= 6, `${outcome.counts.iterations} iterations`);
      assert.equal(outcome.counts.unlogged, 0);
    });
  }
});

describe('on free threads', () => {
  test('two orders of two locks hang, are reported, and end', async () => {
    const before = alive();
    // Twenty rounds an iteration with delays: an iteration hangs more often than not.
    const { program, outcome, first, titles } = await freely(wrong, 'wrong', 'abba', 20);
    assert.equal(outcome.deadlocked, true);
    assert.ok(titles.includes('deadlock: deadlock: backwards and forwards wait for each other'));
    await expectAlive(before);
    const coroutines = new Coroutines(program);
    coroutines.runAll(new Replay(first!.steps, program.subject), 0, () => true);
    assert.ok(
      coroutines.findings.some(({ key }) => key === first!.key),
      'coroutines replay it',
    );
  });

  test('a wait that nobody ends is a deadlock', async () => {
    const { outcome, titles } = await freely(wrong, 'wrong', 'waits', 20);
    assert.equal(outcome.deadlocked, true);
    assert.deepEqual(titles, [
      'deadlock: deadlock: waiting for a value that never comes (waiter for x)',
    ]);
  });

  test('a deadlock that is too late for the logs is said to be untold', async () => {
    const { outcome, titles } = await freely(wrong, 'wrong', 'waitsLate', 60);
    const { deadlocked, untold, counts } = outcome;
    assert.deepEqual([deadlocked, untold, counts.unlogged, titles], [true, true, 1, []]);
    const waits = await freely(wrong, 'wrong', 'waits', 20);
    assert.deepEqual([waits.outcome.deadlocked, waits.outcome.untold], [true, false]);
  });

  test('an agent that throws is a finding, and the run goes on', async () => {
    const { outcome, titles } = await freely(wrong, 'wrong', 'throws', 60, 2);
    assert.deepEqual(titles, ['agent-failed: agent thrower failed: out of luck']);
    assert.ok(outcome.counts.iterations > 1);
  });

  // What is asked is again that the log is an execution: whose release it was, and when.
  test('locks that others release, or initialise again, do what the table says', async () => {
    for (const form of ['unlocks', 'again']) {
      const { outcome, titles } = await freely(wrong, 'wrong', form, 60, 30);
      assert.equal(outcome.deadlocked, false);
      assert.equal(titles.length, 1, titles.join('\n'));
    }
  });

  test('an agent that throws with a lock held is told, though another hangs then', async () => {
    const { outcome, titles } = await freely(wrong, 'wrong', 'fails', 60);
    assert.equal(outcome.deadlocked, true);
    assert.deepEqual(titles, ['agent-failed: agent holder failed: with the lock held']);
  });

  test('a broken promise is a finding with its own words', async () => {
    const { titles } = await freely(wrong, 'wrong', 'checks', 60, 1);
    assert.deepEqual(titles, ['assertion-failed: x is one']);
  });

  test('a race is found though the values were fine', async () => {
    const { titles } = await freely(wrong, 'wrong', 'race', 60, 2);
    assert.ok(titles.some((title) => title.startsWith('data-race: data race on x')));
  });

  test('memory that was used long after it went was used after it went', async () => {
    const { titles } = await freely(gone, 'gone', 'after', 60, 3);
    assert.ok(
      titles.some((title) => title.startsWith('use-after-remove: ')),
      titles.join('\n'),
    );
  });

  test('memory that was used long before it went was not', async () => {
    const { titles } = await freely(gone, 'gone', 'before', 60, 3);
    assert.deepEqual(
      titles.filter((title) => title.startsWith('use-after-remove: ')),
      [],
    );
  });

  test('who waits for an agent that is busy at an interruption is not deadlocked', async () => {
    const program = instantiate(wrong as Scenario, { variant: 'default', form: 'busy' });
    const controller = new AbortController();
    const { memory, objects } = program.arena;
    const { base } = objects.find(({ name }) => name === 'x')!;
    const look = setInterval(() => {
      if (Atomics.load(memory, base) === 7) controller.abort();
    }, 10);
    const titles: string[] = [];
    const outcome = await runFree(program, {
      scenario: urlOf('wrong'),
      seconds: 60,
      seed: 1,
      signal: controller.signal,
      onFindings: (findings) => titles.push(...findings.map(({ title }) => title)),
    });
    clearInterval(look);
    assert.deepEqual(titles, []);
    assert.ok(outcome.interrupted);
    assert.equal(outcome.deadlocked, false);
  });

  test('an interrupted run ends at once and leaves nothing alive', async () => {
    const before = alive();
    const program = instantiate(stress as Scenario, { variant: 'default', form: 'mutex' });
    const controller = new AbortController();
    const outcome = await runFree(program, {
      scenario: urlOf('stress'),
      seconds: 60,
      seed: 1,
      signal: controller.signal,
      onFindings: () => undefined,
      onProgress: () => controller.abort(),
    });
    assert.equal(outcome.interrupted, true);
    await expectAlive(before);
  });
});

describe('a scenario that does not run on threads is one clear line, and nothing hangs:', () => {
  const refused = async <World>(
    scenario: Scenario<World>,
    file: string,
    form = 'full',
  ): Promise<string> => {
    const before = alive();
    const outcome = await freely(scenario, file, form, 5).then(
      () => 'accepted',
      (error: unknown) => {
        assert.ok(error instanceof UserError, String(error));
        return error.message;
      },
    );
    await expectAlive(before);
    assert.ok(!outcome.includes('\n'));
    return outcome;
  };

  test('a module that does not load there', async () => {
    assert.match(
      await refused(notOnThreads, 'not-on-threads'),
      /not-on-threads\.ts\S* does not load: .*this module wants the main thread/,
    );
  });

  test('a module that is not there', async () => {
    assert.match(await refused(notOnThreads, 'nowhere'), /nowhere\.ts/);
  });

  test('a set-up that lays out something else there', async () => {
    assert.match(
      await refused(otherLayout, 'other-layout'),
      /set-up is not deterministic: it laid out \d+ bytes here and \d+ bytes elsewhere/,
    );
  });

  test('an operation that was made and never yielded', async () => {
    assert.match(
      await refused(wrong, 'wrong', 'forgets'),
      /an operation was made but never yielded/,
    );
  });
});
