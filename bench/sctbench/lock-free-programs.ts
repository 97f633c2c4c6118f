/** Work-stealing queues, and SafeStack. */
import { check, type Arena, type Mutex, type Step, type Word } from '../../src/program/index.ts';
import { bugProgram, several, type BugProgram } from './bug-program.ts';

const size = 4;

interface WorkQueue {
  readonly fixed: boolean;
  readonly kind: 'locked' | 'interlocked' | 'state';
  readonly lock: Mutex;
  readonly head: Word;
  readonly tail: Word;
  readonly items: readonly Word[];
  /** How often each item was taken. */
  readonly taken: readonly Word[];
}

function makeQueue(arena: Arena, kind: WorkQueue['kind'], fixed: boolean): WorkQueue {
  const words = (name: string): Word[] =>
    Array.from({ length: size }, (_, index) => arena.word(`${name}${index}`));
  return {
    fixed,
    kind,
    lock: arena.mutex('lock'),
    head: arena.word('head'),
    tail: arena.word('tail'),
    items: words('items'),
    taken: words('taken'),
  };
}

function* push({ items, tail }: WorkQueue, item: number): Step {
  const at = yield* tail.load();
  yield* items[at % size]!.store(item);
  yield* tail.store(at + 1);
}

/** The item counts as taken; twice is the bug. */
function* take({ taken }: WorkQueue, item: number): Step {
  check((yield* taken[item]!.add(1)) === 0, `item ${item} was taken twice`);
}

/**
 * The owner's pop from the tail. It announces its intention by lowering the tail, and only where a
 * thief may be at the same item takes the lock. The bug is that the announcement comes after the
 * look at the head.
 */
function* pop(queue: WorkQueue): Step {
  const { fixed, head, tail, items, lock } = queue;
  const at = (yield* tail.load()) - 1;
  if (fixed) yield* tail.store(at);
  const first = yield* head.load();
  if (first < at || (!fixed && first === at)) {
    if (!fixed) yield* tail.store(at);
    yield* take(queue, yield* items[at % size]!.load());
    return;
  }
  if (fixed) yield* tail.store(at + 1);
  yield* lock.acquire();
  if ((yield* head.load()) <= at) {
    yield* tail.store(at);
    yield* take(queue, yield* items[at % size]!.load());
  }
  yield* lock.release();
}

/** A thief's steal from the head: thieves exclude each other by the lock. */
function* stealLocked(queue: WorkQueue): Step {
  const { head, tail, items, lock } = queue;
  yield* lock.acquire();
  const at = yield* head.load();
  yield* head.store(at + 1);
  if (at < (yield* tail.load())) yield* take(queue, yield* items[at % size]!.load());
  else yield* head.store(at);
  yield* lock.release();
}

/** A thief's steal by compare and exchange of the head. */
function* stealInterlocked(queue: WorkQueue): Step {
  const { fixed, head, tail, items, lock } = queue;
  if (fixed) yield* lock.acquire();
  const at = yield* head.load();
  if (at < (yield* tail.load()) && (yield* head.compareExchange(at, at + 1)) === at) {
    // Without the lock the owner may have popped it since the tail was read.
    yield* take(queue, yield* items[at % size]!.load());
  }
  if (fixed) yield* lock.release();
}

/** Takes an item by its state, 1 there and 2 taken. The bug: the state is read, and then set. */
function* takeByState(queue: WorkQueue, at: number): Step {
  const { fixed, items } = queue;
  const item = items[at % size]!;
  if (fixed) {
    if ((yield* item.compareExchange(1, 2)) === 1) yield* take(queue, at);
    return;
  }
  if ((yield* item.load()) !== 1) return;
  yield* item.store(2);
  yield* take(queue, at);
}

/** Owner and thieves look for items from both ends, and go by the state of each. */
function* byState(queue: WorkQueue, downwards: boolean): Step {
  for (let step = 0; step < size; step++) {
    yield* takeByState(queue, downwards ? size - 1 - step : step);
  }
}

function* owner(queue: WorkQueue): Step {
  if (queue.kind === 'state') {
    for (const item of queue.items) yield* item.store(1);
    yield* byState(queue, true);
    return;
  }
  for (let item = 0; item < size - 1; item++) yield* push(queue, item);
  for (let item = 0; item < size - 1; item++) {
    if ((yield* queue.tail.load()) > (yield* queue.head.load())) yield* pop(queue);
  }
}

function* thief(queue: WorkQueue): Step {
  if (queue.kind === 'state') {
    yield* byState(queue, false);
    return;
  }
  for (let tries = 0; tries < 2; tries++) {
    if (queue.kind === 'locked') yield* stealLocked(queue);
    else yield* stealInterlocked(queue);
  }
}

function workStealing(name: string, kind: WorkQueue['kind']): BugProgram {
  return bugProgram<WorkQueue>({
    name,
    hasFixed: true,
    setup: (arena, fixed) => makeQueue(arena, kind, fixed),
    agents: { owner, ...several('thief', 2, () => thief) },
  });
}

interface SafeStack {
  readonly count: Word;
  readonly head: Word;
  readonly next: readonly Word[];
  /** Who has each element; 0: nobody. */
  readonly owners: readonly Word[];
}

const elements = 3;

function* safePop({ count, head, next }: SafeStack): Step<number> {
  while ((yield* count.load()) > 1) {
    const first = yield* head.load();
    const after = yield* next[first]!.exchange(-1);
    if (after < 0) continue;
    if ((yield* head.compareExchange(first, after)) === first) {
      yield* count.add(-1);
      return first;
    }
    yield* next[first]!.exchange(after);
  }
  return -1;
}

function* safePush({ count, head, next }: SafeStack, element: number): Step {
  let first = yield* head.load();
  for (;;) {
    yield* next[element]!.store(first);
    const found = yield* head.compareExchange(first, element);
    if (found === first) break;
    first = found;
  }
  yield* count.add(1);
}

/** Vyukov's SafeStack: pops, owns, pushes back; two who own one element at a time is the bug. */
const safeStack = bugProgram<SafeStack>({
  name: 'SafeStack',
  setup: (arena) => ({
    count: arena.word('count', elements),
    head: arena.word('head'),
    next: Array.from({ length: elements }, (_, index) =>
      arena.word(`next${index}`, index === elements - 1 ? -1 : index + 1),
    ),
    owners: Array.from({ length: elements }, (_, index) => arena.word(`owner${index}`)),
  }),
  agents: several(
    'agent',
    3,
    (index) =>
      function* (stack) {
        for (let round = 0; round < 2; round++) {
          const element = yield* safePop(stack);
          if (element < 0) continue;
          yield* stack.owners[element]!.store(index + 1);
          const seen = yield* stack.owners[element]!.load();
          check(seen === index + 1, `element ${element} has two owners`);
          yield* safePush(stack, element);
        }
      },
  ),
});

export const lockFreePrograms: readonly BugProgram[] = [
  workStealing('chess.WSQ', 'locked'),
  workStealing('chess.IWSQ', 'interlocked'),
  workStealing('chess.SWSQ', 'state'),
  safeStack,
];
