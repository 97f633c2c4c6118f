import type { Strategy } from '../../execute/strategy.ts';

/** What threads and files exchange of a search: JSON; each search has its own form of it. */
export type Plain = unknown;

/** A part of a search, to be run by one thread. */
export interface Task {
  /** Its number, by which that thread speaks of it. */
  readonly task: number;
  readonly piece: Plain;
}

/**
 * The part of a search that threads share: what is still to be run by any of them. One thread keeps
 * it; the others ask. Together the pieces that it hands out run exactly the executions that one
 * thread alone would run.
 */
export interface Division {
  /** Something to run; undefined: nothing waits. */
  take(): Task | undefined;
  /** The thread gives away some of what it was to run. */
  give(task: number, share: Plain): void;
  /** The task was not begun. */
  putBack(task: number): void;
  /** All of the task that was not given away has been run. */
  done(task: number): void;
  /** Answers what a running piece asks (`PieceStrategy`). */
  answer(task: number, question: Plain): Plain;
  /** Tasks that were taken and are not done. */
  readonly running: number;
  /** Whether something can be taken. */
  readonly waits: boolean;
  /**
   * All that is still to be run.
   *
   * @param rests - for each running task what is left of it; undefined: nothing
   */
  save(rests: ReadonlyMap<number, Plain>): Plain;
  /**
   * How often the search has begun: it may learn on the way what it must know from the start. What
   * was run before does not count.
   */
  readonly beginnings?: number;
  /** Whether a task is one of the search, which may have begun anew; default: it is. */
  isOf?(task: number): boolean;
  /** Tells the search as a whole, which runs nothing by itself, how far its pieces have come. */
  tell?(all: Strategy): void;
}

/** A strategy that runs a piece of a search. */
export interface PieceStrategy extends Strategy {
  /**
   * Between two executions: gives away as much as another thread can well use, from the shallowest
   * end; undefined: there is nothing to give.
   */
  give(): Plain;
  /** Between two executions: all that it has still to run; undefined: nothing. */
  rest(): Plain;
}

/** A question of a running piece to its {@link Division}. */
export type Ask = (question: Plain) => Plain;

/** How a search is divided into pieces. */
export interface Divider {
  /** False of a search that is saved, and runs on one thread. */
  readonly onThreads?: false;
  /** The whole search, not begun. */
  begin(): Division;
  /** What was saved. The form of it is checked as far as a damaged file must not break anything. */
  load(saved: Plain): Division;
  strategy(piece: Plain, ask: Ask): PieceStrategy;
}
