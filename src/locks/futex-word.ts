import { Flag } from './layout.ts';

/*
 * The three-state futex mutex (Drepper, "Futexes Are Tricky", 2011, section 6, mutex2) on a word
 * that says whose it is: 0, or the owner's number, with a flag if somebody sleeps on the word. Only
 * the steps on the word: who sleeps, and what is looked at meanwhile, is for others to say. Numbers
 * are 1 to `idMask`.
 */

/** `stepOn`: the word has changed, look again. */
export const changed = -1;

/** Takes a free lock; whether it was free. */
export function takeWord(words: Int32Array, at: number, id: number): boolean {
  return Atomics.compareExchange(words, at, 0, id) === 0;
}

/**
 * One step of an agent that waits: takes the lock if it is free, or makes sure that its release
 * wakes.
 *
 * @param seen - what the word was
 * @param taken - what it becomes when it is taken: the agent's number, and `Flag.sleepers` if the
 *   agent may have slept, since others may sleep still
 * @param flag - what makes the release wake
 * @returns 0: taken; `changed`; otherwise the value on which to sleep
 */
export function stepOn(
  words: Int32Array,
  at: number,
  seen: number,
  taken: number,
  flag: number,
): number {
  if (seen === 0) return Atomics.compareExchange(words, at, 0, taken) === 0 ? 0 : changed;
  const flagged = seen | flag;
  if (seen === flagged) return flagged;
  return Atomics.compareExchange(words, at, seen, flagged) === seen ? flagged : changed;
}

/** Frees the lock, whosever it is, and wakes the first one that sleeps on the word. */
export function releaseWord(words: Int32Array, at: number, id: number): void {
  if (Atomics.compareExchange(words, at, id, 0) === id) return;
  const before = Atomics.exchange(words, at, 0);
  if ((before & Flag.sleepers) !== 0) Atomics.notify(words, at, 1);
}
