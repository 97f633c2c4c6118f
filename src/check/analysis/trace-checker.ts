import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { AgentState } from './trace-state.ts';

/** A state machine over the events of a trace. */
export interface TraceChecker {
  /** The header has been read. */
  start?(): void;
  /** The event, while agents and locks are as they were before it. */
  before?(event: TraceEvent, agent: AgentState): void;
  /** The event, after agents and locks have become what it made them. */
  after?(event: TraceEvent, agent: AgentState): void;
  /**
   * Asked at the first event: the operations (`Op`) that it looks at. Undefined: all.
   */
  operations?(): readonly number[] | undefined;
  /** The trace is over. */
  end?(): void;
}
