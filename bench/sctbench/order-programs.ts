/** Programs whose bug is an order of whole critical sections, or of single accesses. */
import { check, type Mutex, type Step, type Word } from '../../src/program/index.ts';
import { bugProgram, several, type BugProgram } from './bug-program.ts';

interface Account {
  readonly lock: Mutex;
  readonly balance: Word;
  readonly deposited: Word;
  readonly withdrawn: Word;
  readonly expected: number;
}

export const account: BugProgram = bugProgram<Account>({
  name: 'CS.account',
  hasFixed: true,
  setup: (arena, fixed) => ({
    lock: arena.mutex('lock'),
    balance: arena.word('balance', 1),
    deposited: arena.word('deposited'),
    withdrawn: arena.word('withdrawn'),
    expected: fixed ? 1 + 2 - 4 : 1 - 2 - 4,
  }),
  agents: {
    *check(world) {
      yield* world.lock.acquire();
      if ((yield* world.deposited.load()) === 1 && (yield* world.withdrawn.load()) === 1) {
        check((yield* world.balance.load()) === world.expected, 'the balance is wrong');
      }
      yield* world.lock.release();
    },
    *deposit(world) {
      yield* world.lock.acquire();
      yield* world.balance.store((yield* world.balance.load()) + 2);
      yield* world.deposited.store(1);
      yield* world.lock.release();
    },
    *withdraw(world) {
      yield* world.lock.acquire();
      yield* world.balance.store((yield* world.balance.load()) - 4);
      yield* world.withdrawn.store(1);
      yield* world.lock.release();
    },
  },
});

interface Lazy {
  readonly lock: Mutex;
  readonly data: Word;
  readonly most: number;
}

function lazyAdd(amount: number) {
  return function* ({ lock, data }: Lazy): Step {
    yield* lock.acquire();
    yield* data.store((yield* data.load()) + amount);
    yield* lock.release();
  };
}

export const lazy01: BugProgram = bugProgram<Lazy>({
  name: 'CS.lazy01',
  hasFixed: true,
  setup: (arena, fixed) => ({
    lock: arena.mutex('lock'),
    data: arena.word('data'),
    most: fixed ? 4 : 3,
  }),
  agents: {
    one: lazyAdd(1),
    two: lazyAdd(2),
    *check({ lock, data, most }) {
      yield* lock.acquire();
      check((yield* data.load()) < most, 'data came too early');
      yield* lock.release();
    },
  },
});

interface Reorder {
  readonly lock: Mutex | undefined;
  readonly a: Word;
  readonly b: Word;
}

function* reorderSet({ lock, a, b }: Reorder): Step {
  if (lock !== undefined) yield* lock.acquire();
  yield* a.store(1);
  yield* b.store(-1);
  if (lock !== undefined) yield* lock.release();
}

function* reorderCheck({ lock, a, b }: Reorder): Step {
  if (lock !== undefined) yield* lock.acquire();
  const untouched = (yield* a.load()) === 0 && (yield* b.load()) === 0;
  const both = untouched || ((yield* a.load()) === 1 && (yield* b.load()) === -1);
  check(both, 'one of two was seen without the other');
  if (lock !== undefined) yield* lock.release();
}

/** reorder_N has N - 1 agents that set both words, and one that looks, unless said otherwise. */
function reorder(name: string, setters: number, checkers: number): BugProgram {
  return bugProgram<Reorder>({
    name,
    hasFixed: true,
    setup: (arena, fixed) => ({
      lock: fixed ? arena.mutex('lock') : undefined,
      a: arena.word('a'),
      b: arena.word('b'),
    }),
    agents: {
      ...several('set', setters, () => reorderSet),
      ...several('check', checkers, () => reorderCheck),
    },
  });
}

interface TwoStage {
  readonly fixed: boolean;
  readonly lock1: Mutex;
  readonly lock2: Mutex;
  readonly data1: Word;
  readonly data2: Word;
}

function* stageWriter({ fixed, lock1, lock2, data1, data2 }: TwoStage): Step {
  yield* lock1.acquire();
  yield* data1.store(1);
  if (!fixed) yield* lock1.release();
  yield* lock2.acquire();
  yield* data2.store((yield* data1.load()) + 1);
  yield* lock2.release();
  if (fixed) yield* lock1.release();
}

function* stageReader({ lock1, lock2, data1, data2 }: TwoStage): Step {
  yield* lock1.acquire();
  const first = yield* data1.load();
  yield* lock1.release();
  if (first === 0) return;
  yield* lock2.acquire();
  const second = yield* data2.load();
  yield* lock2.release();
  check(second === first + 1, 'the second stage is missing');
}

function twostage(name: string, writers: number, readers: number): BugProgram {
  return bugProgram<TwoStage>({
    name,
    hasFixed: true,
    setup: (arena, fixed) => ({
      fixed,
      lock1: arena.mutex('lock1'),
      lock2: arena.mutex('lock2'),
      data1: arena.word('data1'),
      data2: arena.word('data2'),
    }),
    agents: {
      ...several('writer', writers, () => stageWriter),
      ...several('reader', readers, () => stageReader),
    },
  });
}

interface WrongLock {
  readonly right: Mutex;
  readonly other: Mutex;
  readonly value: Word;
}

function* lockedIncrement({ right, value }: WrongLock): Step {
  yield* right.acquire();
  const before = yield* value.load();
  yield* value.store((yield* value.load()) + 1);
  check((yield* value.load()) === before + 1, 'somebody else wrote');
  yield* right.release();
}

function* otherIncrement({ other, value }: WrongLock): Step {
  yield* other.acquire();
  yield* value.store((yield* value.load()) + 1);
  yield* other.release();
}

function wronglock(name: string, others: number): BugProgram {
  return bugProgram<WrongLock>({
    name,
    hasFixed: true,
    setup: (arena, fixed) => {
      const right = arena.mutex('L1');
      const second = arena.mutex('L2');
      return { right, other: fixed ? right : second, value: arena.word('value') };
    },
    agents: { right: lockedIncrement, ...several('other', others, () => otherIncrement) },
  });
}

export const orderPrograms: readonly BugProgram[] = [
  account,
  lazy01,
  reorder('CS.reorder_3', 2, 1),
  reorder('CS.reorder_4', 3, 1),
  reorder('CS.reorder_5', 4, 1),
  reorder('CS.reorder_10', 9, 1),
  reorder('CS.reorder_20', 10, 10),
  twostage('CS.twostage', 1, 1),
  twostage('CS.twostage_20', 10, 10),
  wronglock('CS.wronglock', 7),
  wronglock('CS.wronglock_3', 3),
];
