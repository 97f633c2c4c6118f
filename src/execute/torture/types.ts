import {
  Barrier,
  Completion,
  Condition,
  Mutex,
  Once,
  PercpuRwSemaphore,
  RwLock,
  RwSemaphore,
  Semaphore,
  SeqLock,
  SpinLock,
  type Agent,
} from '../../locks/index.ts';
import { OnceAt, wordBytes } from '../../locks/layout.ts';
import * as wrong from '../../locks/wrong/index.ts';
import { UserError } from '../../program/errors.ts';
import { nearest } from '../../program/nearest.ts';
import { PermitExercise, ReadExercise, WriteExercise, type Held } from './held-exercise.ts';
import { BarrierExercise, OnceExercise } from './round-exercises.ts';
import { SeqReadExercise } from './seq-exercise.ts';
import {
  AwaitExercise,
  BufferExercise,
  CompleteExercise,
  type Signals,
} from './signal-exercises.ts';
import type { Exercise, Site } from './site.ts';

/** Where an agent attaches what it exercises. */
export interface Attachment {
  readonly agent: Agent;
  readonly offset: number;
  readonly site: Site;
  readonly isWriter: boolean;
}

/** A kind of lock as torture knows it. */
export interface TortureType {
  readonly name: string;
  readonly summary: string;
  /** Whether there are readers beside writers. */
  readonly readers: boolean;
  /** Writers and readers wait for each other. */
  readonly needsBoth?: boolean;
  /** Writers hold it, so that several can be nested and waits can have a limit. */
  readonly nested?: boolean;
  /** Writers where nothing says how many, if not twice the processors are more. */
  readonly writersMin?: number;
  /** Nobody may leave. */
  readonly fixed?: boolean;
  /** Outlives agents that die while they hold it. */
  readonly robust?: boolean;
  /** Each turn of a writer counts in the words that the lock guards, and nobody else's does. */
  readonly counted?: boolean;
  /** Has a mistake, which must be found. */
  readonly wrong?: boolean;
  /** Bytes from its offset on, for so many agents. */
  bytes(capacity: number): number;
  attach(to: Attachment): Exercise;
  /** A further lock of the type, for who takes several. */
  attachNested?(agent: Agent, offset: number): Held;
}

const line = 64;
const permits = 2;

type Modes = { readonly read: Held; readonly write: Held };

function exclusive(
  name: string,
  summary: string,
  make: (agent: Agent, offset: number) => Held,
  isWrong = false,
): TortureType {
  return {
    name,
    summary,
    readers: false,
    nested: true,
    counted: true,
    ...(isWrong ? { wrong: true } : { robust: true }),
    bytes: () => line,
    attach: ({ agent, offset, site }) => new WriteExercise(site, make(agent, offset)),
    attachNested: make,
  };
}

function shared(
  name: string,
  summary: string,
  bytes: (capacity: number) => number,
  make: (agent: Agent, offset: number) => Modes,
  isWrong = false,
): TortureType {
  return {
    name,
    summary,
    readers: true,
    nested: true,
    counted: true,
    ...(isWrong ? { wrong: true } : { robust: true }),
    bytes,
    attach: ({ agent, offset, site, isWriter }) => {
      const { read, write } = make(agent, offset);
      return isWriter ? new WriteExercise(site, write) : new ReadExercise(site, read);
    },
    attachNested: (agent, offset) => make(agent, offset).write,
  };
}

function counting(
  name: string,
  summary: string,
  make: (agent: Agent, offset: number) => Held,
  isWrong = false,
): TortureType {
  return {
    name,
    summary,
    readers: false,
    nested: true,
    // Beside those who have a permit two at least must be able to sleep at the same time.
    writersMin: permits * 3,
    ...(isWrong ? { wrong: true } : { robust: true }),
    bytes: (capacity) => Semaphore.bytes(capacity),
    attach: ({ agent, offset, site }) => new PermitExercise(site, make(agent, offset), permits),
    attachNested: make,
  };
}

function buffer(
  name: string,
  summary: string,
  make: (agent: Agent, offset: number) => Signals,
  isWrong = false,
): TortureType {
  return {
    name,
    summary,
    readers: true,
    needsBoth: true,
    ...(isWrong ? { wrong: true } : {}),
    bytes: () => 3 * line,
    attach: ({ agent, offset, site, isWriter }) => {
      const lock = new Mutex(agent, offset);
      const room = make(agent, offset + line);
      return new BufferExercise(site, lock, room, make(agent, offset + 2 * line), isWriter);
    },
  };
}

const together: readonly TortureType[] = [
  {
    name: 'completion',
    summary: 'Completion: writers complete, readers wait',
    readers: true,
    needsBoth: true,
    bytes: () => line,
    attach: ({ agent, offset, site, isWriter }) => {
      const completion = new Completion(agent, offset);
      return isWriter
        ? new CompleteExercise(site, completion)
        : new AwaitExercise(site, completion);
    },
  },
  {
    name: 'barrier',
    summary: 'Barrier: all wait for all, again and again',
    readers: false,
    fixed: true,
    bytes: (capacity) => Barrier.bytes(capacity),
    attach: ({ agent, offset, site }) =>
      new BarrierExercise(site, new Barrier(agent, offset, site.agents)),
  },
  {
    name: 'once',
    summary: 'Once: all call it together, round by round',
    readers: false,
    fixed: true,
    bytes: (capacity) => line + Barrier.bytes(capacity),
    attach: ({ agent, offset, site }) =>
      new OnceExercise(
        site,
        new Once(agent, offset),
        new Barrier(agent, offset + line, site.agents),
        () => void Atomics.store(agent.words, offset / wordBytes + OnceAt.done, 0),
      ),
  },
];

/** All types, under the names that the kernel's module has where it has the lock. */
export const tortureTypes: readonly TortureType[] = [
  exclusive('mutex_lock', 'Mutex', (agent, offset) => new Mutex(agent, offset)),
  exclusive('spin_lock', 'SpinLock', (agent, offset) => new SpinLock(agent, offset)),
  shared(
    'rw_lock',
    'RwLock',
    (capacity) => RwLock.bytes(capacity),
    (agent, offset) => new RwLock(agent, offset),
  ),
  shared(
    'rwsem_lock',
    'RwSemaphore: queued writers stop readers',
    (capacity) => RwSemaphore.bytes(capacity),
    (agent, offset) => new RwSemaphore(agent, offset),
  ),
  shared(
    'percpu_rwsem_lock',
    'PercpuRwSemaphore',
    (capacity) => PercpuRwSemaphore.bytes(capacity),
    (agent, offset) => new PercpuRwSemaphore(agent, offset),
  ),
  {
    name: 'seq_lock',
    summary: 'SeqLock: readers read again',
    readers: true,
    nested: true,
    counted: true,
    robust: true,
    bytes: () => SeqLock.bytes,
    attach: ({ agent, offset, site, isWriter }) => {
      const lock = new SeqLock(agent, offset);
      return isWriter ? new WriteExercise(site, lock.write) : new SeqReadExercise(site, lock);
    },
    attachNested: (agent, offset) => new SeqLock(agent, offset).write,
  },
  counting(
    'semaphore',
    `Semaphore of ${permits} permits`,
    (agent, offset) => new Semaphore(agent, offset, permits),
  ),
  buffer(
    'condition',
    'Condition: a bounded buffer; writers put in, readers take out',
    (agent, offset) => new Condition(agent, offset),
  ),
  ...together,
  exclusive('lock_busted', 'does nothing', () => new wrong.BustedLock(), true),
  exclusive(
    'flag_lock',
    'a flag without a compare-and-swap',
    (agent, offset) => new wrong.FlagLock(agent, offset),
    true,
  ),
  exclusive(
    'early_notify_mutex',
    'notifies before it stores',
    (agent, offset) => new wrong.EarlyNotifyMutex(agent, offset),
    true,
  ),
  exclusive(
    'no_recheck_mutex',
    'does not look again after a wait',
    (agent, offset) => new wrong.NoRecheckMutex(agent, offset),
    true,
  ),
  shared(
    'unfenced_rw_lock',
    'readers look before they count themselves in',
    () => line,
    (agent, offset) => new wrong.UnfencedRwLock(agent, offset),
    true,
  ),
  shared(
    'undrained_rw_lock',
    'writers do not wait for readers',
    () => line,
    (agent, offset) => new wrong.UndrainedRwLock(agent, offset),
    true,
  ),
  counting(
    'zero_notify_semaphore',
    'notifies only when no permit was free',
    (agent, offset) => new wrong.ZeroNotifySemaphore(agent, offset, permits),
    true,
  ),
  buffer(
    'unnumbered_condition',
    'a condition without a sequence number',
    (agent, offset) => new wrong.UnnumberedCondition(agent, offset),
    true,
  ),
];

/** @throws UserError with the list if there is none of this name */
export function tortureTypeNamed(name: string): TortureType {
  const type = tortureTypes.find((one) => one.name === name);
  if (type !== undefined) return type;
  const names = tortureTypes.map((one) => one.name);
  throw new UserError(
    `no lock is named "${name}": ${nearest(name, names)}there are ${names.join(', ')}`,
  );
}
