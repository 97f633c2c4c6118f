import { multithreading } from './multithreading.ts';
import type { Meeting } from './meetings.ts';

type Guarded<Lock> = new (data: undefined, state: SharedArrayBuffer) => Lock;

interface Guard {
  dispose(): void;
}

export const foreignMeetings: Readonly<Record<string, Meeting>> = {
  'multithreading Barrier': {
    family: 'barriers',
    side: 'theirs',
    pairOnly: false,
    share(threads) {
      // lock, capacity, count, generation
      const state = new SharedArrayBuffer(16);
      new Int32Array(state).set([0, threads, threads, 0]);
      return state;
    },
    attach(shared) {
      const make = multithreading.Barrier as unknown as Guarded<{ blockingWait(): unknown }>;
      const barrier = new make(undefined, shared as SharedArrayBuffer);
      return () => void barrier.blockingWait();
    },
  },
  'multithreading Condvar, turns': {
    family: 'turns',
    side: 'theirs',
    pairOnly: true,
    share: () => [new SharedArrayBuffer(4), new SharedArrayBuffer(4), new SharedArrayBuffer(4)],
    attach(shared, thread) {
      const [lock, word, turn] = shared as [
        SharedArrayBuffer,
        SharedArrayBuffer,
        SharedArrayBuffer,
      ];
      const makeMutex = multithreading.Mutex as unknown as Guarded<{ blockingLock(): Guard }>;
      const makeCondition = multithreading.Condvar as unknown as new (word: SharedArrayBuffer) => {
        blockingWait(guard: Guard): void;
        notifyOne(): void;
      };
      const mutex = new makeMutex(undefined, lock);
      const condition = new makeCondition(word);
      const words = new Int32Array(turn);
      return () => {
        const guard = mutex.blockingLock();
        while (words[0]! % 2 !== thread) condition.blockingWait(guard);
        words[0]!++;
        condition.notifyOne();
        guard.dispose();
      };
    },
  },
};
