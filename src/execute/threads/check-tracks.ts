import { Kind } from '../../program/kinds.ts';
import type { CheckSet } from '../../check/check-set.ts';
import { agentFailure } from '../failure.ts';
import { checkInvariants } from '../invariants.ts';
import type { Program } from '../program.ts';
import type { RecordedSteps } from '../schedule-record.ts';
import type { AgentMessage } from './messages.ts';
import { reconstruct, type AgentTrack } from './reconstruct.ts';

/** What threads did in one iteration. */
export interface Iteration {
  readonly tracks: readonly AgentTrack[];
  readonly messages: readonly AgentMessage[];
  /** Every agent's thread is through: nothing else touches the arena any more. */
  readonly over: boolean;
}

/**
 * Gives the checkers what threads did, as if coroutines had done it: events, failures, the stall,
 * invariants. The findings are then the checkers'.
 *
 * @returns the schedule that the threads took
 */
export function checkTracks(
  program: Program,
  { tracks, messages, over }: Iteration,
  checks: CheckSet,
): RecordedSteps {
  checks.begin();
  // Invariants look at the arena, so what they are to see is done there.
  const done = reconstruct(program, tracks, checks, over);
  const { steps, divergence, stalled, completed, failed } = done;
  if (divergence !== '') {
    throw new Error(`[internal] what the threads did is no execution: ${divergence}`);
  }
  for (const message of messages) {
    if (message.kind !== 'failed' || message.agent !== failed) continue;
    checks.report(agentFailure(program, checks, message));
  }
  if (stalled) checks.event(Kind.stall, 0, 0, 0, 0);
  if (over && completed) checkInvariants(program, 'end', checks);
  checks.end();
  return steps;
}
