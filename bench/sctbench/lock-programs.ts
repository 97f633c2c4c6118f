/** Programs whose bug is in how they use locks and condition variables. */
import { check, type Mutex, type Step, type Word } from '../../src/program/index.ts';
import { bugProgram, several, type BugProgram } from './bug-program.ts';
import { conditionSignal, conditionWait, makeCondition, type Condition } from './condition.ts';

interface TwoLocks {
  readonly fixed: boolean;
  readonly a: Mutex;
  readonly b: Mutex;
}

const deadlock01 = bugProgram<TwoLocks>({
  name: 'CS.deadlock01',
  hasFixed: true,
  setup: (arena, fixed) => ({ fixed, a: arena.mutex('a'), b: arena.mutex('b') }),
  agents: {
    *one({ a, b }) {
      yield* a.hold(() => b.hold(nothing));
    },
    *two({ fixed, a, b }) {
      if (fixed) yield* a.hold(() => b.hold(nothing));
      else yield* b.hold(() => a.hold(nothing));
    },
  },
});

function* nothing(): Step {
  // The critical section is empty.
}

interface Carter {
  readonly m: Mutex;
  readonly l: Mutex;
  readonly counters: readonly Word[];
}

function carterAgent(which: number) {
  return function* ({ m, l, counters }: Carter): Step {
    const counter = counters[which]!;
    yield* m.acquire();
    yield* counter.store((yield* counter.load()) + 1);
    if ((yield* counter.load()) === 1) yield* l.acquire();
    yield* m.release();
    yield* m.acquire();
    yield* counter.store((yield* counter.load()) - 1);
    if ((yield* counter.load()) === 0) yield* l.release();
    yield* m.release();
  };
}

const carter01 = bugProgram<Carter>({
  name: 'CS.carter01',
  setup: (arena) => ({
    m: arena.mutex('m'),
    l: arena.mutex('l'),
    counters: [arena.word('A'), arena.word('B')],
  }),
  agents: { one: carterAgent(0), two: carterAgent(1), three: nothing, four: nothing },
});

const phase01 = bugProgram<{ readonly x: Mutex; readonly y: Mutex }>({
  name: 'CS.phase01',
  setup: (arena) => ({ x: arena.mutex('x'), y: arena.mutex('y') }),
  agents: several(
    'agent',
    2,
    () =>
      function* ({ x, y }) {
        yield* x.acquire();
        yield* x.release();
        // This one is never released.
        yield* x.acquire();
        yield* y.acquire();
        yield* y.release();
        yield* y.acquire();
        yield* y.release();
      },
  ),
});

interface Forks {
  readonly forks: readonly Mutex[];
}

/** din_philN_sat: whoever eats last finds an assertion that never holds. */
function diningPhilosophers(count: number): BugProgram {
  return bugProgram<Forks & { readonly table: Mutex }>({
    name: `CS.din_phil${count}_sat`,
    setup: (arena) => ({
      table: arena.mutex('table'),
      forks: Array.from({ length: count }, (_, index) => arena.mutex(`fork${index}`)),
    }),
    agents: several(
      'philosopher',
      count,
      (index) =>
        function* ({ table, forks }) {
          yield* table.acquire();
          yield* forks[(index + 1) % count]!.acquire();
          yield* forks[index]!.acquire();
          check(index < count - 1, 'the last philosopher eats');
          yield* forks[index]!.release();
          yield* forks[(index + 1) % count]!.release();
          yield* table.release();
        },
    ),
  });
}

interface Slot {
  readonly lock: Mutex;
  readonly count: Word;
  readonly empty: Condition;
  readonly full: Condition;
}

/** sync01, sync02: one waits until the slot is empty, and is never told; or is told too early. */
function sync(name: string, rounds: number): BugProgram {
  return bugProgram<Slot & { readonly fixed: boolean }>({
    name,
    hasFixed: true,
    setup: (arena, fixed) => ({
      fixed,
      lock: arena.mutex('lock'),
      count: arena.word('num', 1),
      empty: makeCondition(arena, 'empty'),
      full: makeCondition(arena, 'full'),
    }),
    agents: {
      *producer({ lock, count, empty, full }) {
        for (let round = 0; round < rounds; round++) {
          yield* lock.acquire();
          while ((yield* count.load()) > 0) yield* conditionWait(empty, lock);
          yield* count.store((yield* count.load()) + 1);
          yield* lock.release();
          yield* conditionSignal(full);
        }
      },
      *consumer({ fixed, lock, count, empty, full }) {
        for (let round = 0; round < rounds; round++) {
          yield* lock.acquire();
          while ((yield* count.load()) === 0) yield* conditionWait(full, lock);
          yield* count.store((yield* count.load()) - 1);
          yield* lock.release();
          if (fixed) yield* conditionSignal(empty);
        }
      },
    },
  });
}

interface Arithmetic extends Slot {
  readonly total: Word;
}

const arithmeticRounds = 3;

const arithmetic = bugProgram<Arithmetic>({
  name: 'CS.arithmetic_prog',
  setup: (arena) => ({
    lock: arena.mutex('lock'),
    count: arena.word('num'),
    empty: makeCondition(arena, 'empty'),
    full: makeCondition(arena, 'full'),
    total: arena.word('total'),
  }),
  agents: {
    *producer({ lock, count, empty, full }) {
      for (let round = 1; round <= arithmeticRounds; round++) {
        yield* lock.acquire();
        while ((yield* count.load()) > 0) yield* conditionWait(empty, lock);
        yield* count.store(round);
        yield* conditionSignal(full);
        yield* lock.release();
      }
    },
    *consumer({ lock, count, empty, full, total }) {
      for (let round = 1; round <= arithmeticRounds; round++) {
        yield* lock.acquire();
        while ((yield* count.load()) === 0) yield* conditionWait(full, lock);
        yield* total.store((yield* total.load()) + (yield* count.load()));
        yield* count.store(0);
        yield* conditionSignal(empty);
        yield* lock.release();
      }
      check((yield* total.load()) !== 6, 'the sum is what it must not be');
    },
  },
});

const inodes = 26;

const fsbench = bugProgram<{ readonly locks: readonly Mutex[] }>({
  name: 'CS.fsbench',
  setup: (arena) => ({
    locks: Array.from({ length: inodes }, (_, index) => arena.mutex(`inode${index}`)),
  }),
  agents: several(
    'agent',
    inodes + 1,
    (index) =>
      function* ({ locks }) {
        const lock = locks[index];
        check(lock !== undefined, 'there is no such lock');
        yield* lock!.acquire();
        yield* lock!.release();
      },
  ),
});

export const lockPrograms: readonly BugProgram[] = [
  deadlock01,
  carter01,
  phase01,
  ...[2, 3, 4, 5, 6, 7].map(diningPhilosophers),
  sync('CS.sync01', 1),
  sync('CS.sync02', 2),
  arithmetic,
  fsbench,
];
