import { Mode, Scope } from './operation.ts';

/** The end of an access that covers the whole word. */
export const wholeWord: number = 2 ** 31 - 1;

/**
 * One event of a trace. A reader fills in one object over and over and hands it on: whoever keeps
 * something of it keeps a copy.
 */
export interface TraceEvent {
  /** As in {@link Op}. */
  op: number;
  agent: number;
  /** A lock, a word or another agent; -1 where there is none. */
  object: number;
  /** As in {@link Mode}. */
  mode: number;
  /** Whether the lock was got by a try. */
  tried: boolean;
  /** The lock that serialises the nesting; -1 if none is named. */
  nest: number;
  /** Of this acquisition; -1: the lock's own. */
  subclass: number;
  /** Whether the access is atomic. */
  marked: boolean;
  /** The bytes of the word that are accessed: from `start` up to, and without, `end`. */
  start: number;
  end: number;
  /** As in {@link Context}. */
  context: number;
  threaded: boolean;
  /** As in {@link Scope}; of `assert-context` as in {@link ContextState}. */
  scope: number;
  /** Of `pin` and `unpin`; -1 if none is told. */
  cookie: number;
  /** Whether it is asked for again after a refusal, on the slow path (ww_mutex_lock_slow). */
  slow: boolean;
  /** The line of the file, from 1. */
  line: number;
  /** Number of the place; -1 if unknown. */
  place: number;
  /** Nanoseconds; NaN if unknown. */
  time: number;
  /** Of `enter` and `note`. */
  text: string;
  /** Fields that only a copy of the trace needs: values, and what is not known. */
  extra: Readonly<Record<string, unknown>> | undefined;
}

/** Receives the events of a trace in order. */
export interface TraceSink {
  event(event: TraceEvent): void;
}

export function makeTraceEvent(): TraceEvent {
  const event = { op: 0, agent: 0, line: 0 } as TraceEvent;
  clearTraceEvent(event);
  return event;
}

/** Sets all fields but `op`, `agent` and `line` to what they are where nothing is said. */
export function clearTraceEvent(event: TraceEvent): void {
  event.object = -1;
  event.mode = Mode.write;
  event.tried = false;
  event.nest = -1;
  event.subclass = -1;
  event.marked = false;
  event.start = 0;
  event.end = wholeWord;
  event.context = -1;
  event.threaded = false;
  event.scope = Scope.none;
  event.cookie = -1;
  event.slow = false;
  event.place = -1;
  event.time = NaN;
  event.text = '';
  event.extra = undefined;
}
