/** The wrong locks of `src/locks/wrong` under `heddle check`: each in a program that it fails. */
import { Agent, AgentTable, Mutex } from '../../src/locks/index.ts';
import {
  BustedLock,
  EarlyNotifyMutex,
  FlagLock,
  NoRecheckMutex,
  UndrainedRwLock,
  UnfencedRwLock,
  UnnumberedCondition,
  ZeroNotifySemaphore,
  type WrongLock,
  type WrongRwLock,
} from '../../src/locks/wrong/index.ts';

const capacity = 3;
const lockAt = AgentTable.bytes(capacity);
const mutexAt = lockAt + 64;

interface Shared {
  /** `lock.words` begin with the table of agents. */
  readonly words: Int32Array;
  readonly data: Int32Array;
  readonly lock: string;
}

type Part = (agent: Agent, data: Int32Array) => void;

export function setup({ lock }: { lock: string }): Shared {
  const buffer = new SharedArrayBuffer(mutexAt + 64);
  const table = new AgentTable(buffer, { capacity });
  for (let slot = 0; slot < capacity; slot++) {
    const agent = table.join({ spins: 0, thread: slot + 1 });
    if (slot === 0) new Mutex(agent, mutexAt);
  }
  const data = new Int32Array(new SharedArrayBuffer(4));
  return { words: new Int32Array(buffer), data, lock };
}

function thread(slot: number): (shared: Shared) => void {
  return ({ words, data, lock }) => {
    const table = new AgentTable(words.buffer as SharedArrayBuffer, { capacity });
    parts[lock]![slot]?.(new Agent(table, slot + 1, slot, 0), data);
  };
}

export const threads: Readonly<Record<string, (shared: Shared) => void>> = {
  a: thread(0),
  b: thread(1),
  c: thread(2),
};

/** Counts by plain accesses, so that two inside of it race. */
function section(lock: WrongLock, data: Int32Array): void {
  lock.lock();
  data[0] = data[0]! + 1;
  lock.unlock();
}

function alike(make: (agent: Agent) => WrongLock, agents: number): Part[] {
  return new Array<Part>(agents).fill((agent, data) => section(make(agent), data));
}

function readerAndWriter(make: (agent: Agent) => WrongRwLock): Part[] {
  return [
    (agent, data) => {
      const { read } = make(agent);
      read.lock();
      void data[0];
      read.unlock();
    },
    (agent, data) => section(make(agent).write, data),
  ];
}

function takesTwice(agent: Agent, times: number): void {
  const lock = new ZeroNotifySemaphore(agent, lockAt, 2);
  for (let time = 0; time < times; time++) lock.lock();
  for (let time = 0; time < times; time++) lock.unlock();
}

const parts: Readonly<Record<string, readonly Part[]>> = {
  BustedLock: alike(() => new BustedLock(), 2),
  FlagLock: alike((agent) => new FlagLock(agent, lockAt), 2),
  EarlyNotifyMutex: alike((agent) => new EarlyNotifyMutex(agent, lockAt), 2),
  NoRecheckMutex: alike((agent) => new NoRecheckMutex(agent, lockAt), 3),
  UndrainedRwLock: readerAndWriter((agent) => new UndrainedRwLock(agent, lockAt)),
  UnfencedRwLock: readerAndWriter((agent) => new UnfencedRwLock(agent, lockAt)),
  ZeroNotifySemaphore: [
    (agent) => takesTwice(agent, 1),
    (agent) => takesTwice(agent, 1),
    (agent) => takesTwice(agent, 2),
  ],
  UnnumberedCondition: [
    (agent, data) => {
      const lock = new Mutex(agent, mutexAt);
      const condition = new UnnumberedCondition(agent, lockAt);
      lock.lock();
      while (data[0] === 0) condition.wait(lock);
      lock.unlock();
    },
    (agent, data) => {
      const lock = new Mutex(agent, mutexAt);
      lock.lock();
      data[0] = 1;
      lock.unlock();
      new UnnumberedCondition(agent, lockAt).notifyOne();
    },
  ],
};
