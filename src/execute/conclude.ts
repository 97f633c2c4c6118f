import type { CheckSet } from '../check/check-set.ts';
import { Kind } from '../program/kinds.ts';
import type { EventSink } from '../trace/event.ts';
import type { CutOff } from './cut-off.ts';
import { agentFailure, thrownBy } from './failure.ts';
import { checkInvariants } from './invariants.ts';
import type { Program } from './program.ts';
import type { ExecutionOutcome } from './strategy.ts';

/** How an execution ended. */
export interface Ending {
  readonly ending: ExecutionOutcome['end'];
  /** The agent that threw, and what. */
  readonly failure: { agent: number; error: unknown } | undefined;
  /** Where the event of a stall goes. */
  readonly sink: EventSink;
  /** Has judged the execution if it was cut off. */
  readonly cutOff: CutOff;
}

/** What can be said once an execution is over and the checkers have seen all of it. */
export function conclude(program: Program, checks: CheckSet, end: Ending): void {
  const { ending, failure, sink, cutOff } = end;
  if (failure !== undefined) checks.report(agentFailure(program, checks, thrownBy(failure)));
  if (ending === 'stalled') {
    sink.event(Kind.stall, 0, 0, 0, 0);
  } else if (ending === 'completed') {
    checkInvariants(program, 'end', checks);
  } else if (ending === 'cutOff' && failure === undefined) {
    const finding = cutOff.finding(checks);
    if (finding !== undefined) checks.report(finding);
  }
  checks.end(ending === 'abandoned');
}
