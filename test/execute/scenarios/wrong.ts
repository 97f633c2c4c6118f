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

/** Acquires and releases, often, while others do what they must not. */
function* user({ one }: World): Step<void> {
  for (let round = 0; round < 40; round++) {
    if (round % 2 === 0) yield* one.acquire();
    else if (!(yield* one.tryAcquire())) continue;
    yield* one.release();
  }
}

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
    user1: user,
    user2: user,
    user3: user,
    *unlocker({ one }) {
      for (let round = 0; round < 40; round++) yield* one.release();
    },
    *initialiser({ one }) {
      for (let round = 0; round < 40; round++) yield* one.init();
    },
    *holder({ one, x }) {
      yield* one.acquire();
      yield* x.store(7);
      throw new Error('with the lock held');
    },
    *heir({ one, x }) {
      yield* x.waitUntil(7);
      yield* one.acquire();
    },
    *busy({ one, x }) {
      yield* one.acquire();
      yield* x.store(7);
      // For longer than threads have to come to their next operation when a run is interrupted.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      yield* one.release();
    },
    *waiter({ x }) {
      yield* x.waitUntil(7);
    },
    /** Waits as well, with more behind it than a log has room for. */
    *tiredWaiter({ x }) {
      for (let count = 0; count < 33_000; count++) yield* x.load();
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
    unlocks: { summary: 'somebody else releases', agents: ['user1', 'user2', 'user3', 'unlocker'] },
    again: {
      summary: 'initialised in use',
      agents: ['user1', 'user2', 'user3', 'initialiser'],
    },
    fails: { summary: 'an exception under a lock', agents: ['holder', 'heir'] },
    busy: { summary: 'long away from any operation', agents: ['busy', 'heir'] },
    waitsLate: { summary: 'nobody comes, after much', agents: ['bystander', 'tiredWaiter'] },
    waits: { summary: 'nobody comes', agents: ['bystander', 'waiter'] },
  },
});

export default wrong;
