import type { Arena, SpinLock, Step, Word } from '../program/index.ts';

/**
 * A work of a workqueue (struct work_struct, kernel/workqueue.c): queued at most once, and run by
 * one worker at a time. Which worker runs it, and when, is the scenario's.
 */
export interface QueuedWork {
  /** pool->lock, of the workers. */
  readonly poolLock: SpinLock;
  /** WORK_STRUCT_PENDING; plain, under pool->lock. */
  readonly pending: Word;
  /** Whether a worker is in it; written under pool->lock, atomic since who cancels waits for it. */
  readonly running: Word;
}

export function makeQueuedWork(arena: Arena, name: string): QueuedWork {
  return {
    poolLock: arena.spinLock(`${name}.pool_lock`, { class: 'pool->lock' }),
    pending: arena.word(`${name}.pending`),
    running: arena.word(`${name}.running`),
  };
}

/** queue_work(), schedule_work(). All releases. Lock order: pool->lock, a leaf. */
export function* queueWork({ poolLock, pending }: QueuedWork): Step {
  yield* poolLock.acquire();
  try {
    yield* pending.write(1);
  } finally {
    yield* poolLock.release();
  }
}

/**
 * process_one_work(): runs the work if it is queued. All releases. Lock order: pool->lock, released
 * while the work runs.
 *
 * @returns what it did, or undefined if it was not queued or is being run
 */
export function* processOneWork<T>(work: QueuedWork, run: () => Step<T>): Step<T | undefined> {
  if (!(yield* take(work))) return undefined;
  try {
    return yield* run();
  } finally {
    yield* work.running.store(0);
  }
}

function* take({ poolLock, pending, running }: QueuedWork): Step<boolean> {
  yield* poolLock.acquire();
  try {
    if ((yield* pending.read()) === 0 || (yield* running.load()) === 1) return false;
    yield* pending.write(0);
    yield* running.store(1);
    return true;
  } finally {
    yield* poolLock.release();
  }
}

/**
 * cancel_work_sync(): it is not queued any more, and does not run. All releases. Lock order:
 * pool->lock, then the wait; so nothing may be held that the work takes.
 */
export function* cancelWorkSync({ poolLock, pending, running }: QueuedWork): Step {
  yield* poolLock.acquire();
  try {
    yield* pending.write(0);
  } finally {
    yield* poolLock.release();
  }
  yield* running.waitUntil(0);
}
