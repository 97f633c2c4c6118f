import { sections } from './access.ts';
import type { Contender } from './contender.ts';
import { multithreading } from './multithreading.ts';
import type * as Multithreading from 'multithreading';

/** V8's own mutex, behind --harmony-struct. */
interface StructAtomics {
  Mutex?: {
    new (): object;
    lock: (this: void, mutex: object, body: () => void) => void;
  };
}

const { Mutex, RwLock, Semaphore } = multithreading;

/** Their constructors' second parameter, which the types leave out, is the shared state. */
type Attach<Lock> = new (data: undefined, state: SharedArrayBuffer) => Lock;

interface Guard {
  dispose(): void;
}

/** Sections under a lock that returns a guard. */
function guarded(
  data: Int32Array,
  read: () => Guard,
  write: () => Guard,
): ReturnType<typeof sections> {
  let guard: Guard;
  const pair = (lock: () => Guard): { lock(): void; unlock(): void } => ({
    lock() {
      guard = lock();
    },
    unlock() {
      guard.dispose();
    },
  });
  return sections(data, pair(read), pair(write));
}

export const structMutex: Contender = {
  name: 'V8 Atomics.Mutex',
  family: 'one holder',
  side: 'theirs',
  struct: true,
  share: () => new (Atomics as StructAtomics).Mutex!(),
  attach(shared, data) {
    const { lock } = (Atomics as StructAtomics).Mutex!;
    const mutex = shared as object;
    let seen = 0;
    let hadMs = 0;
    const reading = (): void => {
      seen += data[0]!;
    };
    const writing = (): void => {
      data[0]!++;
    };
    const timedReading = (): void => {
      hadMs = performance.now();
      reading();
    };
    const timedWriting = (): void => {
      hadMs = performance.now();
      writing();
    };
    const timed = (body: () => void): number => {
      const begun = performance.now();
      lock(mutex, body);
      return seen === -1 ? 0 : hadMs - begun;
    };
    return {
      read: () => lock(mutex, reading),
      write: () => lock(mutex, writing),
      timedRead: () => timed(timedReading),
      timedWrite: () => timed(timedWriting),
    };
  },
};

export const foreignContenders: readonly Contender[] = [
  {
    name: 'multithreading Mutex',
    family: 'one holder',
    side: 'theirs',
    share: () => new SharedArrayBuffer(4),
    attach(shared, data) {
      const lock = new (Mutex as unknown as Attach<Multithreading.Mutex<undefined>>)(
        undefined,
        shared as SharedArrayBuffer,
      );
      const take = (): Guard => lock.blockingLock();
      return guarded(data, take, take);
    },
  },
  {
    name: 'multithreading Semaphore(1)',
    family: 'one holder',
    side: 'theirs',
    share() {
      const state = new SharedArrayBuffer(8);
      new Int32Array(state)[0] = 1;
      return state;
    },
    attach(shared, data) {
      const make = Semaphore as unknown as new (
        count: number,
        state: SharedArrayBuffer,
      ) => Multithreading.Semaphore;
      const lock = new make(0, shared as SharedArrayBuffer);
      const take = (): Guard => lock.blockingAcquire();
      return guarded(data, take, take);
    },
  },
  structMutex,
  {
    name: 'multithreading RwLock',
    family: 'readers and writers',
    side: 'theirs',
    share: () => new SharedArrayBuffer(4),
    attach(shared, data) {
      const lock = new (RwLock as unknown as Attach<Multithreading.RwLock<undefined>>)(
        undefined,
        shared as SharedArrayBuffer,
      );
      return guarded(
        data,
        () => lock.blockingRead(),
        () => lock.blockingWrite(),
      );
    },
  },
];
