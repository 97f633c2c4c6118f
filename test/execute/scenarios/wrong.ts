import {
  check,
  scenario,
  type Arena,
  type Mutex,
  type Scenario,
  type Step,
  type Word,
} from '../../../src/program/index.ts';

interface World {
  readonly one: Mutex;
  readonly two: Mutex;
  readonly x: Word;
}

const nest = (first: 'one' | 'two', second: 'one' | 'two') =>
  function* (world: World): Step<void> {
    for (let round = 0; round < 20; round++) {
      yield* world[first].acquire();
      yield* world[second].acquire();
      yield* world[second].release();
      yield* world[first].release();
    }
  };

function* writer({ x }: World): Step<void> {
  yield* x.load();
  yield* x.write(1);
}

/** Everything that can go wrong, each in a form of its own. */
const wrong: Scenario<World> = scenario<World>({
  name: 'wrong',
  summary: 'what can go wrong',
  source: 'test',
  setup: (arena: Arena) => ({
    one: arena.mutex('one'),
    two: arena.mutex('two'),
    x: arena.word('x'),
  }),
  agents: {
    forwards: nest('one', 'two'),
    backwards: nest('two', 'one'),
    writer1: writer,
    writer2: writer,
    *thrower({ x }) {
      yield* x.add(1);
      throw new Error('out of luck');
    },
    *checker({ x }) {
      check((yield* x.load()) === 1, 'x is one');
    },
    *forgetful({ x }) {
      yield* x.load();
      x.store(1);
    },
    *waiter({ x }) {
      yield* x.waitUntil(7);
    },
    *bystander({ x }) {
      yield* x.load();
    },
  },
  forms: {
    abba: { summary: 'two orders', agents: ['forwards', 'backwards'] },
    race: { summary: 'two plain writes', agents: ['writer1', 'writer2'] },
    throws: { summary: 'an exception', agents: ['bystander', 'thrower'] },
    checks: { summary: 'a broken promise', agents: ['checker', 'bystander'] },
    forgets: { summary: 'a forgotten yield*', agents: ['bystander', 'forgetful'] },
    waits: { summary: 'nobody comes', agents: ['bystander', 'waiter'] },
  },
});

export default wrong;
