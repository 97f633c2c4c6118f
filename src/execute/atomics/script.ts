/**
 * A script: what controlled threads do, step by step, with the answer of each operation, so that
 * they go on by themselves in the order of a known execution, or of several. Whoever has the turn
 * reads the next record; only where it is another thread's is anything handed over. Nothing else in
 * Heddle knows these offsets.
 *
 *     | published | position | wanted | asleep | news | abandoned | differs |
 *     | thread 0: turn | asleep |
 *     | ...
 *     | record 0: thread | act | what | buffer | byte | width | low | high | low2 | high2 | timed
 *     |           | answer low | answer high |
 *     | ...
 *
 * Each line of the drawing, and each record, is a cache line.
 */
import { agentCountMax, cacheLineWords } from '../../program/layout.ts';
import { pristine } from './pristine.ts';

export const ScriptAt = {
  /** Twice the number of records that there are; odd: they are through, and nobody has the turn. */
  published: 0,
  /** The record that the turn was given for last: those before it are through. */
  position: 1,
  /** What the explorer sleeps for: a position, or the end of what is published. */
  wanted: 2,
  asleep: 3,
  news: 4,
  /** 1: nobody follows any more. */
  abandoned: 5,
  /** 1 and the number of the thread that did something else than its record says; 0: none. */
  differs: 6,
} as const;

export const TurnAt = { turn: 0, asleep: 1 } as const;

export const RecordAt = {
  thread: 0,
  act: 1,
  what: 2,
  buffer: 3,
  byte: 4,
  width: 5,
  low: 6,
  high: 7,
  low2: 8,
  high2: 9,
  timed: 10,
  answerLow: 11,
  answerHigh: 12,
} as const;

/** What a record asks of its thread. */
export const Act = {
  /** Begins its function, and runs to its first operation. */
  begin: 1,
  /** Must be at this operation; takes the answer and runs to the next one. */
  step: 2,
  /** Must have ended, with a text of this number and length. */
  ended: 3,
  /** Leaves its function where it stands. */
  leave: 4,
  /** Stands still where it is, and asks the explorer from now on. */
  stand: 5,
} as const;

/** Records that there is room for: a power of two. */
export const scriptRecords: number = 1 << 12;

/** Positions go round, so that twice a position is a word. */
export const positionMask: number = (1 << 30) - 1;

const turnsAt = cacheLineWords;
const recordsAt = turnsAt + agentCountMax * cacheLineWords;

export function makeScript(): SharedArrayBuffer {
  const words = recordsAt + scriptRecords * cacheLineWords;
  const buffer = new pristine.SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(buffer)[ScriptAt.published] = 1;
  return buffer;
}

/** First word of a thread's turn. */
export function turnLine(thread: number): number {
  return turnsAt + thread * cacheLineWords;
}

/** First word of the record at a position. */
export function recordLine(position: number): number {
  return recordsAt + (position & (scriptRecords - 1)) * cacheLineWords;
}

export function positionAfter(position: number): number {
  return (position + 1) & positionMask;
}

/** How far a position lies behind another one that is not before it. */
export function distance(position: number, later: number): number {
  return (later - position) & positionMask;
}

/** Lets the thread of a record go on there. */
export function giveTurn(words: Int32Array, position: number): void {
  words[ScriptAt.position] = position;
  const line = turnLine(words[recordLine(position) + RecordAt.thread]!);
  pristine.store(words, line + TurnAt.turn, 1);
  if (pristine.load(words, line + TurnAt.asleep) !== 0) pristine.notify(words, line + TurnAt.turn);
}

/** A number for a text: FNV-1a (Fowler, Noll, Vo) over its code units. */
export function textNumber(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}
