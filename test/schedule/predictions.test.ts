import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instantiate, type Program } from '../../src/execute/program.ts';
import type { Arena, Mutex, Step, Word } from '../../src/program/index.ts';
import { confirmationText } from '../../src/report/confirmation-text.ts';
import { findingText } from '../../src/report/finding-text.ts';
import { confirm } from '../../src/schedule/confirm.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import { recordFinding } from '../../src/schedule/finding-collector.ts';
import { DepthFirst } from '../../src/schedule/strategies/dfs.ts';
import { LooseReplay } from '../../src/schedule/strategies/loose-replay.ts';
import { sampleProgram, sampleScenario } from '../execute/sample-programs.ts';

interface World {
  readonly a: Mutex;
  readonly b: Mutex;
  readonly guard: Mutex;
  readonly x: Word;
}

const setup = (arena: Arena): World => ({
  a: arena.mutex('a'),
  b: arena.mutex('b'),
  guard: arena.mutex('guard'),
  x: arena.word('x'),
});

type Agents = Readonly<Record<string, (world: World) => Step<void>>>;

function* section(lock: Mutex): Step<void> {
  yield* lock.acquire();
  yield* lock.release();
}

function* nested(outer: Mutex, inner: Mutex): Step<void> {
  yield* outer.acquire();
  yield* section(inner);
  yield* outer.release();
}

/** What is predicted from the first execution of depth-first search: one agent after another. */
async function predicted(agents: Agents): Promise<Exploration> {
  const program = sampleProgram<World>({ setup, agents });
  const strategy = new DepthFirst({ preemptions: Infinity });
  return await explore(program, { strategy, seed: 1, executions: 1, predict: 1 });
}

const kindsOf = ({ findings }: Exploration): string[] =>
  findings.map(({ finding }) => `${finding.kind} ${finding.level}`);

/** Ordered by the lock wherever the writer comes first. */
const hiddenRace: Agents = {
  *writer({ a, x }) {
    yield* x.write(1);
    yield* section(a);
  },
  *reader({ a, x }) {
    yield* section(a);
    yield* x.read();
  },
};

/** The reader reads only where it found the lock taken, which another order does not show. */
const dependsOnTry = (readsAnyway: boolean): Agents => ({
  *writer({ a, b, x }) {
    yield* x.write(1);
    yield* section(b);
    yield* nested(a, b);
  },
  *reader({ a, b, x }) {
    const got = yield* a.tryAcquire();
    if (got) yield* a.release();
    if (got && !readsAnyway) return;
    yield* section(b);
    yield* x.read();
  },
});

describe('predictions of an execution', () => {
  test('a race that locks hide in it is carried out, and replays as any other', async () => {
    const result = await predicted(hiddenRace);
    assert.deepEqual(kindsOf(result), ['data-race happened']);
    assert.deepEqual(result.predictions, { executions: 1, predicted: 1, happened: 1 });
    const [record] = result.findings;
    assert.match(findingText(record!), /predicted from execution 0 of dfs, seed 1/);
    const again = instantiate(sampleScenario<World>({ setup, agents: hiddenRace }), {
      variant: 'default',
      form: 'full',
    });
    const replayed = recordFinding(again, record!.steps, record!.finding.key, record!.origin);
    assert.equal(replayed?.fingerprint, record!.fingerprint);
  });

  test('nothing is predicted where one lock covers both accesses', async () => {
    const covered = function* ({ a, x }: World): Step<void> {
      yield* a.acquire();
      yield* x.write(1);
      yield* a.release();
    };
    const result = await predicted({ one: covered, other: covered });
    assert.deepEqual(kindsOf(result), []);
    assert.equal(result.predictions!.predicted, 0);
  });

  test('a deadlock of locks in opposite orders is carried out', async () => {
    const result = await predicted({
      *one({ a, b }) {
        yield* nested(a, b);
      },
      *other({ a, b }) {
        yield* nested(b, a);
      },
    });
    assert.ok(kindsOf(result).includes('deadlock happened'), kindsOf(result).join());
  });

  test('no deadlock is predicted under a common lock', async () => {
    const guarded = function* (world: World, outer: Mutex, inner: Mutex): Step<void> {
      yield* world.guard.acquire();
      yield* nested(outer, inner);
      yield* world.guard.release();
    };
    const result = await predicted({
      *one(world) {
        yield* guarded(world, world.a, world.b);
      },
      *other(world) {
        yield* guarded(world, world.b, world.a);
      },
    });
    assert.deepEqual(kindsOf(result), ['lock-inversion guarded']);
  });
});

/** What is predicted where the reader tries while the writer holds the lock. */
async function predictedOfTry(agents: Agents): Promise<{ program: Program; result: Exploration }> {
  const program = sampleProgram<World>({ setup, agents });
  const strategy = new LooseReplay();
  strategy.follow([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]);
  return { program, result: await explore(program, { strategy, seed: 1, predict: 1 }) };
}

describe('a prediction that does not replay', () => {
  test('stays predicted and says where, and a search refutes it', async () => {
    const { program, result } = await predictedOfTry(dependsOnTry(false));
    assert.deepEqual(kindsOf(result), ['data-race predicted']);
    const [record] = result.findings;
    assert.match(
      findingText(record!),
      /replay diverges at step \d+ of \d+: expected reader at acquire b; found reader at release a/,
    );
    const confirmation = await confirm(program, record!);
    assert.equal(confirmation.outcome, 'refuted');
    assert.match(
      confirmationText(confirmation, record!),
      /^Refuted: .* orders of steps that matter/,
    );
  });

  test('is confirmed by a search where the race can be reached in another way', async () => {
    const { program, result } = await predictedOfTry(dependsOnTry(true));
    assert.deepEqual(kindsOf(result), ['data-race predicted']);
    const confirmation = await confirm(program, result.findings[0]!);
    assert.equal(confirmation.outcome, 'confirmed');
    assert.equal(confirmation.deadlock?.finding.kind, 'data-race');
  });

  test('is open where the budget ends first', async () => {
    const { program, result } = await predictedOfTry(dependsOnTry(false));
    const { outcome } = await confirm(program, result.findings[0]!, { executions: 3 });
    assert.equal(outcome, 'open');
  });
});
