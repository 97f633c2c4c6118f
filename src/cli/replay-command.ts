import { readFile } from 'node:fs/promises';
import { Coroutines } from '../execute/coroutines.ts';
import { Details } from '../execute/details.ts';
import { instantiate, type Program } from '../execute/program.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { ControlledRun } from '../execute/threads/controlled-run.ts';
import { UserError } from '../program/errors.ts';
import { fingerprint, type FindingRecord } from '../schedule/finding-record.ts';
import { recordFinding } from '../schedule/finding-collector.ts';
import { parseSchedule, stepsOf, type ScheduleFile } from '../schedule/schedule-file.ts';
import { Replay } from '../schedule/strategies/replay.ts';
import { findingJson } from '../report/finding-json.ts';
import { findingText } from '../report/finding-text.ts';
import { Exit, plural, type Io } from './io.ts';
import { findScenario } from './scenarios.ts';

export interface ReplayOptions {
  readonly on: string;
  readonly times: number;
  readonly scenario?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What the replays showed, by fingerprint. */
interface Shown {
  readonly records: Map<string, FindingRecord>;
  readonly counts: Map<string, number>;
}

/**
 * `heddle replay FILE`: carries a schedule out again, on coroutines or on worker threads. Status 0
 * if each time it showed the finding that the file names, 1 if not.
 */
export async function replayCommand(name: string, options: ReplayOptions, io: Io): Promise<number> {
  const file = parseSchedule(await read(name), name);
  const found = await findScenario(options.scenario ?? file.scenario);
  if (found.scenario.name !== file.scenario) {
    throw new UserError(
      `${name} is a schedule of scenario "${file.scenario}", not of "${found.scenario.name}"`,
    );
  }
  const program = instantiate(found.scenario, { variant: file.variant, form: file.form });
  const steps = stepsOf(file, program.subject, name);
  const shown = replayOnCoroutines(program, steps, options.on === 'coroutines' ? options.times : 1);
  if (options.on === 'threads') {
    const full = fullSchedule(program, steps);
    const onThreads = instantiate(found.scenario, { variant: file.variant, form: file.form });
    await replayOnThreads(onThreads, found.url, full, shown, options.times);
  }
  return report(file, shown, options, io);
}

async function read(name: string): Promise<string> {
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === 'ENOENT' ? `there is no schedule file ${name}` : `${name} cannot be read: ${code}`,
    );
  }
}

function replayOnCoroutines(program: Program, steps: RecordedSteps, times: number): Shown {
  const shown: Shown = { records: new Map(), counts: new Map() };
  for (let time = 0; time < times; time++) {
    const coroutines = new Coroutines(program);
    const details = new Details();
    coroutines.runDetailed(new Replay(steps, program.subject), details);
    for (const finding of [...coroutines.checks!.findings]) {
      const print = fingerprint(finding, program.subject, details);
      shown.counts.set(print, (shown.counts.get(print) ?? 0) + 1);
      if (shown.records.has(print)) continue;
      const origin = { strategy: 'replay', seed: 0, execution: time };
      const record = recordFinding(program, steps, finding.key, origin, 0);
      if (record !== undefined) shown.records.set(print, record);
    }
  }
  return shown;
}

/** The schedule with every operation named, and on to the end of the execution. */
function fullSchedule(program: Program, steps: RecordedSteps): RecordedSteps {
  const coroutines = new Coroutines(program);
  coroutines.runAll(new Replay(steps, program.subject), 0, () => true);
  return coroutines.record.steps();
}

async function replayOnThreads(
  program: Program,
  url: string,
  steps: RecordedSteps,
  shown: Shown,
  times: number,
): Promise<void> {
  const prints = new Map([...shown.records].map(([print, { finding }]) => [finding.key, print]));
  shown.counts.clear();
  const run = await ControlledRun.open(program, url, steps);
  try {
    for (let time = 0; time < times; time++) {
      const { findings } = await run.replay();
      for (const { key } of findings) {
        const print = prints.get(key);
        if (print === undefined)
          throw new Error(`[internal] threads show "${key}", which coroutines do not`);
        shown.counts.set(print, (shown.counts.get(print) ?? 0) + 1);
      }
    }
  } finally {
    await run.close();
  }
}

function report(file: ScheduleFile, shown: Shown, options: ReplayOptions, io: Io): number {
  const expected = file.finding?.fingerprint;
  const times = expected === undefined ? 0 : (shown.counts.get(expected) ?? 0);
  const same = expected === undefined || times === options.times;
  if (options.json === true) {
    const findings = [...shown.records].map(([print, record]) => {
      return { ...findingJson(record), shown: shown.counts.get(print) ?? 0 };
    });
    const result = {
      command: 'replay',
      on: options.on,
      times: options.times,
      expected: expected ?? null,
      same,
      findings,
    };
    io.out(JSON.stringify(result, undefined, 2));
    return same ? Exit.asExpected : Exit.findings;
  }
  for (const [print, record] of shown.records) {
    const wanted = expected === undefined || print === expected;
    if (options.quiet !== true && wanted) io.out(`${findingText(record, { style: io.style })}\n`);
  }
  const where = `replayed ${plural(options.times, 'time')} on ${options.on}`;
  if (expected === undefined) io.out(`${where}: ${plural(shown.records.size, 'finding')}`);
  else io.out(`${where}: finding ${expected} shown ${times} of ${plural(options.times, 'time')}`);
  return same ? Exit.asExpected : Exit.findings;
}
