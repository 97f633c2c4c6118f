import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { UserError } from '../program/errors.ts';
import { issueText } from '../program/schema-issue.ts';
import type { Subject } from '../trace/subject.ts';
import { noCounts, type Counts } from './explore.ts';
import { runsOf, stepsOf, type ScheduleRun } from './schedule-file.ts';
import type { SavedFinding, SearchState } from './search-state.ts';
import { equivalences, type Equivalence, type StateSwitches } from './strategies/registry.ts';

/** The version of the format that this Heddle writes and reads. */
export const checkpointVersion = 1;

/** Which search a checkpoint is of. */
export interface CheckpointOf extends StateSwitches {
  readonly scenario: string;
  /** Of a scenario that does not come with Heddle: its file, from the checkpoint's folder. */
  readonly scenarioFile?: string;
  readonly variant: string;
  readonly form: string;
  readonly strategy: string;
  readonly seed: number;
  /** Preemptions that the search allows; from 1000 on there is no bound. */
  readonly preemptions: number;
  /** Delays that it allows; left out: any. */
  readonly delays?: number;
  /** Which executions are the same to `dpor`; left out: `traces`. */
  readonly equivalence?: Equivalence;
  /** Of the program (`program-digest.ts`). */
  readonly program: string;
}

/**
 * A checkpoint (`*.checkpoint.json`): a complete search that was interrupted, JSON on five lines:
 *
 *     {"heddleCheckpoint":1,"digest":"0123456789abcdef",
 *     "of":{"scenario":"add-vs-online","variant":"v4.20","form":"full","strategy":"dpor","seed":1,
 *           "preemptions":1000,"program":"0123456789abcdef"},
 *     "counts":{"executions":4711,"steps":123456,...},
 *     "findings":[{"key":"...","fingerprint":"0123456789ab","occurrences":3,
 *                  "origin":{"strategy":"dpor","seed":1,"execution":17},"schedule":[...]}],
 *     "rest":...}
 *
 * `digest` is the start of the SHA-256 of the last four lines, so that nobody goes on from a file
 * that was damaged. `counts` are those of `Counts`, `schedule` is as in a schedule file, and `rest`
 * is what is still to be run: for `dpor` the trunk of its tree with all that waits in it
 * (`strategies/dpor/trunk-format.ts`), or by a coarser equivalence the choices below which
 * something waits (`strategies/classes/class-division.ts`), or with a bound a stack
 * (`strategies/bounded-dpor-piece.ts`), for `dfs` a list of stacks
 * (`strategies/divide-dfs.ts`), for `preemptions` and `delays` the bound as well
 * (`strategies/divide-bounded.ts`), for `states` a stack and all states met
 * (`strategies/divide-states.ts`), 11 characters a state. Agents, objects and kinds of operations
 * are numbers there; `program` says that they mean the same.
 */
export interface CheckpointFile {
  readonly of: CheckpointOf;
  readonly counts: Counts;
  readonly findings: readonly CheckpointFinding[];
  readonly rest: unknown;
}

interface CheckpointFinding extends Omit<SavedFinding, 'steps'> {
  readonly schedule: readonly ScheduleRun[];
}

const text = v.pipe(v.string(), v.nonEmpty('expected some text'));
const count = v.pipe(v.number(), v.minValue(0));
const whole = v.pipe(count, v.integer());
const names = Object.keys(noCounts()) as (keyof Counts)[];
const bodySchema = v.strictObject({
  of: v.strictObject({
    scenario: text,
    scenarioFile: v.optional(text),
    variant: text,
    form: text,
    strategy: text,
    seed: whole,
    preemptions: whole,
    delays: v.optional(whole),
    equivalence: v.optional(v.picklist(equivalences)),
    checkForget: v.optional(v.boolean()),
    symmetry: v.optional(v.boolean()),
    checkSymmetry: v.optional(v.boolean()),
    program: text,
  }),
  counts: v.strictObject(
    Object.fromEntries(names.map((name) => [name, count])) as Record<keyof Counts, typeof count>,
  ),
  findings: v.array(
    v.strictObject({
      key: text,
      fingerprint: text,
      occurrences: whole,
      origin: v.strictObject({ strategy: text, seed: whole, execution: whole }),
      schedule: v.array(v.strictObject({ agent: text, operations: v.array(text) })),
    }),
  ),
  rest: v.unknown(),
});

/** The text of a checkpoint. */
export function formatCheckpoint(of: CheckpointOf, state: SearchState, subject: Subject): string {
  const { counts, findings, rest } = state;
  const saved: CheckpointFinding[] = findings.map(({ steps, ...one }) => {
    return { ...one, schedule: runsOf(steps, subject) };
  });
  const line = (name: string, value: unknown): string => `"${name}":${JSON.stringify(value)}`;
  const body = [
    line('of', of),
    line('counts', counts),
    line('findings', saved),
    `${line('rest', rest)}}\n`,
  ].join(',\n');
  return `{"heddleCheckpoint":${checkpointVersion},"digest":"${digestOf(body)}",\n${body}`;
}

/**
 * Reads a checkpoint's text.
 *
 * @param name - the file's name, for messages
 * @throws UserError if it is no checkpoint, of another version, or damaged
 */
export function parseCheckpoint(content: string, name: string): CheckpointFile {
  const head = /^\{"heddleCheckpoint":(\d+),"digest":"([^"]*)",\n/.exec(content);
  if (head === null) throw new UserError(`${name} is not a checkpoint of \`heddle explore\``);
  const [start, version, digest] = head as unknown as [string, string, string];
  if (Number(version) !== checkpointVersion) {
    throw new UserError(
      `${name} has checkpoint format version ${version}; this Heddle reads version ` +
        `${checkpointVersion}`,
    );
  }
  const body = content.slice(start.length);
  if (digestOf(body) !== digest) throw new UserError(`${name} is damaged: its digest is wrong`);
  let value: unknown;
  try {
    value = JSON.parse(`{${body}`);
  } catch (error) {
    throw new UserError(`${name} is not JSON: ${(error as Error).message}`);
  }
  const outcome = v.safeParse(bodySchema, value);
  if (!outcome.success) {
    throw new UserError(`${name}: ${issueText(bodySchema, outcome.issues[0])}`);
  }
  return outcome.output as CheckpointFile;
}

/**
 * The search of a checkpoint, for this program.
 *
 * @throws UserError if it names an agent, an operation or an object that the program does not have
 */
export function stateOf(file: CheckpointFile, subject: Subject, name: string): SearchState {
  const findings = file.findings.map(({ schedule, ...one }) => {
    return { ...one, steps: stepsOf({ schedule }, subject, name) };
  });
  return { rest: file.rest, counts: file.counts, findings };
}

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}
