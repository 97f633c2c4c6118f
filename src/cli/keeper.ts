import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { runsOf } from '../schedule/schedule-file.ts';
import type { SeparateInversion } from '../schedule/separate-orders.ts';
import { fingerprintOf } from '../trace/fingerprint.ts';
import type { Subject } from '../trace/subject.ts';
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
    const schedule = runsOf(steps, subject);
    return this.store.addSchedule({ schedule }, this.program(variant, form), 'lost');
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

  /** Writes the schedules of an inversion's sides, and tells it with what replays each. */
  separate(
    inversion: SeparateInversion,
    subject: Subject,
    origin: { readonly strategy: string; readonly seed: number },
    variant: string,
    form: string,
  ): string[] {
    // Of those that a guard makes harmless only the JSON tells.
    if (inversion.level === 'guarded') return [];
    const name = fingerprintOf([inversion.title]);
    const lines = inversion.sides.map(({ agent, held, wanted, execution, steps }, side) => {
      const path = this.store.addSchedule(
        { ...origin, execution, schedule: runsOf(steps, subject) },
        this.program(variant, form),
        `separate-lock-inversion.${name}.${side + 1}`,
      );
      return (
        `    ${agent} asks for ${wanted} while holding ${held}: execution ${execution}, ` +
        `npx heddle replay ${quoted(path)}`
      );
    });
    return [`  ${inversion.title}; no execution shows all of it, but:`, ...lines];
  }

  /** What a user types to see it again. */
  replayCommand(record: FindingRecord, variant: string, form: string): string {
    return `npx heddle replay ${quoted(this.pathOf(record, variant, form))}`;
  }

  /** A finding for programs. */
  json(record: FindingRecord, variant: string, form: string): Record<string, unknown> {
    return { ...findingJson(record), schedule: this.pathOf(record, variant, form) };
  }

  /** Where a search is saved if nothing says where. */
  checkpointPath(variant: string, form: string): string {
    return this.store.checkpointPath(this.program(variant, form));
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
export function quoted(path: string): string {
  return /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
