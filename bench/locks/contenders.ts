import {
  AgentTable,
  Mutex,
  PercpuRwSemaphore,
  RwLock,
  RwSemaphore,
  Semaphore,
  SeqLock,
  SpinLock,
  type Agent,
  type Lock,
} from '../../src/locks/index.ts';
import { sections, type Access } from './access.ts';
import { threadsMax, type Contender, type Family } from './contender.ts';
import { foreignContenders } from './foreign-contenders.ts';

/** Words between two threads' own. */
const stride = 32;
const lockAt: number = AgentTable.bytes(threadsMax);

function shareTable(): SharedArrayBuffer {
  return new SharedArrayBuffer(lockAt + 4096);
}

function join(shared: unknown): Agent {
  return new AgentTable(shared as SharedArrayBuffer, { capacity: threadsMax }).join();
}

function ours(
  name: string,
  family: Family,
  modes: (agent: Agent) => { read: Lock; write: Lock },
): Contender {
  return {
    name,
    family,
    side: 'ours',
    share: shareTable,
    attach(shared, data) {
      const { read, write } = modes(join(shared));
      return sections(data, read, write);
    },
  };
}

function single(name: string, make: (agent: Agent) => Lock): Contender {
  return ours(name, 'one holder', (agent) => {
    const lock = make(agent);
    return { read: lock, write: lock };
  });
}

/** A lock on one word, which spins: the least that any lock does. */
const rawPair: Contender = {
  name: 'raw compare-and-swap pair',
  family: 'one holder',
  side: 'limit',
  share: () => new SharedArrayBuffer(64),
  attach(shared, data) {
    const words = new Int32Array(shared as SharedArrayBuffer);
    const pair = {
      lock() {
        while (Atomics.compareExchange(words, 0, 0, 1) !== 0);
      },
      unlock() {
        Atomics.compareExchange(words, 0, 1, 0);
      },
    };
    return sections(data, pair, pair);
  },
};

/** The same on a line of each thread's own: how the machine scales, and nothing is excluded. */
function busyLoop(name: string, family: Family): Contender {
  return {
    name,
    family,
    side: 'limit',
    unchecked: true,
    share: () => new SharedArrayBuffer(threadsMax * stride * 4),
    attach(shared, _data, thread) {
      const words = new Int32Array(shared as SharedArrayBuffer, thread * stride * 4, stride);
      const pair = {
        lock() {
          Atomics.compareExchange(words, 0, 0, 1);
        },
        unlock() {
          Atomics.compareExchange(words, 0, 1, 0);
        },
      };
      return sections(new Int32Array(stride), pair, pair);
    },
  };
}

/** A sequence lock's readers run their section again instead of holding anything. */
const seqLock: Contender = {
  name: 'Heddle SeqLock',
  family: 'readers and writers',
  side: 'ours',
  share: shareTable,
  attach(shared, data): Access {
    const lock = new SeqLock(join(shared), lockAt);
    const writing = sections(data, lock.write, lock.write);
    let seen = 0;
    const read = (): void => {
      for (;;) {
        const begun = lock.begin();
        const value = Atomics.load(data, 0);
        if (lock.retry(begun)) continue;
        seen += value;
        return;
      }
    };
    return {
      ...writing,
      read,
      timedRead() {
        const begun = performance.now();
        read();
        return seen === -1 ? 0 : performance.now() - begun;
      },
    };
  },
};

export const contenders: readonly Contender[] = [
  busyLoop('busy loop, a line each', 'one holder'),
  rawPair,
  single('Heddle Mutex', (agent) => new Mutex(agent, lockAt)),
  single('Heddle SpinLock', (agent) => new SpinLock(agent, lockAt)),
  single('Heddle Semaphore(1)', (agent) => new Semaphore(agent, lockAt, 1)),
  busyLoop('busy loop, a line each ', 'readers and writers'),
  ours('Heddle RwLock', 'readers and writers', (agent) => new RwLock(agent, lockAt)),
  ours('Heddle RwSemaphore', 'readers and writers', (agent) => new RwSemaphore(agent, lockAt)),
  ours(
    'Heddle PercpuRwSemaphore',
    'readers and writers',
    (agent) => new PercpuRwSemaphore(agent, lockAt),
  ),
  seqLock,
  ...foreignContenders,
];
