import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { breathe } from '../execute/clock.ts';
import { isEndless } from '../check/livelock.ts';
import { LayoutChanged } from '../execute/atomics/cells.ts';
import { checkVariants } from '../execute/atomics/check-scenario.ts';
import { Coroutines } from '../execute/coroutines.ts';
import { Details } from '../execute/details.ts';
import { parseDeath } from '../execute/deaths.ts';
import { instantiate, type Program } from '../execute/program.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { ControlledRun } from '../execute/threads/controlled-run.ts';
import { ForgottenYieldError, UserError } from '../program/errors.ts';
import { fingerprint, type FindingRecord } from '../schedule/finding-record.ts';
import { FindingCollector, recordFinding } from '../schedule/finding-collector.ts';
import { forgottenYield } from '../schedule/forgotten-yield.ts';
import { parseSchedule, stepsOf, type ScheduleFile } from '../schedule/schedule-file.ts';
import { DivergenceError, Replay } from '../schedule/strategies/replay.ts';
import { Predictions } from '../schedule/predictions.ts';
import { requireDeclared } from '../schedule/undeclared.ts';
import { findingJson } from '../report/finding-json.ts';
import { findingText } from '../report/finding-text.ts';
import { writeTraceFile } from '../report/trace-file.ts';
import { Interrupt } from './interrupt.ts';
import { Exit, plural, StatusLine, type Io } from './io.ts';
import { findScenario, scenarioIn, type FoundScenario } from './scenarios.ts';

export interface ReplayOptions {
  readonly on: string;
  readonly times: number;
  readonly scenario?: string;
  readonly trace?: string;
  readonly predict?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * `heddle replay FILE`: carries a schedule out again, on coroutines or on worker threads. Status 0
 * if each time it showed the finding that the file names, 1 if not.
 */
export async function replayCommand(name: string, options: ReplayOptions, io: Io): Promise<number> {
  const file = parseSchedule(await read(name), name);
  const found = await scenarioOf(file, name, options.scenario);
  try {
    for (;;) {
      try {
        return await replayFound(found, file, name, options, io);
      } catch (error) {
        // A file for `heddle check`, whose memory turned out to be accessed otherwise.
        if (!(error instanceof LayoutChanged)) throw error;
      }
    }
  } finally {
    await found.close?.();
  }
}

async function replayFound(
  found: FoundScenario,
  file: ScheduleFile,
  name: string,
  options: ReplayOptions,
  io: Io,
): Promise<number> {
  const suspicions = file.finding?.kind === 'lockset-suspicion';
  const deaths = (file.kill ?? []).map(parseDeath);
  const choice = { variant: file.variant, form: file.form, suspicions, deaths };
  const program = instantiate(found.scenario, choice);
  const steps = stepsOf(file, program.subject, name);
  const judges = isEndless(`${file.finding?.kind ?? ''} `);
  const predicts = options.predict === true || file.finding?.level === 'predicted';
  // The threads of such a file are threads wherever they are replayed.
  const onTheirOwn = found.close !== undefined;
  const replays = new Replays(program, { steps, judges, predicts, name, onTheirOwn }, options, io);
  try {
    await replays.onCoroutines();
    if (options.on === 'threads' && !onTheirOwn) {
      await replays.onThreads(instantiate(found.scenario, choice), found.url);
    }
  } catch (error) {
    if (error instanceof ForgottenYieldError) throw forgottenYield(program, error, steps);
    if (error instanceof DivergenceError) throw new UserError(`${name}: ${error.message}`);
    throw error;
  } finally {
    replays.interrupt.dispose();
  }
  return replays.report(file);
}

async function read(name: string): Promise<string> {
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`there is no schedule file ${name}`);
    if (code === 'EISDIR') throw new UserError(`${name} is a folder: name a schedule file in it`);
    throw new UserError(`${name} cannot be read: ${code}`);
  }
}

/** The scenario that a schedule is of: where the user says, where the file says, or by its name. */
async function scenarioOf(
  file: ScheduleFile,
  name: string,
  given: string | undefined,
): Promise<FoundScenario> {
  let found: FoundScenario;
  const options = { plain: file.variant !== checkVariants.atomics };
  if (given !== undefined) found = await findScenario(given, options);
  else if (file.scenarioFile === undefined) found = await named(file.scenario, name);
  else {
    const path = resolve(dirname(name), file.scenarioFile);
    if (!existsSync(path)) {
      throw new UserError(
        `${name} is of the scenario in ${path}, which is not there: ` +
          'say where it is with --scenario FILE',
      );
    }
    found = await scenarioIn(path, options);
  }
  if (found.scenario.name === file.scenario) return found;
  throw new UserError(
    `${name} is a schedule of scenario "${file.scenario}", not of "${found.scenario.name}"`,
  );
}

async function named(scenario: string, name: string): Promise<FoundScenario> {
  try {
    return await findScenario(scenario);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${name}: ${error.message}; say where it is with --scenario FILE`);
  }
}

interface Schedule {
  readonly steps: RecordedSteps;
  /** Whether its end is to be judged: it shows agents that go round for ever. */
  readonly judges: boolean;
  /** Whether other orders of its events are looked at, as for a finding that was predicted. */
  readonly predicts: boolean;
  /** Of its file. */
  readonly name: string;
  /** Whether its agents are threads anyway. */
  readonly onTheirOwn: boolean;
}

/** The replays of one schedule, and what they showed. */
class Replays {
  readonly interrupt: Interrupt;
  private readonly program: Program;
  private readonly steps: RecordedSteps;
  private readonly judges: boolean;
  private readonly onTheirOwn: boolean;
  private readonly predicts: boolean;
  private readonly options: ReplayOptions;
  private readonly io: Io;
  private readonly name: string;
  /** By fingerprint: what was found, and how often. */
  private readonly records = new Map<string, FindingRecord>();
  private readonly counts = new Map<string, number>();
  private done = 0;

  constructor(program: Program, schedule: Schedule, options: ReplayOptions, io: Io) {
    this.name = schedule.name;
    this.program = program;
    this.steps = schedule.steps;
    this.judges = schedule.judges;
    this.onTheirOwn = schedule.onTheirOwn;
    this.predicts = schedule.predicts;
    this.options = options;
    this.io = io;
    this.interrupt = new Interrupt(io);
  }

  /** Replays on coroutines: as often as asked, or once, to learn what threads must show. */
  async onCoroutines(): Promise<void> {
    const { on, times: asked } = this.options;
    const times = on === 'coroutines' || this.onTheirOwn ? asked : 1;
    await this.repeat(times, () => {
      const coroutines = new Coroutines(this.program);
      const details = new Details();
      coroutines.runDetailed(this.replay(), details);
      const { trace } = this.options;
      if (trace !== undefined) writeTraceFile(trace, this.program.subject, details, this.name);
      for (const finding of coroutines.findings) {
        const print = fingerprint(finding, this.program.subject, details);
        this.count(print);
        if (!this.records.has(print)) this.add(print, finding.key);
      }
      if (this.predicts) this.predict();
    });
  }

  /** Findings of other orders of the schedule's events. */
  private predict(): void {
    const collector = new FindingCollector(this.program, {});
    const predictions = new Predictions(this.program, collector);
    predictions.take(this.steps, { strategy: 'replay', seed: 0, execution: this.done });
    for (const record of collector.records) {
      this.count(record.fingerprint);
      if (!this.records.has(record.fingerprint)) this.records.set(record.fingerprint, record);
    }
  }

  /** Replays on controlled threads, as often as asked. */
  async onThreads(program: Program, url: string): Promise<void> {
    const prints = new Map([...this.records].map(([print, { finding }]) => [finding.key, print]));
    this.counts.clear();
    const run = await ControlledRun.open(program, url, this.fullSchedule(), this.interrupt.signal);
    try {
      await this.repeat(this.options.times, async () => {
        const { findings } = await run.replay();
        for (const { key } of findings) {
          const print = prints.get(key);
          if (print === undefined)
            throw new Error(`[internal] threads show "${key}", which coroutines do not`);
          this.count(print);
        }
      });
    } finally {
      await run.close();
    }
  }

  report(file: ScheduleFile): number {
    const { options, io, records, counts } = this;
    const expected = file.finding?.fingerprint;
    const times = expected === undefined ? 0 : (counts.get(expected) ?? 0);
    const same = expected === undefined || times === options.times;
    const interrupted = this.interrupt.requested && this.done < options.times;
    const status = interrupted ? Exit.interrupted : same ? Exit.asExpected : Exit.findings;
    if (options.json === true) {
      const findings = [...records].map(([print, record]) => {
        return { ...findingJson(record), shown: counts.get(print) ?? 0 };
      });
      const { on } = options;
      const result = { command: 'replay', on, times: this.done, expected: expected ?? null, same };
      io.out(JSON.stringify({ ...result, status, interrupted, findings }, undefined, 2));
      return status;
    }
    for (const [print, record] of records) {
      const wanted = expected === undefined || print === expected;
      if (options.quiet !== true && wanted) io.out(`${findingText(record, { style: io.style })}\n`);
    }
    const place = this.onTheirOwn ? 'its own threads' : options.on;
    const where = `replayed ${plural(this.done, 'time')} on ${place}`;
    if (expected === undefined) io.out(`${where}: ${plural(records.size, 'finding')}`);
    else io.out(`${where}: finding ${expected} shown ${times} of ${plural(this.done, 'time')}`);
    if (!same && !interrupted) this.sayWhatElse();
    return status;
  }

  private sayWhatElse(): void {
    for (const [print, { finding }] of this.records) {
      this.io.out(`  shown ${plural(this.counts.get(print) ?? 0, 'time')}: ${finding.title}`);
    }
  }

  private async repeat(times: number, body: () => void | Promise<void>): Promise<void> {
    const status = new StatusLine(this.io);
    for (this.done = 0; this.done < times && !this.interrupt.requested; this.done++) {
      await body();
      status.draw(`replay ${this.done + 1} of ${times} on ${this.options.on}`);
      await breathe();
    }
    status.clear();
  }

  private replay(): Replay {
    return new Replay(this.steps, this.program.subject, this.judges);
  }

  private count(print: string): void {
    this.counts.set(print, (this.counts.get(print) ?? 0) + 1);
  }

  private add(print: string, key: string): void {
    const origin = { strategy: 'replay', seed: 0, execution: this.done };
    const record = recordFinding(this.program, this.steps, key, origin);
    if (record === undefined) return;
    requireDeclared(this.program, this.steps, record.finding);
    this.records.set(print, record);
  }

  /** The schedule with every operation named, and on to the end of the execution. */
  private fullSchedule(): RecordedSteps {
    const coroutines = new Coroutines(this.program);
    coroutines.runAll(this.replay(), 0, () => true);
    return coroutines.record.steps();
  }
}
