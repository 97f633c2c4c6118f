/** Programs that lose count of a buffer, a stack, a flag. */
import { check, forget, type Mutex, type Step, type Word } from '../../src/program/index.ts';
import { bugProgram, type BugProgram } from './bug-program.ts';

interface Buffer {
  readonly fixed: boolean;
  readonly lock: Mutex;
  readonly maySend: Word;
  readonly mayReceive: Word;
  readonly items: readonly Word[];
  readonly first: Word;
  readonly next: Word;
}

function* insert({ items, next }: Buffer, value: number): Step {
  const at = yield* next.load();
  yield* items[at % items.length]!.store(value);
  yield* next.store(at + 1);
}

function* remove({ items, first }: Buffer): Step<number> {
  const at = yield* first.load();
  const value = yield* items[at % items.length]!.load();
  yield* first.store(at + 1);
  return value;
}

/**
 * A turn in which the flag is down is lost, so that the two loops' counters drift apart. Mended:
 * only a turn that did something counts, which is shown by what was taken, not by the counter.
 */
export function flagged(name: string, rounds: number): BugProgram {
  return bugProgram<Buffer>({
    name,
    hasFixed: true,
    setup: (arena, fixed) => ({
      fixed,
      lock: arena.mutex('lock'),
      maySend: arena.word('send', 1),
      mayReceive: arena.word('receive'),
      items: Array.from({ length: rounds }, (_, index) => arena.word(`items${index}`)),
      first: arena.word('first'),
      next: arena.word('next'),
    }),
    agents: {
      *sender(world) {
        for (let round = 0; round < rounds; round++) {
          yield* world.lock.acquire();
          if ((yield* world.maySend.load()) === 1) {
            yield* insert(world, world.fixed ? yield* world.next.load() : round);
            yield* world.maySend.store(0);
            yield* world.mayReceive.store(1);
          }
          yield* world.lock.release();
          yield* forget(round);
        }
      },
      *receiver(world) {
        for (let round = 0; round < rounds; round++) {
          yield* world.lock.acquire();
          if ((yield* world.mayReceive.load()) === 1) {
            const expected = world.fixed ? yield* world.first.load() : round;
            check((yield* remove(world)) === expected, 'another item was expected');
            yield* world.mayReceive.store(0);
            yield* world.maySend.store(1);
          }
          yield* world.lock.release();
          yield* forget(round);
        }
      },
    },
  });
}

interface Stack {
  readonly fixed: boolean;
  readonly lock: Mutex;
  readonly top: Word;
  readonly flag: Word;
}

/** The flag says that there was something once; mended: the top is looked at as well. */
export function stack(name: string, rounds: number): BugProgram {
  return bugProgram<Stack>({
    name,
    hasFixed: true,
    setup: (arena, fixed) => ({
      fixed,
      lock: arena.mutex('lock'),
      top: arena.word('top'),
      flag: arena.word('flag'),
    }),
    agents: {
      *pusher({ lock, top, flag }) {
        for (let round = 0; round < rounds; round++) {
          yield* lock.acquire();
          yield* top.store((yield* top.load()) + 1);
          yield* flag.store(1);
          yield* lock.release();
          yield* forget(round);
        }
      },
      *popper({ fixed, lock, top, flag }) {
        for (let round = 0; round < rounds; round++) {
          yield* lock.acquire();
          // The flag says that there was something once.
          const some = (yield* flag.load()) === 1 && (!fixed || (yield* top.load()) > 0);
          if (some) {
            check((yield* top.load()) > 0, 'the stack is empty');
            yield* top.store((yield* top.load()) - 1);
          }
          yield* lock.release();
          yield* forget(round);
        }
      },
    },
  });
}

interface TokenRing {
  readonly lock: Mutex;
  readonly x: readonly Word[];
  readonly done: readonly Word[];
}

function tokenAgent(from: number, to: number, add: number) {
  return function* ({ lock, x, done }: TokenRing): Step {
    yield* lock.acquire();
    yield* x[to]!.store(((yield* x[from]!.load()) + add) % 4);
    yield* done[to]!.store(1);
    yield* lock.release();
  };
}

const tokenRing = bugProgram<TokenRing>({
  name: 'CS.token_ring',
  setup: (arena) => ({
    lock: arena.mutex('lock'),
    x: [1, 2, 1].map((value, index) => arena.word(`x${index + 1}`, value)),
    done: [1, 2, 3].map((index) => arena.word(`flag${index}`)),
  }),
  agents: {
    one: tokenAgent(2, 0, 1),
    two: tokenAgent(0, 1, 0),
    three: tokenAgent(1, 2, 0),
    *check({ lock, x, done }) {
      yield* lock.acquire();
      let all = true;
      for (const flag of done) if ((yield* flag.load()) === 0) all = false;
      if (all) {
        const [first, second, third] = [
          yield* x[0]!.load(),
          yield* x[1]!.load(),
          yield* x[2]!.load(),
        ];
        check(first === second && second === third, 'the token was lost');
      }
      yield* lock.release();
    },
  },
});

interface Bluetooth {
  readonly fixed: boolean;
  readonly pending: Word;
  readonly stopping: Word;
  readonly event: Word;
  readonly stopped: Word;
}

function* ioDecrement({ pending, event }: Bluetooth): Step {
  if ((yield* pending.add(-1)) === 1) yield* event.store(1);
}

const bluetooth = bugProgram<Bluetooth>({
  name: 'CS.bluetooth_driver',
  hasFixed: true,
  setup: (arena, fixed) => ({
    fixed,
    pending: arena.word('pendingIo', 1),
    stopping: arena.word('stoppingFlag'),
    event: arena.word('stoppingEvent'),
    stopped: arena.word('stopped'),
  }),
  agents: {
    *adder(world) {
      const { fixed, pending, stopping, stopped } = world;
      if (fixed) {
        // Counts itself in before it looks, so that the stop waits for it.
        yield* pending.add(1);
        if ((yield* stopping.load()) === 0) check((yield* stopped.load()) === 0, 'stopped');
        yield* ioDecrement(world);
        return;
      }
      if ((yield* stopping.load()) === 0) {
        yield* pending.add(1);
        check((yield* stopped.load()) === 0, 'the driver is stopped');
      }
      yield* ioDecrement(world);
    },
    *stopper(world) {
      yield* world.stopping.store(1);
      yield* ioDecrement(world);
      if ((yield* world.event.load()) === 1) yield* world.stopped.store(1);
    },
  },
});

interface StringBuffer {
  readonly fixed: boolean;
  readonly lock: Mutex;
  readonly length: Word;
}

/** append(other) asks for the length, and copies so many characters after, in two sections. */
const stringBuffer = bugProgram<StringBuffer>({
  name: 'CB.stringbuffer-jdk1.4',
  hasFixed: true,
  setup: (arena, fixed) => ({
    fixed,
    lock: arena.mutex('other'),
    length: arena.word('other.length', 3),
  }),
  agents: {
    *appender({ fixed, lock, length }) {
      yield* lock.acquire();
      const asked = yield* length.load();
      if (!fixed) {
        yield* lock.release();
        yield* lock.acquire();
      }
      check((yield* length.load()) >= asked, 'there are fewer characters than asked for');
      yield* lock.release();
    },
    *deleter({ lock, length }) {
      yield* lock.acquire();
      yield* length.store(0);
      yield* lock.release();
    },
  },
});

export const bufferPrograms: readonly BugProgram[] = [
  flagged('CS.circular_buffer', 7),
  flagged('CS.queue', 20),
  stack('CS.stack', 10),
  tokenRing,
  bluetooth,
  stringBuffer,
];
