import type { Arena, Mutex, Step, Word } from '../../src/program/index.ts';

/** A condition variable: a count of signals. A signal that nobody waits for is lost. */
export interface Condition {
  readonly signals: Word;
}

export function makeCondition(arena: Arena, name: string): Condition {
  return { signals: arena.word(name) };
}

/** pthread_cond_wait(): the mutex is released while it waits, and held again after. */
export function* conditionWait(condition: Condition, mutex: Mutex): Step {
  const before = yield* condition.signals.load();
  yield* mutex.release();
  yield* condition.signals.waitUntilNot(before);
  yield* mutex.acquire();
}

/** pthread_cond_broadcast(). */
export function* conditionSignal(condition: Condition): Step {
  yield* condition.signals.add(1);
}
