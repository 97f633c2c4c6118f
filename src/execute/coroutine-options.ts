import type { EventSink } from '../trace/event.ts';

/** What a coroutine executor does beside running agents. */
export interface CoroutineOptions {
  /** Whether the checkers see what happens; default true. */
  readonly checks?: boolean;
  /**
   * Whether an execution of a trace that has been checked before is checked again; default false.
   * It would show the same.
   */
  readonly checkAgain?: boolean;
  /** Sees every event as it happens, after the checkers; default: nobody. */
  readonly observer?: EventSink;
}
