import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../program/errors.ts';
import { junitXml } from '../report/junit.ts';
import { runRegressJobs } from '../schedule/regress-pool.ts';
import type { RegressJob, RegressResult } from '../schedule/regress-job.ts';
import { Interrupt } from './interrupt.ts';
import { count, Exit, plural, StatusLine, type Io } from './io.ts';
import { listScenarios } from './scenarios.ts';

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
  const jobs = await jobsFor(pattern, options);
  if (options.junit !== undefined) requireFolderOf(options.junit);
  const interrupt = new Interrupt(io);
  const text = options.json !== true;
  const status = new StatusLine(io);
  if (text) {
    io.out(
      `heddle regress${pattern === undefined ? '' : ` ${pattern}`} · seed ${options.seed} · ` +
        `${plural(jobs.length, 'variant')} · at most ${options.seconds} seconds a form\n`,
    );
  }
  const widths = columnWidths(jobs);
  let done = 0;
  let results: RegressResult[] = [];
  try {
    results = await runRegressJobs(jobs, interrupt.signal, (result) => {
      status.clear();
      if (text && (options.quiet !== true || !result.asExpected)) io.out(row(result, widths, io));
      status.draw(`${++done} of ${plural(jobs.length, 'variant')}`);
    });
  } finally {
    status.clear();
    interrupt.dispose();
  }
  const exit = finish(results, jobs.length, interrupt.requested, text, io);
  if (options.junit !== undefined) await writeJunit(options.junit, results);
  return exit;
}

async function jobsFor(
  pattern: string | undefined,
  options: RegressOptions,
): Promise<RegressJob[]> {
  const found = await listScenarios();
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

function columnWidths(jobs: readonly RegressJob[]): readonly [number, number] {
  return [
    Math.max(...jobs.map(({ scenario }) => scenario.length)) + 2,
    Math.max(...jobs.map(({ variant }) => variant.length)) + 2,
  ];
}

/**
 * One variant: verdict, names, executions, completeness, time; what is wrong on lines of its own.
 */
function row(result: RegressResult, widths: readonly [number, number], io: Io): string {
  const { scenario, variant, asExpected, forms, ms, expected, found, missing, unexpected } = result;
  const { style } = io;
  const verdict = asExpected ? style.green('ok  ') : style.red('FAIL');
  const executions = forms.reduce((sum, form) => sum + form.executions, 0);
  const complete = forms.filter((form) => form.complete).map(({ form }) => form);
  const how = complete.length === 0 ? 'not complete' : `complete: ${complete.join(', ')}`;
  const head =
    `${verdict}  ${scenario.padEnd(widths[0])}${variant.padEnd(widths[1])}` +
    `${count(executions).padStart(9)} executions  ${(ms / 1000).toFixed(1).padStart(5)} s  ${how}`;
  return [
    head,
    style.dim(`      expected ${expected.join('; ')}`),
    style.dim(`      found    ${found.length === 0 ? 'nothing' : found.join('; ')}`),
    ...missing.map((one) => style.red(`      missing: ${one}`)),
    ...unexpected.map((one) => style.red(`      unexpected: ${one}`)),
    ...(result.error === '' ? [] : [style.red(`      could not be run: ${result.error}`)]),
  ].join('\n');
}

/** Before hours of work are done for a report that cannot be written. */
function requireFolderOf(path: string): void {
  const folder = dirname(resolve(path));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new UserError(`${path} cannot be written: ${folder} is no folder`);
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
