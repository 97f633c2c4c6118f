import { AgentTable, Barrier, Condition, Mutex, type Agent } from '../../src/locks/index.ts';
import { foreignMeetings } from './foreign-meetings.ts';

/** What a thread that meets others begins with. */
export interface MeetingData {
  readonly name: string;
  readonly shared: unknown;
  readonly thread: number;
  readonly threads: number;
  readonly rounds: number;
}

/** A way of meeting. */
export interface Meeting {
  /** What is compared with what, and whose it is. */
  readonly family: 'barriers' | 'turns';
  readonly side: 'ours' | 'theirs';
  /** Of two threads only. */
  readonly pairOnly: boolean;
  share(threads: number): unknown;
  /** One round of this thread. */
  attach(shared: unknown, thread: number, threads: number): () => void;
}

const lockAt: number = AgentTable.bytes();

function join(shared: unknown): Agent {
  return new AgentTable(shared as SharedArrayBuffer).join();
}

export const meetings: Readonly<Record<string, Meeting>> = {
  'Heddle Barrier': {
    family: 'barriers',
    side: 'ours',
    pairOnly: false,
    share: () => new SharedArrayBuffer(lockAt + 1024),
    attach(shared, _thread, threads) {
      const barrier = new Barrier(join(shared), lockAt, threads);
      return () => void barrier.wait();
    },
  },
  'Heddle Condition, turns': {
    family: 'turns',
    side: 'ours',
    pairOnly: true,
    share: () => new SharedArrayBuffer(lockAt + 1024),
    attach(shared, thread) {
      const agent = join(shared);
      const mutex = new Mutex(agent, lockAt);
      const condition = new Condition(agent, lockAt + Mutex.bytes);
      const word = (lockAt + 512) / 4;
      return () => {
        mutex.lock();
        while (agent.words[word]! % 2 !== thread) condition.wait(mutex);
        agent.words[word]!++;
        condition.notifyOne();
        mutex.unlock();
      };
    },
  },
  ...foreignMeetings,
};
