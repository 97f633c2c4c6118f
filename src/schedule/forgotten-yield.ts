import { Coroutines } from '../execute/coroutines.ts';
import { Details } from '../execute/details.ts';
import type { Program } from '../execute/program.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { ForgottenYieldError, UserError } from '../program/errors.ts';
import { placesOf, placeText } from '../trace/places.ts';
import { Replay } from './strategies/replay.ts';

/**
 * The error for a forgotten `yield*`, with its line: if that is not known, the schedule that led
 * there is replayed with places on.
 */
export function forgottenYield(
  program: Program,
  error: ForgottenYieldError,
  steps: RecordedSteps,
): UserError {
  const known = error.madeAt === undefined ? replayed(program, steps) : error;
  const place = placesOf(known?.madeAt)[0];
  const where = place === undefined ? '' : `, at ${placeText(place)} in ${place.function}`;
  return new UserError(`scenario "${program.scenario.name}"${where}: ${error.message}`);
}

function replayed(program: Program, steps: RecordedSteps): ForgottenYieldError | undefined {
  try {
    new Coroutines(program).runDetailed(new Replay(steps, program.subject), new Details());
  } catch (error) {
    if (error instanceof ForgottenYieldError) return error;
  }
  return undefined;
}
