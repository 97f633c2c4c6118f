import { accessSync, constants, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../program/errors.ts';
import { junitXml } from '../report/junit.ts';
import { RegressTable } from '../report/regress-table.ts';
import { runRegressJobs } from '../schedule/regress-pool.ts';
import type { RegressJob, RegressResult } from '../schedule/regress-job.ts';
import { isExhaustive } from '../schedule/strategies/registry.ts';
import { Interrupt } from './interrupt.ts';
import { Exit, plural, StatusLine, type Io } from './io.ts';
import { listScenarios, type FoundScenario } from './scenarios.ts';

export interface RegressOptions {
  readonly seed: number;
  /** Seconds for each form at the most. */
  readonly seconds: number;
  readonly junit?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * `heddle regress [PATTERN]`: explores every variant of every scenario on all cores, each as its
 * forms declare, and compares with what each declares. Status 0 only if all agree.
 *
 * @param pattern - part of `scenario` or `scenario/variant`; default: all
 */
export async function regressCommand(
  pattern: string | undefined,
  options: RegressOptions,
  io: Io,
): Promise<number> {
  const found = await listScenarios();
  const jobs = jobsFor(found, pattern, options);
  const order = longestFirst(jobs, found);
  if (options.junit !== undefined) requireWritable(options.junit);
  const interrupt = new Interrupt(io);
  const text = options.json !== true;
  const status = new StatusLine(io);
  if (text) {
    io.out(
      `heddle regress${pattern === undefined ? '' : ` ${pattern}`} · seed ${options.seed} · ` +
        `${plural(jobs.length, 'variant')} · at most ${options.seconds} seconds a form\n`,
    );
  }
  const table = new RegressTable(jobs, io.style);
  if (text && options.quiet !== true) io.out(table.head);
  const results = new Map<RegressJob, RegressResult>();
  let told = 0;
  /** Tells the rows in the order of the jobs, as far as all before them are known. */
  const tell = (all: boolean): void => {
    for (; told < jobs.length; told++) {
      const result = results.get(jobs[told]!);
      if (result === undefined && !all) return;
      if (result === undefined || !text) continue;
      if (options.quiet !== true || !result.asExpected) io.out(table.row(result));
    }
  };
  try {
    await runRegressJobs(order, interrupt.signal, (result, at) => {
      results.set(order[at]!, result);
      status.clear();
      tell(false);
      status.draw(`${results.size} of ${plural(jobs.length, 'variant')}`);
    });
  } finally {
    status.clear();
    interrupt.dispose();
  }
  // Interrupted: those that came to their end behind others that did not.
  tell(true);
  const inOrder = jobs.flatMap((job) => results.get(job) ?? []);
  const exit = finish(inOrder, jobs.length, interrupt.requested, text, io);
  if (options.junit !== undefined) await writeJunit(options.junit, inOrder);
  return exit;
}

function jobsFor(
  found: readonly FoundScenario[],
  pattern: string | undefined,
  options: RegressOptions,
): RegressJob[] {
  const jobs = found.flatMap(({ scenario, url }) =>
    Object.keys(scenario.variants).map((variant) => {
      return {
        url,
        scenario: scenario.name,
        variant,
        seed: options.seed,
        seconds: options.seconds,
      };
    }),
  );
  if (pattern === undefined) return jobs;
  const named = ({ scenario, variant }: RegressJob): string => `${scenario}/${variant}`;
  const chosen = jobs.filter((job) => named(job).includes(pattern));
  if (chosen.length > 0) return chosen;
  const names = found.map(({ scenario }) => scenario.name).join(', ');
  throw new UserError(
    `no scenario or variant has "${pattern}" in its name (SCENARIO/VARIANT): there are ${names}`,
  );
}

/**
 * The jobs in the order in which to begin them: those that go by a number of
 * executions first, since they take longest, and a long one at the end would have one core for
 * itself.
 */
function longestFirst(
  jobs: readonly RegressJob[],
  found: readonly FoundScenario[],
): readonly RegressJob[] {
  const bounded = new Set(
    found
      .filter(({ scenario }) =>
        Object.values(scenario.forms).some((form) => !isExhaustive(form.strategy ?? 'random')),
      )
      .map(({ url }) => url),
  );
  return jobs.toSorted((a, b) => Number(bounded.has(b.url)) - Number(bounded.has(a.url)));
}

/** Before all the work is done for a report that cannot be written. */
function requireWritable(path: string): void {
  const file = resolve(path);
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError(`${path} cannot be written: ${folder} is no folder`);
  }
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) {
    throw new UserError(`${path} cannot be written: it is a folder, \`--junit\` names a file`);
  }
  try {
    accessSync(there === undefined ? folder : file, constants.W_OK);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

async function writeJunit(path: string, results: readonly RegressResult[]): Promise<void> {
  try {
    await writeFile(path, junitXml(results));
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

function finish(
  results: readonly RegressResult[],
  jobs: number,
  interrupted: boolean,
  text: boolean,
  io: Io,
): number {
  const good = results.filter(({ asExpected }) => asExpected).length;
  const failed = interrupted ? Exit.interrupted : Exit.findings;
  const status = good === jobs ? Exit.asExpected : failed;
  if (text) io.out(`\n${good} of ${plural(jobs, 'variant')} as expected`);
  else io.out(JSON.stringify({ command: 'regress', status, interrupted, results }, undefined, 2));
  return status;
}
