import type { Access } from './access.ts';

/** The two tables: locks with one holder, and those that readers share. */
export type Family = 'one holder' | 'readers and writers';

/** A lock that takes part, and how a thread has it. */
export interface Contender {
  readonly name: string;
  readonly family: Family;
  /** Whose it is: what is held against `ours`. `limit`: what the hardware does at best. */
  readonly side: 'ours' | 'theirs' | 'limit';
  /** Readers do not exclude, so nothing is counted and nothing checked. */
  readonly unchecked?: boolean;
  /** Needs `--harmony-struct`: is run in a child process. */
  readonly struct?: boolean;
  /** What its threads share, beside the data. */
  share(): unknown;
  /** The sections of one of at most `threadsMax` threads. */
  attach(shared: unknown, data: Int32Array, thread: number): Access;
}

export const threadsMax = 8;
