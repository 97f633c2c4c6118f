/** What the threads of a divided search say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { RecordedSteps } from '../../execute/schedule-record.ts';
import type { CoverageShare } from '../coverage.ts';
import type { Counts } from '../explore.ts';
import type { Plain, Task } from '../strategies/division.ts';
import type { StrategyOptions } from '../strategies/registry.ts';

/** What a thread needs to run pieces of a search. Plain data. */
export interface PieceJob {
  readonly kind: 'pieces';
  /** URL of the scenario's module. */
  readonly url: string;
  readonly variant: string;
  readonly form: string;
  readonly suspicions?: boolean;
  readonly strategy: string;
  readonly options: StrategyOptions;
  /** The thread's number, from 0. */
  readonly thread: number;
  /** Of the threads' `SearchWords`. */
  readonly words: SharedArrayBuffer;
  /** {@link PieceNews} go there, {@link PieceOrder}s come from there. */
  readonly port: MessagePort;
  /** Answers to what a piece asks come from there. */
  readonly answers: MessagePort;
}

/** What a thread tells. */
export type PieceNews =
  /** It has nothing to do. */
  | { readonly kind: 'idle' }
  /** A piece asks its division something; the thread waits for the answer. */
  | { readonly kind: 'ask'; readonly task: number; readonly question: Plain }
  /** It gives away some of a piece. */
  | { readonly kind: 'give'; readonly task: number; readonly share: Plain }
  /** It has not begun the piece, and will not. */
  | { readonly kind: 'putBack'; readonly task: number }
  /** It leaves the piece, with this left to be run; undefined: nothing. */
  | { readonly kind: 'leave'; readonly task: number; readonly rest: Plain }
  /** The piece has been run. */
  | { readonly kind: 'done'; readonly task: number }
  /** It waits, as it was asked to; so much is left of the piece. */
  | { readonly kind: 'paused'; readonly task: number; readonly rest: Plain }
  /** Somebody showed something that this thread had not met before. */
  | {
      readonly kind: 'finding';
      readonly key: string;
      readonly steps: RecordedSteps;
      readonly execution: number;
    }
  /**
   * What it has run so far, how often it met findings again, by key, and how many searches for
   * cycles of locks gave up.
   */
  | {
      readonly kind: 'progress';
      readonly counts: Counts;
      readonly again: ReadonlyMap<string, number>;
      readonly lockSearchesCut: number;
    }
  /** Before the end: what the executions of a search that may meet traces again were through. */
  | { readonly kind: 'coverage'; readonly share: CoverageShare | undefined }
  /** The user's mistake that ended it. */
  | { readonly kind: 'mistake'; readonly message: string }
  /** There is no more to tell. */
  | { readonly kind: 'end' };

/** What a thread is told. */
export type PieceOrder =
  /** Run this piece. */
  | ({ readonly kind: 'run' } & Task)
  /** Go on after a pause. */
  | { readonly kind: 'goOn' }
  /** After a pause: drop the piece, which is none of the search any more. */
  | { readonly kind: 'drop' }
  /** There is nothing more to run. */
  | { readonly kind: 'end' };
