/**
 * The locks of `heddle/locks` under `heddle check`: three threads that make the calls of a program.
 * Each call gives what it returned and what it saw in its section.
 */
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

type Call = (name: string) => unknown;

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

function thread(slot: number): (shared: Shared) => unknown {
  return ({ buffer, data, lock, calls, spins }) => {
    const mine = calls[slot];
    if (mine === undefined) return [];
    const agent = new Agent(new AgentTable(buffer, { capacity }), slot + 1, slot, spins);
    const call = locks[lock]!(agent, data, calls.length);
    return mine.map(call);
  };
}

export const threads: Readonly<Record<string, (shared: Shared) => unknown>> = {
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
  const inside = (): unknown => {
    const seen = write(data);
    lock.unlock();
    return seen;
  };
  return (name) => {
    if (name === 'try') return lock.tryLock() ? inside() : 'no';
    if (name === 'for') return lock.lockFor(5) ? inside() : 'no';
    lock.lock();
    return inside();
  };
}

function shared(lock: RwLock | RwSemaphore | PercpuRwSemaphore, data: Int32Array): Call {
  const alone = exclusive(lock.write, data);
  const inside = (): unknown => {
    const seen = data[0];
    lock.read.unlock();
    return seen;
  };
  return (name) => {
    if (name === 'write') return alone('lock');
    if (name === 'tryWrite') return alone('try');
    if (name === 'tryRead') return lock.read.tryLock() ? inside() : 'no';
    lock.read.lock();
    return inside();
  };
}

function semaphore(lock: Semaphore, data: Int32Array): Call {
  return (name) => {
    if (name === 'try' && !lock.tryLock()) return 'no';
    if (name === 'lock') lock.lock();
    const seen = Atomics.add(data, 0, 1);
    lock.unlock();
    return seen;
  };
}

function condition(agent: Agent, data: Int32Array): Call {
  const mutex = new Mutex(agent, lockAt);
  const ready = new Condition(agent, secondAt);
  return (name) => {
    mutex.lock();
    if (name === 'await') {
      ready.waitUntil(mutex, () => data[0]! > 0);
      data[0] = data[0]! - 1;
      const seen = data[1]!;
      data[1] = seen + 1;
      mutex.unlock();
      return seen;
    }
    data[0] = data[0]! + 1;
    mutex.unlock();
    if (name === 'one') ready.notifyOne();
    else ready.notifyAll();
    return 'done';
  };
}

const locks: Readonly<Record<string, (agent: Agent, data: Int32Array, agents: number) => Call>> = {
  Mutex: (agent, data) => exclusive(new Mutex(agent, lockAt), data),
  SpinLock: (agent, data) => exclusive(new SpinLock(agent, lockAt), data),
  RwLock: (agent, data) => shared(new RwLock(agent, lockAt), data),
  RwSemaphore: (agent, data) => shared(new RwSemaphore(agent, lockAt), data),
  PercpuRwSemaphore: (agent, data) => shared(new PercpuRwSemaphore(agent, lockAt), data),
  'Semaphore(1)': (agent, data) => semaphore(new Semaphore(agent, lockAt, 1), data),
  'Semaphore(2)': (agent, data) => semaphore(new Semaphore(agent, lockAt, 2), data),
  Condition: condition,
  Completion: (agent) => {
    const completion = new Completion(agent, lockAt);
    return (name) => {
      if (name === 'complete') completion.complete();
      else if (name === 'all') completion.completeAll();
      else completion.wait();
      return name;
    };
  },
  Barrier: (agent, _data, agents) => {
    const barrier = new Barrier(agent, lockAt, agents);
    return () => barrier.wait();
  },
  Once: (agent, data) => {
    const once = new Once(agent, lockAt);
    return () => [once.call(() => void write(data)), data[0]];
  },
  SeqLock: (agent, data) => {
    const lock = new SeqLock(agent, lockAt);
    return (name) => {
      if (name === 'read') {
        return lock.read(() => [Atomics.load(data, 0), Atomics.load(data, 1)]);
      }
      lock.write.lock();
      const seen = Atomics.add(data, 0, 1);
      Atomics.add(data, 1, 1);
      lock.write.unlock();
      return seen;
    };
  },
};
