import { UserError } from '../program/errors.ts';
import { requireSeen } from '../schedule/explore-states.ts';
import { exploreFound } from './explore-command.ts';
import { whileLoading } from './interrupt.ts';
import type { Io } from './io.ts';
import type { CheckCommandOptions } from './options.ts';
import { checkFile } from './scenarios.ts';

/**
 * `heddle check FILE`: explores schedules of synchronous code that uses `SharedArrayBuffer` and
 * `Atomics` itself: the functions that the file exports are worker threads, of which one runs at a
 * time. Status 0 if nothing is found, 1 if something is.
 */
export async function checkCommand(
  file: string,
  options: CheckCommandOptions,
  io: Io,
  given: ReadonlySet<string>,
): Promise<number> {
  const { plain, stepsMax, strategy } = options;
  if (strategy === 'states') requireSeen(plain);
  if (options.symmetry === true || options.checkSymmetry === true) {
    throw new UserError('`--symmetry` is for agents of scenarios: threads are all told apart');
  }
  const session = { plain, ...(stepsMax === undefined ? {} : { stepsMax }) };
  const found = await whileLoading(io, () => checkFile(file, session));
  try {
    const whole = { ...options, threads: 1, budget: 1 };
    return await exploreFound(found, whole, io, { command: 'check', given });
  } finally {
    await found.close();
  }
}
