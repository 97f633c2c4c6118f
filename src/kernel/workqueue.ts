import type { Arena, Completion, Mutex, SpinLock, Step, Word } from '../program/index.ts';

/** Works that can be queued at a time. */
const worksMax = 8;

/** Numbers that say what a work is about. */
const numbersOfWork = 3;

/**
 * A workqueue with one worker, which does one work at a time in the order in which they were queued
 * (alloc_ordered_workqueue(); an unbound one with max_active 1 of older releases).
 */
export interface Workqueue {
  /**
   * What lockdep takes for the whole of a work: `(wq_completion)`. Real here, since the queue is
   * ordered: nobody else does a work of it meanwhile.
   */
  readonly map: Mutex;
  /** What lockdep takes for the work itself: `(work_completion)`. */
  readonly workMap: Mutex;
  /** pool->lock: guards the list of works. */
  readonly lock: SpinLock;
  /** Works that were taken and works that were queued, since the beginning; under `lock`. */
  readonly taken: Word;
  readonly queued: Word;
  /** The works, by their number modulo `worksMax`; under `lock`. */
  readonly works: readonly (readonly Word[])[];
  /** Wakes the worker; once a work. */
  readonly more: Completion;
}

export function makeWorkqueue(arena: Arena, name: string): Workqueue {
  const count = (length: number): number[] => Array.from({ length }, (_, at) => at);
  return {
    map: arena.mutex(`wq ${name}`),
    workMap: arena.mutex(`${name} work`),
    lock: arena.spinLock(`${name}.pool->lock`),
    taken: arena.word(`${name}.taken`),
    queued: arena.word(`${name}.queued`),
    works: count(worksMax).map((work) =>
      count(numbersOfWork).map((at) => arena.word(`${name}.work${work}.${at}`)),
    ),
    more: arena.completion(`${name}.more`),
  };
}

/** What `destroyWorkqueue` queues: no work begins with it. */
const end = -1;

/**
 * queue_work(). All releases. Does not wait for the work. Lock order: pool->lock, a leaf.
 *
 * @param work - up to three numbers, the first 0 or more
 * @returns whether there was room: the kernel's list has no end
 */
export function* queueWork(queue: Workqueue, work: readonly number[]): Step<boolean> {
  yield* queue.lock.acquire();
  try {
    const at = yield* queue.queued.read();
    if (at - (yield* queue.taken.read()) === worksMax) return false;
    for (const [index, word] of queue.works[at % worksMax]!.entries()) {
      yield* word.write(work[index] ?? 0);
    }
    yield* queue.queued.write(at + 1);
  } finally {
    yield* queue.lock.release();
  }
  yield* queue.more.complete();
  return true;
}

/**
 * destroy_workqueue(), without waiting for the worker: it ends after the works that are queued.
 * Lock order: as in {@link queueWork}.
 */
export function* destroyWorkqueue(queue: Workqueue): Step<boolean> {
  return yield* queueWork(queue, [end]);
}

/**
 * worker_thread(): does works until the queue is destroyed. All releases.
 *
 * Lock order: nothing while it waits; the queue, the work, and what `perform` takes.
 */
export function* workerThread(
  queue: Workqueue,
  perform: (work: readonly number[]) => Step<unknown>,
): Step {
  while (yield* processOneWork(queue, perform));
}

/**
 * process_one_work(). All releases. Lock order: as in {@link workerThread}.
 *
 * @returns false for the end of the queue
 */
export function* processOneWork(
  queue: Workqueue,
  perform: (work: readonly number[]) => Step<unknown>,
): Step<boolean> {
  yield* queue.more.wait();
  const work = yield* takeWork(queue);
  if (work[0] === end) return false;
  yield* queue.map.acquire();
  try {
    yield* queue.workMap.hold(() => perform(work) as Step);
  } finally {
    yield* queue.map.release();
  }
  return true;
}

function* takeWork(queue: Workqueue): Step<readonly number[]> {
  yield* queue.lock.acquire();
  try {
    const at = yield* queue.taken.read();
    const work: number[] = [];
    for (const word of queue.works[at % worksMax]!) work.push(yield* word.read());
    yield* queue.taken.write(at + 1);
    return work;
  } finally {
    yield* queue.lock.release();
  }
}
