/**
 * The locks of `heddle/locks` under `heddle check`: three threads that make the calls of a program.
 * Each call gives what it returned and what it saw in its section.
 */
import type { ThreadControl } from '../../src/execute/atomics/check-module.ts';
import {
  Agent,
  AgentTable,
  Barrier,
  Completion,
  Condition,
  Mutex,
  Once,
} from '../../src/locks/index.ts';
import { PercpuRwSemaphore, RwLock, RwSemaphore, Semaphore } from '../../src/locks/index.ts';
import { SeqLock, SpinLock, type Lock } from '../../src/locks/index.ts';
import { LedgerAt, RwAt, SemaphoreAt, wordBytes } from '../../src/locks/layout.ts';
import { Course } from './course.ts';
import { programFrom } from './programs.ts';

const capacity = 3;
const lockAt = AgentTable.bytes(capacity);
/** A second lock, for conditions. */
const secondAt = lockAt + 64;
const bytes = lockAt + 64 * 16;

interface Shared {
  readonly buffer: SharedArrayBuffer;
  readonly data: Int32Array;
  readonly lock: string;
  readonly calls: string[][];
  readonly spins: number;
  /** What each agent holds, by the lock's ledger: races there have this name. */
  readonly held: readonly Int32Array[];
}

type Call = (name: string, course: Course) => unknown;

/** A lock with what calls it. */
interface Made {
  /** What keeps something from one call to the next. */
  readonly objects: readonly object[];
  readonly call: Call;
}

type Thread = (shared: Shared, control: ThreadControl) => unknown;

/** What threads returned, over all executions of a program. */
export const outcomes: Set<string> = new Set();

export function setup(parameters: { lock: string; program: string; spins: number }): Shared {
  const { lock, program, spins } = parameters;
  const buffer = new SharedArrayBuffer(bytes);
  const table = new AgentTable(buffer, { capacity });
  const calls = programFrom(program).map((sequence) => [...sequence]);
  for (let slot = 0; slot < capacity; slot++) {
    locks[lock]!(table.join({ spins, thread: slot + 1 }), new Int32Array(4), calls.length);
  }
  outcomes.clear();
  const data = new Int32Array(new SharedArrayBuffer(8));
  return { buffer, data, lock, calls, spins, held: heldWords(lock, buffer) };
}

/** The words of a lock's ledger that say what each agent holds. */
function heldWords(lock: string, buffer: SharedArrayBuffer): Int32Array[] {
  const first = ledgers[lock];
  if (first === undefined) return [];
  return Array.from({ length: capacity }, (_, slot) => {
    const word = first + slot * LedgerAt.size + LedgerAt.held;
    return new Int32Array(buffer, lockAt + word * wordBytes, 1);
  });
}

const ledgers: Readonly<Record<string, number>> = {
  RwLock: RwAt.ledger,
  RwSemaphore: RwAt.ledger,
  'Semaphore(1)': SemaphoreAt.ledger,
  'Semaphore(2)': SemaphoreAt.ledger,
};

function thread(slot: number): Thread {
  return ({ buffer, data, lock, calls, spins }, control) => {
    const mine = calls[slot];
    if (mine === undefined) return [];
    const agent = new Agent(new AgentTable(buffer, { capacity }), slot + 1, slot, spins);
    const { objects, call } = locks[lock]!(agent, data, calls.length);
    const course = Course.begin(control, objects);
    course.rest();
    for (const name of mine) course.add(call(name, course));
    return course.all;
  };
}

export const threads: Readonly<Record<string, Thread>> = {
  a: thread(0),
  b: thread(1),
  c: thread(2),
};

export function check(_shared: Shared, returned: Record<string, unknown[]>): void {
  outcomes.add(JSON.stringify(Object.values(returned)));
}

/** What is done with a lock held alone. */
function write(data: Int32Array): number {
  const seen = data[0]!;
  data[0] = seen + 1;
  return seen;
}

function exclusive(lock: Lock, data: Int32Array): Call {
  const inside = (course: Course): unknown => {
    course.rest('inside');
    const seen = write(data);
    course.rest('done', seen);
    lock.unlock();
    return seen;
  };
  return (name, course) => {
    if (name === 'try') return lock.tryLock() ? inside(course) : 'no';
    if (name === 'for') return lock.lockFor(5) ? inside(course) : 'no';
    lock.lock();
    return inside(course);
  };
}

function shared(lock: RwLock | RwSemaphore | PercpuRwSemaphore, data: Int32Array): Made {
  const alone = exclusive(lock.write, data);
  const inside = (course: Course): unknown => {
    course.rest('inside');
    const seen = data[0];
    course.rest('done', seen);
    lock.read.unlock();
    return seen;
  };
  const call: Call = (name, course) => {
    if (name === 'write') return alone('lock', course);
    if (name === 'tryWrite') return alone('try', course);
    if (name === 'tryRead') {
      if (!lock.read.tryLock()) return 'no';
    } else lock.read.lock();
    return inside(course);
  };
  return { objects: [lock], call };
}

function semaphore(lock: Semaphore, data: Int32Array): Made {
  const call: Call = (name, course) => {
    if (name === 'try' && !lock.tryLock()) return 'no';
    if (name === 'lock') lock.lock();
    course.rest('inside');
    const seen = Atomics.add(data, 0, 1);
    course.rest('done', seen);
    lock.unlock();
    return seen;
  };
  return { objects: [lock], call };
}

function condition(agent: Agent, data: Int32Array): Made {
  const mutex = new Mutex(agent, lockAt);
  const ready = new Condition(agent, secondAt);
  const call: Call = (name, course) => {
    mutex.lock();
    course.rest('inside');
    if (name === 'await') {
      ready.waitUntil(mutex, () => data[0]! > 0);
      course.rest('there');
      data[0] = data[0]! - 1;
      const seen = data[1]!;
      data[1] = seen + 1;
      course.rest('done', seen);
      mutex.unlock();
      return seen;
    }
    data[0] = data[0]! + 1;
    course.rest('done');
    mutex.unlock();
    course.rest('outside');
    if (name === 'one') ready.notifyOne();
    else ready.notifyAll();
    return 'done';
  };
  return { objects: [mutex, ready], call };
}

/** A lock whose calls have no section. */
function simple(object: object, call: (name: string) => unknown): Made {
  return { objects: [object], call };
}

function alone(lock: Lock, data: Int32Array): Made {
  return { objects: [lock], call: exclusive(lock, data) };
}

const locks: Readonly<Record<string, (agent: Agent, data: Int32Array, agents: number) => Made>> = {
  Mutex: (agent, data) => alone(new Mutex(agent, lockAt), data),
  SpinLock: (agent, data) => alone(new SpinLock(agent, lockAt), data),
  RwLock: (agent, data) => shared(new RwLock(agent, lockAt), data),
  RwSemaphore: (agent, data) => shared(new RwSemaphore(agent, lockAt), data),
  PercpuRwSemaphore: (agent, data) => shared(new PercpuRwSemaphore(agent, lockAt), data),
  'Semaphore(1)': (agent, data) => semaphore(new Semaphore(agent, lockAt, 1), data),
  'Semaphore(2)': (agent, data) => semaphore(new Semaphore(agent, lockAt, 2), data),
  Condition: condition,
  Completion: (agent) => {
    const completion = new Completion(agent, lockAt);
    return simple(completion, (name) => {
      if (name === 'complete') completion.complete();
      else if (name === 'all') completion.completeAll();
      else completion.wait();
      return name;
    });
  },
  Barrier: (agent, _data, agents) => {
    const barrier = new Barrier(agent, lockAt, agents);
    return simple(barrier, () => barrier.wait());
  },
  Once: (agent, data) => {
    const once = new Once(agent, lockAt);
    return simple(once, () => [once.call(() => void write(data)), data[0]]);
  },
  SeqLock: (agent, data) => {
    const lock = new SeqLock(agent, lockAt);
    const call: Call = (name, course) => {
      if (name === 'read') {
        return lock.read(() => [Atomics.load(data, 0), Atomics.load(data, 1)]);
      }
      lock.write.lock();
      course.rest('inside');
      const seen = Atomics.add(data, 0, 1);
      Atomics.add(data, 1, 1);
      course.rest('done', seen);
      lock.write.unlock();
      return seen;
    };
    return { objects: [lock], call };
  },
};
