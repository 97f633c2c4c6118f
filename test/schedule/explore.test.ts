import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pause, type Arena, type Mutex, UserError, type Word } from '../../src/program/index.ts';
import { explore, type ExploreOptions } from '../../src/schedule/explore.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, counter } from '../execute/classic-programs.ts';
import { sampleProgram, type Sample } from '../execute/sample-programs.ts';

const all = (preemptions: number = unbounded): ExploreOptions => ({
  strategy: new DepthFirst({ preemptions }),
  seed: 0,
});

describe('an exploration says', () => {
  test('that it was complete', async () => {
    const { complete, statement, counts } = await explore(counter(2, 2), all());
    assert.equal(complete, true);
    assert.equal(
      statement,
      'explored completely: 6 executions are all there are up to the order of independent steps',
    );
    assert.equal(counts.executions, 6);
    assert.equal(counts.completed, 6);
  });

  test('that it was complete within a bound', async () => {
    const { complete, statement } = await explore(abba(2), all(0));
    assert.equal(complete, true);
    assert.match(statement, /^explored completely with at most 0 preemptions: 2 executions/);
  });

  test('that it was stopped before', async () => {
    const { complete, statement } = await explore(counter(3, 2), { ...all(), executions: 10 });
    assert.equal(complete, false);
    assert.match(statement, /^not complete: stopped after 10 executions: by what was run about /);
  });

  test('that executions were cut off', async () => {
    const program = sampleProgram({
      setup: (arena: Arena) => ({ x: arena.word('x') }),
      agents: {
        *a({ x }) {
          while ((yield* x.load()) === 0) yield* pause();
        },
      },
      stepsMax: 50,
    });
    const { complete, statement } = await explore(program, all());
    assert.equal(complete, false);
    assert.match(statement, /^not complete: 1 of 1 \w+ w\w+ cut off at the step bound/);
  });

  test('that a random strategy is never complete', async () => {
    const options = { strategy: new RandomWalk({ seed: 1 }), seed: 1, executions: 100 };
    const { complete, statement } = await explore(counter(2, 1), options);
    assert.equal(complete, false);
    assert.match(statement, /^not complete: 100 executions/);
  });

  test('how its executions ended, and what each finding is, once', async () => {
    const { counts, findings } = await explore(abba(3), all());
    assert.equal(counts.completed, 6);
    assert.equal(counts.stalled, 1);
    const kinds = findings.map(({ finding }) => `${finding.kind} ${finding.level}`);
    assert.deepEqual(kinds.sort(), ['deadlock happened', 'lock-inversion possible']);
    assert.equal(counts.findings, 2);
  });

  test('in how many executions a finding was met', async () => {
    const { findings } = await explore(abba(2), all(unbounded - 1));
    const deadlock = findings.find(({ finding }) => finding.kind === 'deadlock')!;
    assert.equal(deadlock.occurrences, 2);
  });
});

describe('an exploration', () => {
  test('keeps what it found when it is interrupted', async () => {
    const controller = new AbortController();
    const outcome = await explore(abba(2), {
      strategy: new Pct({ seed: 1, depth: 3 }),
      seed: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    assert.equal(outcome.interrupted, true);
    assert.ok(outcome.findings.length > 0);
  });

  test('ends after the time that it was given', async () => {
    const options = { strategy: new RandomWalk({ seed: 1 }), seed: 1, seconds: 0.1 };
    const { counts } = await explore(counter(3, 3), options);
    assert.ok(counts.elapsedMs >= 100 && counts.elapsedMs < 2000);
  });

  test('tells each finding as it comes', async () => {
    const told: string[] = [];
    const { findings } = await explore(abba(2), {
      ...all(),
      onFinding: ({ fingerprint }) => told.push(fingerprint),
    });
    assert.deepEqual(
      told,
      findings.map(({ fingerprint }) => fingerprint),
    );
  });

  test('gives a finding the same fingerprint whatever its schedule', async () => {
    const prints = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const options = { strategy: new RandomWalk({ seed }), seed, executions: 100 };
      const { findings } = await explore(abba(3), options);
      const deadlock = findings.find(({ finding }) => finding.kind === 'deadlock');
      if (deadlock !== undefined) prints.add(deadlock.fingerprint);
    }
    assert.equal(prints.size, 1);
  });
});

describe('a forgotten yield* is one line that names the place:', () => {
  const refused = async <World>(sample: Sample<World>): Promise<string> => {
    const outcome = await explore(sampleProgram(sample), all()).then(
      () => 'accepted',
      (error: unknown) => {
        assert.ok(error instanceof UserError);
        return error.message;
      },
    );
    return outcome.replace(/:\d+ in/, ':LINE in');
  };
  const setup = (arena: Arena) => ({ x: arena.word('x'), m: arena.mutex('m') });
  type World = ReturnType<typeof setup>;
  const message =
    'scenario "sample", at test/schedule/explore.test.ts:LINE in forgetful: ' +
    'an operation was made but never yielded: put `yield*` before it';

  test('before another operation', async () => {
    const agents = {
      *a({ x, m }: World) {
        yield* m.acquire();
        forgetful(x);
        yield* m.release();
      },
    };
    assert.equal(await refused({ setup, agents }), message);
  });

  test('yielded by `yield`, which would wait for ever', async () => {
    const agents = {
      *a({ x, m }: World) {
        yield* m.acquire();
        yield forgetful(x) as never;
        yield* m.release();
      },
    };
    assert.equal(await refused({ setup, agents }), message);
    const five = {
      *a({ m }: World) {
        yield* m.acquire();
        yield 5 as never;
      },
    };
    assert.match(await refused({ setup, agents: five }), /agent "a" yields what is no operation/);
  });

  test("at the agent's end", async () => {
    const agents = {
      *a({ x, m }: World) {
        yield* m.acquire();
        yield* m.release();
        forgetful(x);
      },
    };
    assert.equal(await refused({ setup, agents }), message);
  });

  test('before the first operation', async () => {
    const agents = {
      *a({ x, m }: World) {
        forgetful(x);
        yield* m.acquire();
      },
    };
    assert.equal(await refused({ setup, agents }), message);
  });

  function forgetful(x: World['x']): void {
    x.store(1);
  }
});

test('a use of what the set-up did not return is one line with the nearest name', async () => {
  const program = sampleProgram<{ counter: Word; lock: Mutex }>({
    setup: (arena: Arena) => ({ counter: arena.word('counter'), lock: arena.mutex('lock') }),
    agents: {
      *a(world) {
        yield* world.lock.acquire();
        yield* (world as unknown as { countr: Word }).countr.read();
      },
    },
  });
  const message = await explore(program, all()).then(
    () => 'accepted',
    (error: unknown) => (error as Error).message,
  );
  assert.equal(
    message.replace(/\.ts:\d+/, '.ts:LINE'),
    'scenario "sample", agent "a", at test/schedule/explore.test.ts:LINE: ' +
      '`world` has no `countr`: did you mean "counter"? its set-up declares counter, lock',
  );
});
