import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Mutex } from 'async-mutex';
import { UserError } from '../program/errors.ts';
import { formatSchedule } from '../schedule/schedule-file.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { findingText } from './finding-text.ts';
import { scheduleFileOf } from './finding-json.ts';

/** Which program a finding is of. */
export interface ProgramName {
  readonly scenario: string;
  readonly variant: string;
  readonly form: string;
}

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

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The path that a finding's schedule has, or will have. */
  pathOf(record: FindingRecord, program: ProgramName): string {
    const { kind, level } = record.finding;
    const word = level === 'guarded' ? `guarded-${kind}` : kind;
    const name = `${program.variant}.${program.form}.${word}.${record.fingerprint}`;
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
    await mkdir(join(this.folder, program.scenario), { recursive: true });
    await writeWhole(path, formatSchedule(scheduleFileOf(record, program)));
    await writeWhole(
      path.replace(/\.schedule\.json$/, '.txt'),
      `${findingText(record, { replay })}\n`,
    );
  }
}

async function writeWhole(path: string, content: string): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
