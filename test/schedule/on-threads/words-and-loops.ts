import {
  attempt,
  check,
  retry,
  scenario,
  type Scenario,
  type SpawnedAgent,
  type Word,
} from '../../../src/program/index.ts';

interface World {
  readonly x: Word;
  readonly y: Word;
  readonly flag: Word;
  readonly child: SpawnedAgent;
}

const words: Scenario<World> = scenario<World>({
  name: 'words-and-loops',
  summary: 'words that are compared by what is read of them, and one that turns out not to be',
  source: 'test',
  setup: (arena) => ({
    x: arena.word('x'),
    y: arena.word('y'),
    flag: arena.word('flag'),
    child: arena.spawned('child'),
  }),
  agents: {
    *parent({ x, flag, child }) {
      yield* child.spawn();
      yield* x.store(1);
      yield* flag.store(1);
      yield* x.store(2);
    },
    *child({ x, y }) {
      yield* x.store(3);
      yield* y.add(1);
    },
    *adder({ x, y }) {
      yield* y.add(2);
      yield* x.store(4);
    },
    /** Only after some values a turn reads the word that was stored: it is ordered then. */
    *reader({ x, y, flag }) {
      const seen = yield* x.load();
      const sum = yield* y.load();
      check(seen !== 2 || sum !== 3, 'not the last of all');
      if (seen !== 3 || sum !== 3) return;
      for (;;) {
        yield* attempt();
        if ((yield* flag.load()) !== 0) return;
        yield* retry(1);
      }
    },
    /** May wait for ever. */
    *waiter({ x, y }) {
      if ((yield* y.load()) === 3) yield* x.waitUntil(4);
    },
  },
  invariants: [{ name: 'four was last', when: 'end', holds: ({ x }) => x.peek() === 4 }],
});

export default words as Scenario;
