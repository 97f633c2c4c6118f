import {
  attempt,
  pause,
  retry,
  scenario,
  sleep,
  type ActiveRef,
  type Arena,
  type Completion,
  type Mutex,
  type RwLock,
  type Scenario,
  type Step,
  type Word,
} from '../../../src/program/index.ts';

/** Every primitive, and a counter that it guards. */
interface World {
  readonly mutex: Mutex;
  readonly spin: Mutex;
  readonly rwLock: RwLock;
  readonly rwSemaphore: RwLock;
  readonly percpu: RwLock;
  readonly request: Completion;
  readonly answer: Completion;
  readonly active: ActiveRef;
  /** Plainly added to, inside of a lock. */
  readonly counter: Word;
  /** Atomically added to, as often: the two agree at the end. */
  readonly tally: Word;
  readonly turn: Word;
}

const rounds = 12;

function* count({ counter, tally }: World): Step<void> {
  yield* counter.write((yield* counter.read()) + 1);
  yield* tally.add(1);
}

function* look({ counter }: World): Step<void> {
  yield* counter.read();
}

const holds = (lock: 'mutex' | 'spin') =>
  function* (world: World): Step<void> {
    for (let round = 0; round < rounds; round++) {
      yield* world[lock].acquire();
      yield* count(world);
      yield* world[lock].release();
    }
  };

const tries = (lock: 'mutex' | 'spin') =>
  function* (world: World): Step<void> {
    for (let round = 0; round < rounds; round++) {
      if (!(yield* world[lock].tryAcquire())) {
        yield* pause();
        continue;
      }
      yield* count(world);
      yield* world[lock].release();
    }
  };

type Rw = 'rwLock' | 'rwSemaphore' | 'percpu';

const writes = (lock: Rw) =>
  function* (world: World): Step<void> {
    for (let round = 0; round < rounds; round++) {
      yield* world[lock].acquireWrite();
      yield* count(world);
      if (round % 3 === 0) {
        yield* world[lock].downgrade();
        yield* look(world);
        yield* world[lock].releaseRead();
      } else {
        yield* world[lock].releaseWrite();
      }
    }
  };

const reads = (lock: Rw) =>
  function* (world: World): Step<void> {
    for (let round = 0; round < rounds * 2; round++) {
      yield* world[lock].acquireRead();
      yield* look(world);
      yield* world[lock].releaseRead();
    }
  };

const triesBoth = (lock: Rw) =>
  function* (world: World): Step<void> {
    for (let round = 0; round < rounds; round++) {
      if (yield* world[lock].tryAcquireWrite()) {
        yield* count(world);
        yield* world[lock].releaseWrite();
      } else if (yield* world[lock].tryAcquireRead()) {
        yield* look(world);
        yield* world[lock].releaseRead();
      }
    }
  };

function* client(world: World): Step<void> {
  for (let round = 0; round < rounds; round++) {
    yield* count(world);
    yield* world.request.complete();
    yield* world.answer.wait();
  }
}

function* server(world: World): Step<void> {
  for (let round = 0; round < rounds; round++) {
    yield* world.request.wait();
    yield* count(world);
    yield* world.answer.complete();
  }
}

function* remover(world: World): Step<void> {
  for (let round = 0; round < rounds; round++) {
    yield* world.active.drain();
    yield* count(world);
    yield* world.active.activate();
    yield* sleep(0);
  }
}

function* user({ active, ...world }: World): Step<void> {
  for (let round = 0; round < rounds * 2; round++) {
    if (!(yield* active.tryAcquire())) continue;
    yield* look({ active, ...world });
    yield* active.release();
  }
}

const player = (mine: number, next: number) =>
  function* (world: World): Step<void> {
    for (let round = 0; round < rounds; round++) {
      yield* world.turn.waitUntil(mine);
      yield* count(world);
      yield* world.turn.store(next);
    }
  };

function* restarter(world: World): Step<void> {
  for (let round = 0; round < rounds / 2; round++) {
    for (;;) {
      yield* attempt();
      if (yield* world.mutex.tryAcquire()) break;
      yield* retry(1);
    }
    yield* count(world);
    yield* world.mutex.release();
  }
}

const stress: Scenario<World> = scenario<World>({
  name: 'stress',
  summary: 'every primitive under several threads',
  source: 'test',
  setup: (arena: Arena) => ({
    mutex: arena.mutex('mutex'),
    spin: arena.spinLock('spin'),
    rwLock: arena.rwLock('rwLock'),
    rwSemaphore: arena.rwSemaphore('rwSemaphore'),
    percpu: arena.percpuRwSemaphore('percpu'),
    request: arena.completion('request'),
    answer: arena.completion('answer'),
    active: arena.activeRef('active', { active: true }),
    counter: arena.word('counter'),
    tally: arena.word('tally'),
    turn: arena.word('turn'),
  }),
  agents: {
    mutex1: holds('mutex'),
    mutex2: holds('mutex'),
    mutexTry1: tries('mutex'),
    mutexTry2: tries('mutex'),
    restarter,
    spin1: holds('spin'),
    spin2: holds('spin'),
    spinTry: tries('spin'),
    rwLockWriter: writes('rwLock'),
    rwLockReader: reads('rwLock'),
    rwLockBoth: triesBoth('rwLock'),
    rwSemaphoreWriter1: writes('rwSemaphore'),
    rwSemaphoreWriter2: writes('rwSemaphore'),
    rwSemaphoreReader: reads('rwSemaphore'),
    rwSemaphoreBoth: triesBoth('rwSemaphore'),
    percpuWriter1: writes('percpu'),
    percpuWriter2: writes('percpu'),
    percpuReader: reads('percpu'),
    percpuBoth: triesBoth('percpu'),
    client,
    server,
    remover,
    user1: user,
    user2: user,
    ping: player(0, 1),
    pong: player(1, 0),
  },
  forms: {
    mutex: {
      summary: 'blocking and trying',
      agents: ['mutex1', 'mutex2', 'mutexTry1', 'mutexTry2'],
    },
    restart: { summary: 'a retry loop', agents: ['mutex1', 'restarter', 'mutexTry1'] },
    spin: { summary: 'spinning and trying', agents: ['spin1', 'spin2', 'spinTry'] },
    rwLock: {
      summary: 'readers may overtake',
      agents: ['rwLockWriter', 'rwLockReader', 'rwLockBoth'],
    },
    rwSemaphore: {
      summary: 'writers queue',
      agents: ['rwSemaphoreWriter1', 'rwSemaphoreWriter2', 'rwSemaphoreReader', 'rwSemaphoreBoth'],
    },
    percpu: {
      summary: 'readers on cache lines of their own',
      agents: ['percpuWriter1', 'percpuWriter2', 'percpuReader', 'percpuBoth'],
    },
    completion: { summary: 'question and answer', agents: ['client', 'server'] },
    activeRef: { summary: 'users and a remover', agents: ['remover', 'user1', 'user2'] },
    words: { summary: 'two agents by turns', agents: ['ping', 'pong'] },
  },
  invariants: [
    {
      name: 'what is counted inside of a lock is not lost',
      when: 'end',
      holds: ({ counter, tally }) => counter.peek() === tally.peek(),
    },
  ],
});

export default stress;
