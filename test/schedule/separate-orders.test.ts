import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, Step } from '../../src/program/index.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { sampleProgram } from '../execute/sample-programs.ts';

const setup = (arena: Arena) => ({
  first: arena.word('first'),
  g: arena.mutex('g'),
  a: arena.mutex('a'),
  b: arena.mutex('b'),
});
type World = ReturnType<typeof setup>;

/** Who comes first nests the two locks in its own order; the other one takes none. */
const nests = (outer: 'a' | 'b', inner: 'a' | 'b', guarded = false) =>
  function* (world: World): Step<void> {
    if ((yield* world.first.exchange(1)) !== 0) return;
    if (guarded) yield* world.g.acquire();
    yield* world[outer].acquire();
    yield* world[inner].acquire();
    yield* world[inner].release();
    yield* world[outer].release();
    if (guarded) yield* world.g.release();
  };

function sample(guarded = false) {
  const agents = { one: nests('a', 'b', guarded), two: nests('b', 'a', guarded) };
  return sampleProgram({ setup, agents });
}

const all = (program: ReturnType<typeof sample>): Promise<Exploration> =>
  explore(program, { strategy: new DepthFirst({ preemptions: unbounded }), seed: 1 });

describe('an inversion whose sides are met in different executions', () => {
  test('is told with an execution of each side, and is no finding', async () => {
    const { findings, separateInversions } = await all(sample());
    assert.deepEqual(findings, []);
    const [inversion, ...more] = separateInversions;
    assert.deepEqual(more, []);
    assert.equal(inversion!.title, 'possible lock inversion a -> b -> a');
    assert.equal(inversion!.level, 'possible');
    const sides = inversion!.sides.map(({ agent, held, wanted }) => `${agent} ${held} ${wanted}`);
    assert.deepEqual(sides.sort(), ['one a b', 'two b a']);
    assert.notEqual(inversion!.sides[0]!.execution, inversion!.sides[1]!.execution);
    for (const { agent, wanted, steps } of inversion!.sides) {
      const program = sample();
      const coroutines = new Coroutines(program);
      let pairs: string[] = [];
      coroutines.runAll(new Replay(steps, program.subject), 0, () => {
        const { agents, objects } = coroutines.record.steps();
        pairs = [...agents].map((one, at) => {
          const { subject } = program;
          return `${subject.agentNames[one]!} ${subject.name(objects[at]!)}`;
        });
        return true;
      });
      assert.ok(pairs.includes(`${agent} ${wanted}`), pairs.join());
    }
  });

  test('is guarded where both sides hold one lock', async () => {
    const { separateInversions } = await all(sample(true));
    assert.deepEqual(
      separateInversions.map(({ title, level }) => `${level}: ${title}`),
      ['guarded: lock inversion a -> b -> a, guarded by g'],
    );
  });

  test('is not told where one execution shows all of it, or ends in its deadlock', async () => {
    const plain = (outer: 'a' | 'b', inner: 'a' | 'b') =>
      function* (world: World): Step<void> {
        yield* world[outer].acquire();
        yield* world[inner].acquire();
        yield* world[inner].release();
        yield* world[outer].release();
      };
    const agents = { one: plain('a', 'b'), two: plain('b', 'a') };
    const exploration = await all(sampleProgram({ setup, agents }));
    assert.ok(exploration.findings.length > 0);
    assert.deepEqual(exploration.separateInversions, []);
  });
});
