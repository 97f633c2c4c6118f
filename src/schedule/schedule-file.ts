import * as v from 'valibot';
import { Kind } from '../program/kinds.ts';
import { kindNamed, operationTable } from '../program/operation-table.ts';
import { UserError } from '../program/errors.ts';
import { issueText } from '../program/schema-issue.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { Subject } from '../trace/subject.ts';
import { nearest } from '../program/nearest.ts';

/** The version of the format that this Heddle writes and reads. @public */
export const scheduleVersion = 1;

/**
 * A schedule file (`*.schedule.json`), JSON:
 *
 *     { "heddleSchedule": 1,
 *       "scenario": "add-vs-online", "variant": "v3.19", "form": "small",
 *       "seed": 1, "strategy": "pct", "execution": 17, "preemptions": 2,
 *       "finding": { "kind": "deadlock", "level": "happened", "title": "...",
 *                    "fingerprint": "0123456789ab" },
 *       "schedule": [
 *         { "agent": "firmware", "operations": ["writeAcquire mem_hotplug_lock", "..."] },
 *         { "agent": "udev", "steps": 3 } ] }
 *
 * `scenarioFile`, for a scenario that does not come with Heddle, is the path of its file from the
 * folder that the schedule file lies in, with forward slashes.
 * `kill` has the agents that die on the way, as "AGENT@N": after N operations of theirs.
 * `schedule` is run-length: each entry is one agent and what it does before another one goes.
 * `operations` names each operation and its object, so that a replay can say where it diverges;
 * `steps` instead gives only their number, for schedules that a person writes or edits.
 *
 * @public
 */
export interface ScheduleFile {
  readonly heddleSchedule: typeof scheduleVersion;
  readonly scenario: string;
  readonly scenarioFile?: string;
  readonly variant: string;
  readonly form: string;
  readonly kill?: readonly string[];
  readonly seed?: number;
  readonly strategy?: string;
  readonly execution?: number;
  readonly preemptions?: number;
  readonly finding?: {
    readonly kind: string;
    readonly level: string;
    readonly title: string;
    readonly fingerprint: string;
  };
  readonly schedule: readonly ScheduleRun[];
}

/** One agent and what it does before another one goes. */
export interface ScheduleRun {
  readonly agent: string;
  readonly operations?: readonly string[];
  readonly steps?: number;
}

/** Names that a message lists, and steps that one run may have, at the most. */
const namesMax = 12;
const stepsMax = 1_000_000;

const text = v.pipe(v.string(), v.nonEmpty('expected some text'));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const fileSchema = v.strictObject({
  heddleSchedule: v.literal(scheduleVersion),
  scenario: text,
  scenarioFile: v.optional(text),
  variant: text,
  form: text,
  kill: v.optional(v.array(text)),
  seed: v.optional(v.pipe(v.number(), v.integer())),
  strategy: v.optional(text),
  execution: v.optional(count),
  preemptions: v.optional(count),
  finding: v.optional(v.strictObject({ kind: text, level: text, title: text, fingerprint: text })),
  schedule: v.array(
    v.strictObject({
      agent: text,
      operations: v.optional(v.array(text)),
      steps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(stepsMax))),
    }),
  ),
});

/**
 * Reads a schedule file's text.
 *
 * @param name - the file's name, for messages
 * @throws UserError if it is not JSON, of another version, or not of this form
 * @public
 */
export function parseSchedule(content: string, name: string): ScheduleFile {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new UserError(`${name} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || !('heddleSchedule' in value)) {
    throw new UserError(`${name} is not a schedule file: it has no \`heddleSchedule\` version`);
  }
  if (value.heddleSchedule !== scheduleVersion) {
    throw new UserError(
      `${name} has schedule format version ${JSON.stringify(value.heddleSchedule)}; ` +
        `this Heddle reads version ${scheduleVersion}`,
    );
  }
  const outcome = v.safeParse(fileSchema, value);
  if (!outcome.success) {
    throw new UserError(`${name}: ${issueText(fileSchema, outcome.issues[0])}`);
  }
  return outcome.output as ScheduleFile;
}

/** The text of a schedule file, with one agent's run a line. @public */
export function formatSchedule(file: ScheduleFile): string {
  const { schedule, ...head } = file;
  const lines = Object.entries(head).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`,
  );
  const runs = schedule.map((run) => `    ${JSON.stringify(run)}`);
  return `{\n${lines.join('\n')}\n  "schedule": [\n${runs.join(',\n')}\n  ]\n}\n`;
}

/** A schedule's steps, run-length, for a file. */
export function runsOf(steps: RecordedSteps, subject: Subject): ScheduleRun[] {
  const runs: { agent: string; operations: string[] }[] = [];
  let before = -1;
  for (let i = 0; i < steps.agents.length; i++) {
    const agent = steps.agents[i]!;
    if (agent !== before) runs.push({ agent: subject.agentNames[agent]!, operations: [] });
    before = agent;
    const object = steps.objects[i]!;
    const name = operationTable[steps.kinds[i]!]!.name;
    runs[runs.length - 1]!.operations.push(object === 0 ? name : `${name} ${subject.name(object)}`);
  }
  return runs;
}

/**
 * The steps of a schedule file, for this program.
 *
 * @param subject - the program's
 * @param name - the file's name, for messages
 * @throws UserError if it names an agent, an operation or an object that the program does not have
 * @public
 */
export function stepsOf(
  file: Pick<ScheduleFile, 'schedule'>,
  subject: Subject,
  name: string,
): RecordedSteps {
  const agents: number[] = [];
  const kinds: number[] = [];
  const objects: number[] = [];
  for (const [at, run] of file.schedule.entries()) {
    const where = `${name}: schedule[${at}]`;
    const agent = subject.agentNames.indexOf(run.agent);
    if (agent < 0) throw new UserError(`${where}: ${noAgent(run.agent, subject.agentNames)}`);
    if ((run.operations === undefined) === (run.steps === undefined)) {
      throw new UserError(`${where}: give either \`operations\` or \`steps\``);
    }
    const count = run.operations?.length ?? run.steps!;
    for (let i = 0; i < count; i++) {
      const operation = run.operations?.[i];
      const step = operation === undefined ? anyStep : stepOf(operation, subject, where);
      agents.push(agent);
      kinds.push(step.kind);
      objects.push(step.object);
    }
  }
  return {
    agents: Int32Array.from(agents),
    kinds: Int32Array.from(kinds),
    objects: Int32Array.from(objects),
  };
}

/** Whatever operation the agent is at. */
const anyStep = { kind: 0, object: 0 };

function noAgent(name: string, names: readonly string[]): string {
  return `no agent is named "${name}": ${nearest(name, names)}there are ${names.join(', ')}`;
}

function stepOf(
  operation: string,
  subject: Subject,
  where: string,
): { kind: number; object: number } {
  const space = operation.indexOf(' ');
  const name = space < 0 ? operation : operation.slice(0, space);
  const kind = kindNamed(name);
  if (kind === Kind.none) {
    const names = operationTable.filter(({ visible }) => visible).map((row) => row.name);
    const hint = nearest(name, names);
    throw new UserError(`${where}: "${name}" is no operation: ${hint}${listed(names)}`);
  }
  if (space < 0) return { kind, object: 0 };
  const wanted = operation.slice(space + 1);
  const object = subject.named(wanted);
  if (object >= 0) return { kind, object };
  const names = objectNames(subject);
  const hint = nearest(wanted, names);
  throw new UserError(`${where}: the scenario has no "${wanted}": ${hint}${listed(names)}`);
}

function objectNames(subject: Subject): string[] {
  const records = Array.from({ length: subject.wordCount }, (_, base) => subject.record(base));
  return records.flatMap((record) => (record === undefined ? [] : [record.name]));
}

function listed(names: readonly string[]): string {
  const more = names.length > namesMax ? ` and ${names.length - namesMax} more` : '';
  return `there are ${names.slice(0, namesMax).join(', ')}${more}`;
}
