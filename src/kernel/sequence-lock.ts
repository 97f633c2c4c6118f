import {
  attempt,
  retry,
  type Arena,
  type SpinLock,
  type Step,
  type Word,
} from '../program/index.ts';

/**
 * seqlock_t (include/linux/seqlock.h): readers go again if a writer was there meanwhile. What they
 * read has to be atomic words: the kernel's race detector, too, takes all accesses of a reader's
 * section for marked ones.
 */
export interface SequenceLock {
  /** Odd while a writer is inside. */
  readonly sequence: Word;
  readonly lock: SpinLock;
}

export function makeSequenceLock(arena: Arena, name: string): SequenceLock {
  return { sequence: arena.word(`${name}.sequence`), lock: arena.spinLock(name) };
}

/** write_seqlock(). Lock order: the lock's own spin lock. */
export function* writeSeqlock(lock: SequenceLock): Step {
  yield* lock.lock.acquire();
  yield* lock.sequence.add(1);
}

/** write_sequnlock(). */
export function* writeSequnlock(lock: SequenceLock): Step {
  yield* lock.sequence.add(1);
  yield* lock.lock.release();
}

/** read_seqbegin(): waits for a writer that is inside to leave; takes no lock. */
export function* readSeqbegin(lock: SequenceLock): Step<number> {
  for (;;) {
    yield* attempt();
    const sequence = yield* lock.sequence.load();
    if (sequence % 2 === 0) return sequence;
    yield* retry(0);
  }
}

/** read_seqretry(): whether a writer was there since `read_seqbegin`. */
export function* readSeqretry(lock: SequenceLock, begun: number): Step<boolean> {
  return (yield* lock.sequence.load()) !== begun;
}
