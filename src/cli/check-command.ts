import { exploreFound } from './explore-command.ts';
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
): Promise<number> {
  const { plain, stepsMax } = options;
  const found = await checkFile(file, { plain, ...(stepsMax === undefined ? {} : { stepsMax }) });
  try {
    return await exploreFound(found, { ...options, threads: 1, budget: 1 }, io, 'check');
  } finally {
    await found.close();
  }
}
