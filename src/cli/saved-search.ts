import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../program/errors.ts';
import { parseCheckpoint, type CheckpointFile } from '../schedule/checkpoint-file.ts';
import { stateSwitches, switchesOn, unbounded } from '../schedule/strategies/registry.ts';
import { flagOf, type ExploreCommandOptions } from './options.ts';
import { findScenario, scenarioIn, type FoundScenario } from './scenarios.ts';

/** A checkpoint that is to be gone on from. */
export interface SavedSearch {
  /** Its path, as the user gave it. */
  readonly path: string;
  readonly file: CheckpointFile;
  readonly found: FoundScenario;
  /** The options, with what the checkpoint says in place of what they leave open. */
  readonly options: ExploreCommandOptions;
}

/** The seed if nothing says another. */
export const seedDefault = 1;

/**
 * Reads the checkpoint that `--resume` names.
 *
 * @param name - the scenario, if the user names one
 * @throws UserError if it cannot be read, or is of another search than the other options ask for
 */
export async function readSavedSearch(
  path: string,
  name: string | undefined,
  options: ExploreCommandOptions,
): Promise<SavedSearch> {
  const file = parseCheckpoint(await read(path), path);
  const { of } = file;
  const found = await scenarioOf(file, path, name);
  if (found.scenario.name !== of.scenario) {
    throw new UserError(`${path} is of scenario "${of.scenario}", not of "${found.scenario.name}"`);
  }
  requireSame(path, 'variant', of.variant, options.variant);
  requireSame(path, 'form', of.form, options.form);
  if (options.strategy !== undefined)
    requireSame(path, 'strategy', of.strategy, [options.strategy]);
  if (options.seed !== seedDefault) requireSame(path, 'seed', `${of.seed}`, [`${options.seed}`]);
  if (options.preemptions < unbounded) {
    const bound = of.preemptions < unbounded ? `${of.preemptions}` : 'any';
    requireSame(path, 'preemptions', bound, [`${options.preemptions}`]);
  }
  const { variant, form, strategy, seed, preemptions, delays = unbounded } = of;
  if (options.delays < unbounded) {
    requireSame(path, 'delays', delays < unbounded ? `${delays}` : 'any', [`${options.delays}`]);
  }
  const { equivalence = 'traces' } = of;
  if (options.equivalence !== 'traces') {
    requireSame(path, 'equivalence', equivalence, [options.equivalence]);
  }
  const more = stateSwitches.find((name) => options[name] === true && of[name] !== true);
  if (more !== undefined) {
    throw new UserError(`${path} is a search without \`${flagOf(more)}\`: leave it out`);
  }
  const bounds = { preemptions, delays };
  const search = { strategy, seed, ...bounds, equivalence, ...switchesOn(of) };
  const merged = { ...options, variant: [variant], form: [form], ...search };
  return { path, file, found, options: merged };
}

function requireSame(
  path: string,
  what: string,
  saved: string,
  given: readonly string[] | undefined,
): void {
  const other = given?.find((one) => one !== saved);
  if (other === undefined) return;
  throw new UserError(
    `${path} is a search with \`--${what} ${saved}\`, not ${other}: leave out \`--${what}\``,
  );
}

async function scenarioOf(
  { of }: CheckpointFile,
  path: string,
  name: string | undefined,
): Promise<FoundScenario> {
  if (name !== undefined) return await findScenario(name);
  if (of.scenarioFile === undefined) return await findScenario(of.scenario);
  const file = resolve(dirname(path), of.scenarioFile);
  if (existsSync(file)) return await scenarioIn(file);
  throw new UserError(
    `${path} is of the scenario in ${file}, which is not there: name it, ` +
      'as in `heddle explore SCENARIO --resume FILE`',
  );
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`there is no checkpoint ${path}`);
    if (code === 'EISDIR') throw new UserError(`${path} is a folder: name a checkpoint in it`);
    throw new UserError(`${path} cannot be read: ${code}`);
  }
}
