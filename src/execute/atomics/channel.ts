/**
 * What a controlled thread and the explorer say to each other: one block of shared memory a thread.
 * The thread asks (it has come to an operation, or ended) and stands still until it is answered.
 * Nothing else in Heddle knows these offsets.
 *
 *     | ask | asleep | what | buffer | byte | width | low | high | low2 | high2 | timed | length |
 *     | digest |
 *     | answer | asleep | verb | low | high | length | places |
 *     | text ...
 *
 * Each line of the drawing begins on a cache line of its own.
 */
import { cacheLineWords } from '../../program/layout.ts';
import { pristine } from './pristine.ts';

/** The thread's line. */
export const AskAt = {
  count: 0,
  asleep: 1,
  what: 2,
  buffer: 3,
  byte: 4,
  width: 5,
  low: 6,
  high: 7,
  low2: 8,
  high2: 9,
  timed: 10,
  length: 11,
  /** Of what it asked while it had answers beforehand. */
  digest: 12,
} as const;

/** The explorer's line, which begins a cache line later. */
export const AnswerAt = {
  count: 16,
  asleep: 17,
  verb: 18,
  low: 19,
  high: 20,
  length: 21,
  places: 22,
} as const;

/** What a thread asks. */
export const What = {
  none: 0,
  load: 1,
  store: 2,
  /** `rmw` and one of `Rmw` (see `program/bytes.ts`). */
  rmw: 3,
  compareExchange: 9,
  read: 10,
  write: 11,
  wait: 12,
  notify: 13,
  waitAsync: 14,
  /** The rest of a `waitAsync` whose promise is awaited. */
  awake: 15,
  pause: 16,
  send: 17,
  receive: 18,
  /** It has ended; the text is what it returned, or what it threw. */
  ended: 19,
  threw: 20,
  /** It is ready for another run. */
  ready: 21,
  /** It waits for a promise that nothing under control settles. */
  stuck: 22,
  /** What it does next follows from the text alone. */
  rest: 23,
  /** It has begun so many calls, and is to do something in the innermost. */
  call: 24,
  /** The innermost call is over; the text is all that it leaves. */
  returned: 25,
} as const;

/** What a thread is answered. */
export const Verb = {
  none: 0,
  run: 1,
  result: 2,
  leave: 3,
  stop: 4,
  /** Goes on by what the script says (`script.ts`). */
  follow: 5,
} as const;

const textAt = cacheLineWords * 2 * Int32Array.BYTES_PER_ELEMENT;

/** Bytes that one text may have: a stack, a message, a returned value. */
export const textMax: number = 1 << 16;

export function makeChannel(): SharedArrayBuffer {
  return new pristine.SharedArrayBuffer(textAt + textMax);
}

/** How often a word is looked at before whoever waits for it sleeps. */
const looksMax = 400;

/**
 * Returns when a word is no longer what it was. A wake-up may come late, from the change before:
 * so the word decides, and the clock.
 *
 * @param asleep - the word that says whether the waiter sleeps, so that it is woken only then
 * @param ms - milliseconds to wait at the most
 * @returns false if it still is
 */
export function awaitChange(
  words: Int32Array,
  at: number,
  asleep: number,
  seen: number,
  ms: number,
): boolean {
  for (let looks = 0; looks < looksMax; looks++) {
    if (pristine.load(words, at) !== seen) return true;
  }
  const endMs = pristine.performanceNow() + ms;
  for (let left = ms; left > 0; left = endMs - pristine.performanceNow()) {
    pristine.store(words, asleep, 1);
    // A change between the two is seen by `wait` itself.
    pristine.wait(words, at, seen, left);
    pristine.store(words, asleep, 0);
    if (pristine.load(words, at) !== seen) return true;
  }
  return false;
}

/** Changes a word that somebody may wait for. */
export function change(words: Int32Array, at: number, asleep: number): void {
  pristine.store(words, at, (words[at]! + 1) | 0);
  if (pristine.load(words, asleep) !== 0) pristine.notify(words, at);
}

/** The text in a channel's block. */
export function readText(buffer: SharedArrayBuffer, length: number): string {
  return Buffer.from(buffer, textAt, length).toString('utf8');
}

/** Puts a text there; one that is too long is cut. @returns its length in bytes */
export function writeText(buffer: SharedArrayBuffer, text: string): number {
  return Buffer.from(buffer, textAt, textMax).write(text, 'utf8');
}

/** Answers that a thread can be given beforehand. */
export const answersMax: number = textMax / 8;

/** Gives a thread the answers to its first operations: low and high bits of each. */
export function writeAnswers(buffer: SharedArrayBuffer, answers: readonly number[]): void {
  new Int32Array(buffer, textAt, answers.length).set(answers);
}

/** So many answers. */
export function readAnswers(buffer: SharedArrayBuffer, count: number): Int32Array {
  return new Int32Array(buffer, textAt, count * 2).slice();
}

/** A number for what a thread asks. */
export function digestOf(words: Int32Array, text: string): number {
  let digest = 0x811c9dc5;
  for (let at: number = AskAt.what; at < AskAt.length; at++) {
    digest = Math.imul(digest ^ words[at]!, 0x01000193) + (digest >>> 15);
  }
  for (let at = 0; at < text.length; at++) {
    digest = Math.imul(digest ^ text.charCodeAt(at), 0x01000193);
  }
  return digest | 0;
}

/** A number for all that a thread has asked. */
export function digestSum(before: number, digest: number): number {
  return (Math.imul(before, 31) + digest) | 0;
}
