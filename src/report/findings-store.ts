import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Mutex } from 'async-mutex';
import { UserError } from '../program/errors.ts';
import { formatSchedule, scheduleVersion, type ScheduleFile } from '../schedule/schedule-file.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { findingText } from './finding-text.ts';
import { scheduleFileOf } from './finding-json.ts';
import type { ProgramName } from './program-name.ts';
import { writeWhole } from './write-whole.ts';

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

  /** The path of the checkpoint of a search (`schedule/checkpoint-file.ts`). */
  checkpointPath({ scenario, variant, form }: ProgramName): string {
    return join(this.folder, scenario, `${fileName([variant, form])}.checkpoint.json`);
  }

  /** The path that a finding's schedule has, or will have. */
  pathOf(record: FindingRecord, program: ProgramName): string {
    const { kind, level } = record.finding;
    const word = level === 'guarded' ? `guarded-${kind}` : kind;
    return this.named(program, word, record.fingerprint);
  }

  /** Begins to write a finding; `settled` tells how that went. */
  add(record: FindingRecord, program: ProgramName, replay: string): void {
    this.begin(() => this.write(record, program, replay));
  }

  /**
   * Begins to write a schedule that shows no finding.
   *
   * @param word - what it is, for the file's name
   * @returns the file's path
   */
  addSchedule(
    schedule: Pick<ScheduleFile, 'schedule' | 'seed' | 'strategy' | 'execution'>,
    program: ProgramName,
    word: string,
  ): string {
    const path = this.named(program, word);
    this.begin(async () => {
      const file: ScheduleFile = {
        heddleSchedule: scheduleVersion,
        ...fromFolder(program, path),
        ...schedule,
      };
      await writeWhole(path, formatSchedule(file));
    });
    return path;
  }

  private begin(write: () => Promise<void>): void {
    this.pending.push(
      this.writing.runExclusive(write).catch((error: Error) => {
        this.failure ??= new UserError(
          `findings cannot be written to ${this.folder}: ${error.message}`,
        );
      }),
    );
  }

  private named(program: ProgramName, ...words: readonly string[]): string {
    const name = fileName([program.variant, program.form, ...(program.kill ?? []), ...words]);
    return join(this.folder, program.scenario, `${name}.schedule.json`);
  }

  /** Everything that was added is on disk. */
  async settled(): Promise<void> {
    await Promise.all(this.pending);
    if (this.failure !== undefined) throw this.failure;
  }

  private async write(record: FindingRecord, program: ProgramName, replay: string): Promise<void> {
    const path = this.pathOf(record, program);
    await writeWhole(path, formatSchedule(scheduleFileOf(record, fromFolder(program, path))));
    const report = path.replace(/\.schedule\.json$/, '.txt');
    await writeWhole(report, `${findingText(record, { replay })}\n`);
  }
}

function fileName(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll(/[^\w.+-]/g, '_')).join('.');
}

/** The program, its scenario's file named from the folder that a file of it lies in. */
function fromFolder(program: ProgramName, path: string): ProgramName {
  const { scenarioFile, ...named } = program;
  if (scenarioFile === undefined) return named;
  return { ...named, scenarioFile: relative(dirname(path), scenarioFile).replaceAll(sep, '/') };
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
