import {
  scenario,
  type Mutex,
  type Scenario,
  type SpawnedAgent,
  type Word,
} from '../../../src/program/index.ts';

/** A parent and two children, of which each form uses what it wants. */
interface World {
  readonly x: Word;
  readonly turn: Word;
  readonly lock: Mutex;
  readonly first: SpawnedAgent;
  readonly second: SpawnedAgent;
}

const spawns: Scenario<World> = scenario<World>({
  name: 'spawns',
  summary: 'agents that are started by another',
  source: 'test',
  setup: (arena) => ({
    x: arena.word('x'),
    turn: arena.word('turn'),
    lock: arena.mutex('lock'),
    first: arena.spawned('first'),
    second: arena.spawned('second'),
  }),
  agents: {
    /** Hands x on from one to the next: nothing but spawns and joins keeps them apart. */
    *inTurn({ x, first, second }) {
      yield* x.write(1);
      yield* first.spawn();
      yield* first.join();
      yield* second.spawn();
      yield* second.join();
      yield* x.write((yield* x.read()) + 1);
    },
    *atOnce({ first, second }) {
      yield* first.spawn();
      yield* second.spawn();
      yield* first.join();
      yield* second.join();
    },
    *neither({ x }) {
      yield* x.write(1);
    },
    *perhaps({ turn, first, second }) {
      yield* first.spawn();
      if ((yield* turn.load()) === 1) yield* second.spawn();
    },
    *turns({ turn }) {
      yield* turn.store(1);
    },
    *twice({ first }) {
      yield* first.spawn();
      yield* first.spawn();
      yield* first.join();
    },
    *inVain({ first, second }) {
      yield* first.spawn();
      yield* second.join();
    },
    *underLock({ lock, first }) {
      yield* first.spawn();
      yield* lock.acquire();
      yield* first.join();
      yield* lock.release();
    },
    *first({ x, lock }) {
      yield* lock.acquire();
      yield* x.write((yield* x.read()) + 1);
      yield* lock.release();
    },
    *second({ x }) {
      yield* x.write((yield* x.read()) + 1);
    },
  },
  forms: Object.fromEntries(
    [
      ['in-turn', ['inTurn']],
      ['at-once', ['atOnce']],
      ['neither', ['neither']],
      ['perhaps', ['perhaps', 'turns']],
      ['twice', ['twice']],
      ['in-vain', ['inVain']],
      ['under-lock', ['underLock']],
    ].map(([name, agents]) => [
      name,
      { summary: `${String(name)}`, agents: [...(agents as string[]), 'first', 'second'] },
    ]),
  ),
});

export default spawns;
