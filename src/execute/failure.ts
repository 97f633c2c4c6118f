import type { CheckSet } from '../check/check-set.ts';
import type { Finding } from '../check/finding.ts';
import { AssertionFailure, UserError, WrongValueError } from '../program/errors.ts';
import { placesOf, placeText, type Place } from '../trace/places.ts';
import type { Program } from './program.ts';

/** What an agent that threw leaves behind, on whatever it ran. */
export interface AgentFailure {
  readonly agent: number;
  readonly message: string;
  /** It was a broken promise of the program under test (`check`). */
  readonly promised: boolean;
  readonly stack: string | undefined;
}

/** What an agent on this thread threw. */
export function thrownBy({ agent, error }: { agent: number; error: unknown }): AgentFailure {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return { agent, message, promised: error instanceof AssertionFailure, stack };
}

/** The finding for an agent that threw. */
export function agentFailure(program: Program, checks: CheckSet, failure: AgentFailure): Finding {
  const { agent, message, promised, stack } = failure;
  const name = program.subject.agentNames[agent]!;
  const event = Math.max(0, checks.events - 1);
  return {
    kind: promised ? 'assertion-failed' : 'agent-failed',
    level: 'happened',
    title: promised ? message : `agent ${name} failed: ${message}`,
    key: `failed ${name} ${message}`,
    event,
    parties: [
      { agent, event, action: 'fails', object: 0, mode: -1, held: checks.held.list(agent) },
    ],
    ...(stack === undefined ? {} : { stack }),
  };
}

/** What the scenario's own code did wrong in an agent, and where. */
export function agentMistake(
  { scenario, subject }: Program,
  agent: number,
  place: Place | undefined,
  what: string,
): UserError {
  const where = place === undefined ? '' : `, at ${placeText(place)}`;
  const name = subject.agentNames[agent]!;
  return new UserError(`scenario "${scenario.name}", agent "${name}"${where}: ${what}`);
}

/** The error as the user is to be told it, who gave an operation in an agent a wrong value. */
export function toldOf(program: Program, agent: number, error: UserError): UserError {
  if (!(error instanceof WrongValueError)) return error;
  return agentMistake(program, agent, placesOf(error.stack)[0], error.message);
}
