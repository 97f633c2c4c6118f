import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Mutex } from 'async-mutex';
import { UserError } from '../program/errors.ts';
import { formatSchedule } from '../schedule/schedule-file.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { findingText } from './finding-text.ts';
import { scheduleFileOf } from './finding-json.ts';
import type { ProgramName } from './program-name.ts';

/**
 * The folder that findings are written to as they come: for each one its schedule and its report.
 * One writer at a time; a file appears whole or not at all.
 */
export class FindingsStore {
  /** The folder's path, as the user gave it. */
  readonly folder: string;
  private readonly writing = new Mutex();
  private readonly pending: Promise<void>[] = [];
  private failure: Error | undefined;

  /** @throws UserError if it is plain that the folder cannot be written; writes nothing */
  constructor(folder: string) {
    this.folder = folder;
    requireWritable(folder);
  }

  /** The path that a finding's schedule has, or will have. */
  pathOf(record: FindingRecord, program: ProgramName): string {
    const { kind, level } = record.finding;
    const word = level === 'guarded' ? `guarded-${kind}` : kind;
    const parts = [
      program.variant,
      program.form,
      ...(program.kill ?? []),
      word,
      record.fingerprint,
    ];
    const name = parts.map((part) => part.replaceAll(/[^\w.+-]/g, '_')).join('.');
    return join(this.folder, program.scenario, `${name}.schedule.json`);
  }

  /** Begins to write a finding; `settled` tells how that went. */
  add(record: FindingRecord, program: ProgramName, replay: string): void {
    this.pending.push(
      this.writing
        .runExclusive(() => this.write(record, program, replay))
        .catch((error: Error) => {
          this.failure ??= new UserError(
            `findings cannot be written to ${this.folder}: ${error.message}`,
          );
        }),
    );
  }

  /** Everything that was added is on disk. */
  async settled(): Promise<void> {
    await Promise.all(this.pending);
    if (this.failure !== undefined) throw this.failure;
  }

  private async write(record: FindingRecord, program: ProgramName, replay: string): Promise<void> {
    const path = this.pathOf(record, program);
    await makeFolder(dirname(path));
    const { scenarioFile, ...named } = program;
    const fromHere =
      scenarioFile === undefined
        ? named
        : { ...named, scenarioFile: relative(dirname(path), scenarioFile).replaceAll(sep, '/') };
    await writeWhole(path, formatSchedule(scheduleFileOf(record, fromHere)));
    const report = path.replace(/\.schedule\.json$/, '.txt');
    await writeWhole(report, `${findingText(record, { replay })}\n`);
  }
}

/** As mkdir with `recursive`, which never returns on file systems such as Linux's /proc. */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Another process may have been faster.
    if (error.code !== 'EEXIST') throw error;
  });
}

async function writeWhole(path: string, content: string): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, content);
  await rename(part, path);
}

/** Looks at the folder, or at the one that it would be made in. */
function requireWritable(folder: string): void {
  let nearest = resolve(folder);
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  const problem = (what: string): UserError =>
    new UserError(`findings cannot be written to ${folder}: ${what}; name another with --out`);
  if (!statSync(nearest).isDirectory()) throw problem(`${nearest} is not a folder`);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw problem(`${nearest}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
