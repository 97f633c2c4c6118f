import {
  Mutex,
  PercpuRwSemaphore,
  RwLock,
  RwSemaphore,
  Semaphore,
  SeqLock,
  SpinLock,
  type Agent,
  type Lock,
  type LockOptions,
} from '../../src/locks/index.ts';

/** A lock, or one mode of a lock, as the shared suites see it. */
export interface LockKind {
  readonly bytes: (capacity: number) => number;
  readonly make: (agent: Agent, offset: number, options?: LockOptions) => Lock;
  /** What `state` of the lock says. */
  readonly state: (agent: Agent, offset: number) => object;
}

export type LockKindName =
  | 'Mutex'
  | 'SpinLock'
  | 'SeqLock.write'
  | 'RwLock.read'
  | 'RwLock.write'
  | 'RwSemaphore.read'
  | 'RwSemaphore.write'
  | 'PercpuRwSemaphore.read'
  | 'PercpuRwSemaphore.write'
  | 'Semaphore(1)'
  | 'Semaphore(2)';

const fixed = (bytes: number): (() => number) => {
  return () => bytes;
};

/** A reader/writer lock's two modes. */
function modes(
  kind: typeof RwLock | typeof RwSemaphore | typeof PercpuRwSemaphore,
): readonly [read: LockKind, write: LockKind] {
  const state = (agent: Agent, offset: number): object => new kind(agent, offset).state();
  const bytes = (capacity: number): number => kind.bytes(capacity);
  return [
    { bytes, state, make: (agent, offset, options) => new kind(agent, offset, options).read },
    { bytes, state, make: (agent, offset, options) => new kind(agent, offset, options).write },
  ];
}

function semaphore(permits: number): LockKind {
  return {
    bytes: (capacity) => Semaphore.bytes(capacity),
    make: (agent, offset, options) => new Semaphore(agent, offset, permits, options),
    state: (agent, offset) => new Semaphore(agent, offset, permits).state(),
  };
}

const [rwRead, rwWrite] = modes(RwLock);
const [semRead, semWrite] = modes(RwSemaphore);
const [percpuRead, percpuWrite] = modes(PercpuRwSemaphore);

export const lockKinds: Readonly<Record<LockKindName, LockKind>> = {
  Mutex: {
    bytes: fixed(Mutex.bytes),
    make: (agent, offset, options) => new Mutex(agent, offset, options),
    state: (agent, offset) => new Mutex(agent, offset).state(),
  },
  SpinLock: {
    bytes: fixed(SpinLock.bytes),
    make: (agent, offset, options) => new SpinLock(agent, offset, options),
    state: (agent, offset) => new SpinLock(agent, offset).state(),
  },
  'SeqLock.write': {
    bytes: fixed(SeqLock.bytes),
    make: (agent, offset, options) => new SeqLock(agent, offset, options).write,
    state: (agent, offset) => new SeqLock(agent, offset).state(),
  },
  'RwLock.read': rwRead,
  'RwLock.write': rwWrite,
  'RwSemaphore.read': semRead,
  'RwSemaphore.write': semWrite,
  'PercpuRwSemaphore.read': percpuRead,
  'PercpuRwSemaphore.write': percpuWrite,
  'Semaphore(1)': semaphore(1),
  'Semaphore(2)': semaphore(2),
};
