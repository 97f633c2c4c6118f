import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { formatSchedule, runsOf, scheduleVersion } from '../schedule/schedule-file.ts';
import type { Subject } from '../trace/subject.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { findingJson } from '../report/finding-json.ts';
import { findingText } from '../report/finding-text.ts';
import { writeTraceFile } from '../report/trace-file.ts';
import { deathText, type Death } from '../execute/deaths.ts';
import { FindingsStore } from '../report/findings-store.ts';
import type { ProgramName } from '../report/program-name.ts';
import type { Io } from './io.ts';
import type { FoundScenario } from './scenarios.ts';

/** What a command does with findings: writes them as they come, tells them, names their files. */
export class Keeper {
  readonly folder: string;
  private readonly found: FoundScenario;
  private readonly kill: readonly string[];
  private readonly store: FindingsStore;
  private readonly io: Io;
  /** Findings told at length, by variant and fingerprint. */
  private readonly told = new Set<string>();

  /** Where the execution of the first finding is still to be written; undefined: nowhere. */
  private trace: string | undefined;

  /**
   * @param out - the folder that they are written to
   * @param trace - the file for the trace of the first one
   * @param deaths - agents that die in it
   */
  constructor(
    found: FoundScenario,
    out: string,
    io: Io,
    trace?: string,
    deaths: readonly Death[] = [],
  ) {
    this.trace = trace;
    this.kill = deaths.map(deathText);
    this.found = found;
    this.folder = out;
    this.store = new FindingsStore(out);
    this.io = io;
  }

  /** Writes a finding; `settled` tells how that went. */
  keep(record: FindingRecord, variant: string, form: string): void {
    if (this.trace !== undefined) {
      const source = `${this.found.scenario.name} ${variant} ${form} ${record.fingerprint}`;
      writeTraceFile(this.trace, record.subject, record.details, source);
      this.trace = undefined;
    }
    this.store.add(record, this.program(variant, form), this.replayCommand(record, variant, form));
  }

  /** Writes what agents did until one was lost; the file's path. */
  keepLost(steps: RecordedSteps, subject: Subject, variant: string, form: string): string {
    const { scenario } = this.found;
    const folder = join(this.folder, scenario.name);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${variant}.${form}.lost.schedule.json`);
    const { scenarioFile, ...named } = this.program(variant, form);
    const file =
      scenarioFile === undefined
        ? {}
        : { scenarioFile: relative(dirname(path), scenarioFile).replaceAll(sep, '/') };
    const head = { heddleSchedule: scheduleVersion, ...named, ...file } as const;
    writeFileSync(path, formatSchedule({ ...head, schedule: runsOf(steps, subject) }));
    return path;
  }

  /** Prints a finding: at length where it is met first, in a line where it is only listed. */
  tell(record: FindingRecord, variant: string, form: string): void {
    const { style } = this.io;
    const { finding, fingerprint } = record;
    const key = `${variant} ${fingerprint}`;
    const again = this.told.has(key);
    this.told.add(key);
    // The inversion that a guard makes harmless is listed, not told at length.
    if (finding.level === 'guarded') this.io.out(`${style.yellow(finding.title)}\n`);
    else if (again) this.io.out(`${style.red(finding.title)} (${fingerprint}), as above\n`);
    else {
      const replay = this.replayCommand(record, variant, form);
      this.io.out(`${findingText(record, { style, replay })}\n`);
    }
  }

  /** What a user types to see it again. */
  replayCommand(record: FindingRecord, variant: string, form: string): string {
    return `npx heddle replay ${quoted(this.pathOf(record, variant, form))}`;
  }

  /** A finding for programs. */
  json(record: FindingRecord, variant: string, form: string): Record<string, unknown> {
    return { ...findingJson(record), schedule: this.pathOf(record, variant, form) };
  }

  /** Everything is on disk. */
  async settled(): Promise<void> {
    if (this.trace !== undefined) this.io.err('heddle: no finding, so no trace was written');
    await this.store.settled();
  }

  private pathOf(record: FindingRecord, variant: string, form: string): string {
    return this.store.pathOf(record, this.program(variant, form));
  }

  private program(variant: string, form: string): ProgramName {
    const { scenario, file } = this.found;
    const own = file === undefined ? {} : { scenarioFile: file };
    const kill = this.kill.length === 0 ? {} : { kill: this.kill };
    return { scenario: scenario.name, ...own, variant, form, ...kill };
  }
}

/** As one word of a shell's. */
function quoted(path: string): string {
  return /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
