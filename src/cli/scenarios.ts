import { readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../program/scenario.ts';
import { UserError } from '../program/errors.ts';
import { loadScenario } from '../execute/load-scenario.ts';
import { nearest } from '../program/nearest.ts';

/** A scenario and where worker threads load it from. */
export interface FoundScenario {
  readonly scenario: Scenario;
  readonly url: string;
  /** Path of its file, if it does not come with Heddle. */
  readonly file?: string;
}

const folder = new URL('../../scenarios/', import.meta.url);

/** The files of the scenarios that come with Heddle, by their names. */
function builtIn(): Map<string, string> {
  const files = readdirSync(folder).filter(
    (file) => /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts'),
  );
  return new Map(
    files.sort().map((file) => [file.replace(/\.(ts|js)$/, ''), new URL(file, folder).href]),
  );
}

/** All scenarios that come with Heddle. */
export async function listScenarios(): Promise<FoundScenario[]> {
  const found: FoundScenario[] = [];
  for (const url of builtIn().values()) found.push({ scenario: await loadScenario(url), url });
  return found;
}

/**
 * The scenario of this name, or the one in this file.
 *
 * @param name - a name from `heddle list`, or the path of a module whose default export is a
 *   scenario
 * @throws UserError with the nearest names if there is none
 */
export async function findScenario(name: string): Promise<FoundScenario> {
  const files = builtIn();
  const known = files.get(name);
  if (known !== undefined) return { scenario: await loadScenario(known), url: known };
  if (/[/\\]|\.[cm]?[jt]s$/.test(name)) return await scenarioIn(name);
  const names = [...files.keys()];
  throw new UserError(
    `no scenario is named "${name}": ${nearest(name, names)}there are ${names.join(', ')} ` +
      '(a path to a scenario file will do, too)',
  );
}

/** @param path - the path of a scenario file, as the user gave it */
export async function scenarioIn(path: string): Promise<FoundScenario> {
  const file = resolve(path);
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) throw new UserError(`there is no scenario file ${path}`);
  if (!status.isFile()) throw new UserError(`${path} is not a file: name a scenario file`);
  if (!/\.([cm]?js|m?ts)$/.test(path)) {
    throw new UserError(`${path} is no scenario file: its name must end in .ts, .mts, .js or .mjs`);
  }
  const url = pathToFileURL(file).href;
  return { scenario: await loadScenario(url), url, file };
}
