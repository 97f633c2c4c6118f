import { UserError } from '../../program/errors.ts';
import type { RecordedSteps } from '../schedule-record.ts';

/**
 * An agent's thread is lost: it died, or is busy for good with something that is no operation. The
 * iteration cannot go on, and cannot be replayed on coroutines, which would be lost as well.
 *
 * @public
 */
export class AgentLostError extends UserError {
  override name = 'AgentLostError';
  /** Name of the agent. */
  readonly agent: string;
  /** What all agents had done by then; undefined if that is not known. */
  steps: RecordedSteps | undefined;

  constructor(agent: string, what: string) {
    super(`agent ${agent}: ${what}`);
    this.agent = agent;
  }
}
