import { readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../program/scenario.ts';
import { UserError } from '../program/errors.ts';
import { CheckSession, type CheckSessionOptions } from '../execute/atomics/check-session.ts';
import { isCheckModule } from '../execute/atomics/check-module.ts';
import { loadModule, loadScenario } from '../execute/load-scenario.ts';
import { nearest } from '../program/nearest.ts';

/** A scenario and where worker threads load it from. */
export interface FoundScenario {
  readonly scenario: Scenario;
  readonly url: string;
  /** Path of its file, if it does not come with Heddle. */
  readonly file?: string;
  /** Of a file for `heddle check`: ends its threads. */
  readonly close?: () => Promise<void>;
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
 *   scenario, or of a file for `heddle check`
 * @param options - for the latter
 * @throws UserError with the nearest names if there is none
 */
export async function findScenario(
  name: string,
  options: CheckSessionOptions = {},
): Promise<FoundScenario> {
  const files = builtIn();
  const known = files.get(name);
  if (known !== undefined) return { scenario: await loadScenario(known), url: known };
  if (/[/\\]|\.[cm]?[jt]s$/.test(name)) return await scenarioIn(name, options);
  const names = [...files.keys()];
  throw new UserError(
    `no scenario is named "${name}": ${nearest(name, names)}there are ${names.join(', ')} ` +
      '(a path to a scenario file will do, too)',
  );
}

/**
 * @param path - the path of a scenario file, or of a file for `heddle check`, as the user gave it
 * @param options - for the latter
 */
export async function scenarioIn(
  path: string,
  options: CheckSessionOptions = {},
): Promise<FoundScenario> {
  const { file, url } = placeOf(path, 'scenario file');
  if (isCheckModule(await loadModule(url))) return await checkFile(path, options);
  return { scenario: await loadScenario(url), url, file };
}

/** A file for `heddle check`, with its threads started. */
export async function checkFile(
  path: string,
  options: CheckSessionOptions,
): Promise<FoundScenario & { close: () => Promise<void> }> {
  const { file, url } = placeOf(path, 'file');
  const session = await CheckSession.open(url, options);
  return { scenario: session.scenario, url, file, close: () => session.close() };
}

function placeOf(path: string, what: string): { file: string; url: string } {
  const file = resolve(path);
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) throw new UserError(`there is no ${what} ${path}`);
  if (!status.isFile()) throw new UserError(`${path} is not a file: name a ${what}`);
  if (!/\.([cm]?js|m?ts)$/.test(path)) {
    throw new UserError(`${path} is no ${what}: its name must end in .ts, .mts, .js or .mjs`);
  }
  return { file, url: pathToFileURL(file).href };
}
