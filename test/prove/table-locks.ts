/**
 * The same calls on the one-step locks of exploration: what each lock of `heddle/locks` must be
 * indistinguishable from.
 */
import type { Arena } from '../../src/program/arena.ts';
import type { Step } from '../../src/program/operation.ts';
import type { Word } from '../../src/program/word.ts';

/** Makes one call; gives what it returned. */
export type TableCall = (name: string) => Step<unknown>;

/**
 * Calls whose time may be up: a program is run both with all of them patient and with each
 * impatient one giving up where it cannot go on at once.
 */
export const timedCall = 'for';

/** A try that is weak. */
export interface WeakTry {
  readonly call: string;
  /** Not weak any more after this call of the same agent. */
  readonly until?: string;
}

/**
 * Tries that are weak, by lock: what the one-step lock is allowed for them, and nothing else is. As
 * a weak compare-and-swap may fail where a strong one does not, a weak try may fail though nobody
 * holds the lock; but only while another agent is in a call. It need not fail.
 *
 * - `PercpuRwSemaphore`: writers meet at a gate before they stop readers, so a try to write that
 *   finds the gate taken fails, whether or not who has it gets past the readers; and one that finds
 *   a reader counted fails, whether or not that one goes back as a writer was there first. An agent
 *   that has not read yet may not count on its line while the gate is taken, so its try to read
 *   fails while another one is in a call to write.
 */
export const weakTries: Readonly<Record<string, readonly WeakTry[]>> = {
  PercpuRwSemaphore: [{ call: 'tryWrite' }, { call: 'tryRead', until: 'read' }],
};

/** How the failure of a weak try is asked for. */
export const weakly = (call: string): string => `weakly ${call}`;

/** Lays a lock out. @param agents - how many there are */
export type TableLock = (arena: Arena, agents: number) => TableCall;

interface Held {
  acquire(): Step<unknown>;
  tryAcquire(): Step<boolean>;
  release(): Step<unknown>;
}

function* exclusive(held: Held, data: Word, name: string): Step<unknown> {
  if (name === 'try' || name === 'giveUp') {
    if (!(yield* held.tryAcquire())) return 'no';
  } else yield* held.acquire();
  const seen = yield* data.read();
  yield* data.write(seen + 1);
  yield* held.release();
  return seen;
}

function mutex(kind: 'mutex' | 'spinLock'): TableLock {
  return (arena) => {
    const lock = arena[kind]('lock');
    const data = arena.word('data');
    const held: Held = {
      *acquire() {
        return yield* lock.acquire();
      },
      *tryAcquire() {
        return yield* lock.tryAcquire();
      },
      *release() {
        return yield* lock.release();
      },
    };
    return (name) => exclusive(held, data, name);
  };
}

function shared(kind: 'rwLock' | 'rwSemaphore' | 'percpuRwSemaphore'): TableLock {
  return (arena) => {
    const lock = arena[kind]('lock');
    const data = arena.word('data');
    const write: Held = {
      *acquire() {
        return yield* lock.acquireWrite();
      },
      *tryAcquire() {
        return yield* lock.tryAcquireWrite();
      },
      *release() {
        return yield* lock.releaseWrite();
      },
    };
    return function* (name) {
      if (name === 'write') return yield* exclusive(write, data, 'lock');
      if (name === 'tryWrite') return yield* exclusive(write, data, 'try');
      if (name === 'tryRead') {
        if (!(yield* lock.tryAcquireRead())) return 'no';
      } else yield* lock.acquireRead();
      const seen = yield* data.read();
      yield* lock.releaseRead();
      return seen;
    };
  };
}

/** A percpu semaphore, whose tries are weak: see `weakTries`. */
const percpu: TableLock = (arena, agents) => {
  const call = shared('percpuRwSemaphore')(arena, agents);
  const writing = arena.word('writing');
  const reading = arena.word('reading');
  return function* (name) {
    if (name === weakly('tryRead')) {
      return (yield* writing.load()) > 0 ? 'no' : yield* call('tryRead');
    }
    const weak = name === weakly('tryWrite');
    const inside = name === 'read' || name === 'tryRead' ? reading : writing;
    const others = (yield* inside.add(1)) + (weak ? yield* reading.load() : 0);
    const result = weak && others > 0 ? 'no' : yield* call(weak ? 'tryWrite' : name);
    yield* inside.add(-1);
    return result;
  };
};

function semaphore(permits: number): TableLock {
  return (arena) => {
    const free = arena.word('free', permits);
    const data = arena.word('data');
    return function* (name) {
      for (;;) {
        const seen = name === 'try' ? yield* free.load() : yield* free.waitUntilAtLeast(1);
        if (seen === 0) return 'no';
        if ((yield* free.compareExchange(seen, seen - 1)) === seen) break;
      }
      const seen = yield* data.add(1);
      yield* free.add(1);
      return seen;
    };
  };
}

const condition: TableLock = (arena) => {
  const lock = arena.mutex('lock');
  const ready = arena.word('ready');
  const data = arena.word('data');
  return function* (name) {
    if (name !== 'await') {
      yield* lock.acquire();
      yield* ready.add(1);
      yield* lock.release();
      return 'done';
    }
    for (;;) {
      yield* lock.acquire();
      if ((yield* ready.load()) > 0) break;
      yield* lock.release();
      yield* ready.waitUntilAtLeast(1);
    }
    yield* ready.add(-1);
    const seen = yield* data.read();
    yield* data.write(seen + 1);
    yield* lock.release();
    return seen;
  };
};

const completion: TableLock = (arena) => {
  const done = arena.completion('done');
  return function* (name) {
    if (name === 'complete') yield* done.complete();
    else if (name === 'all') yield* done.completeAll();
    else yield* done.wait();
    return name;
  };
};

const barrier: TableLock = (arena, agents) => {
  const come = arena.word('come');
  return function* () {
    const mine = (yield* come.add(1)) + 1;
    yield* come.waitUntilAtLeast(Math.ceil(mine / agents) * agents);
    return mine % agents === 0;
  };
};

const once: TableLock = (arena) => {
  const lock = arena.mutex('lock');
  const data = arena.word('data');
  return function* () {
    yield* lock.acquire();
    const first = (yield* data.read()) === 0;
    if (first) yield* data.write(1);
    yield* lock.release();
    return [first, 1];
  };
};

const seqLock: TableLock = (arena) => {
  const lock = arena.rwLock('lock');
  const one = arena.word('one');
  return function* (name) {
    if (name === 'read') {
      yield* lock.acquireRead();
      const seen = yield* one.read();
      yield* lock.releaseRead();
      return [seen, seen];
    }
    yield* lock.acquireWrite();
    const seen = yield* one.read();
    yield* one.write(seen + 1);
    yield* lock.releaseWrite();
    return seen;
  };
};

export const tableLocks: Readonly<Record<string, TableLock>> = {
  Mutex: mutex('mutex'),
  SpinLock: mutex('spinLock'),
  RwLock: shared('rwLock'),
  RwSemaphore: shared('rwSemaphore'),
  PercpuRwSemaphore: percpu,
  'Semaphore(1)': semaphore(1),
  'Semaphore(2)': semaphore(2),
  Condition: condition,
  Completion: completion,
  Barrier: barrier,
  Once: once,
  SeqLock: seqLock,
};
