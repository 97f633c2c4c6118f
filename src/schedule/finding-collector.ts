import type { Finding } from '../check/finding.ts';
import { isSuspicion, suspicionKey } from '../check/lockset-suspicion.ts';
import { isEndless } from '../check/livelock.ts';
import { Coroutines } from '../execute/coroutines.ts';
import { Details } from '../execute/details.ts';
import type { Program } from '../execute/program.ts';
import { UserError } from '../program/errors.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { fingerprint, type FindingRecord, type Origin } from './finding-record.ts';
import { minimise } from './minimise.ts';
import { inNormalForm } from './normal-form.ts';
import { dependenceOf } from './orderings.ts';
import { preemptionsAt } from './strategies/loose-replay.ts';
import { DivergenceError, Replay } from './strategies/replay.ts';
import type { SavedFinding } from './search-state.ts';
import { requireDeclared } from './undeclared.ts';

export interface CollectorOptions {
  /** Whether to make schedules short; default true. */
  readonly minimise?: boolean;
  /** Whether to name the few orderings that a finding depends on; default false. */
  readonly explain?: boolean;
  /** A finding not met before, as soon as its schedule is short. */
  readonly onFinding?: (record: FindingRecord) => void;
}

/**
 * Collects findings, whoever made the executions: each fingerprint once, with a count, a short
 * schedule, and the full account of one replay of it.
 */
export class FindingCollector {
  readonly records: FindingRecord[] = [];
  private readonly byKey = new Map<string, FindingRecord>();
  private readonly byFingerprint = new Map<string, FindingRecord>();
  private readonly program: Program;
  private readonly options: CollectorOptions;
  /** Of the execution that is being taken. */
  private account: Account | undefined;

  /**
   * @param program - laid out for the collector's own replays: no thread may be running on its
   *   arena
   */
  constructor(program: Program, options: CollectorOptions) {
    this.program = program;
    this.options = options;
  }

  /**
   * Takes what one execution showed.
   *
   * @param steps - makes the execution's schedule; asked only if something is new
   */
  take(findings: readonly Finding[], steps: () => RecordedSteps, origin: Origin): void {
    let schedule: RecordedSteps | undefined;
    // Adding replays, which clears the executor's own list.
    const keys = findings.map(({ key }) => key);
    // A race says more than the suspicion of its word.
    keys.sort((one, other) => Number(isSuspicion(one)) - Number(isSuspicion(other)));
    for (const key of keys) this.takeKey(key, () => (schedule ??= steps()), origin);
    this.account = undefined;
  }

  /** Takes one finding by its key, as another thread tells it. */
  takeKey(key: string, steps: () => RecordedSteps, origin: Origin): void {
    const known = this.byKey.get(key);
    if (known !== undefined) known.occurrences++;
    else if (!isSuspicion(key) || !this.isProved(key)) this.add(key, steps(), origin);
  }

  /** Whether a race of the suspicion's word was met. */
  private isProved(key: string): boolean {
    const { subject } = this.program;
    return this.records.some(({ finding }) => {
      const word = finding.kind === 'data-race' ? finding.parties[0]?.object : undefined;
      return word !== undefined && key === suspicionKey(subject.name(word));
    });
  }

  /** A finding that was taken was met so many times more. */
  again(key: string, times: number): void {
    const known = this.byKey.get(key);
    if (known !== undefined) known.occurrences += times;
  }

  /**
   * Takes a finding that was met when the search was saved.
   *
   * @throws UserError if its schedule does not show it any more
   */
  restore({ key, fingerprint, steps, origin, occurrences }: SavedFinding): void {
    const record = this.recordIfFits(steps, key, origin);
    if (record?.fingerprint !== fingerprint) {
      throw new UserError(
        `finding ${fingerprint}, which was met, is not there any more: the program has changed`,
      );
    }
    const told = record.finding.level !== 'guarded';
    if (told && this.options.explain === true) {
      record.dependence = dependenceOf(this.program, record);
    }
    record.occurrences = occurrences;
    this.byKey.set(key, record);
    this.byFingerprint.set(fingerprint, record);
    this.records.push(record);
    this.options.onFinding?.(record);
  }

  /** Keeps a finding that no execution has shown. */
  keep(record: FindingRecord): void {
    const known = this.byFingerprint.get(record.fingerprint);
    if (known !== undefined) {
      known.occurrences++;
      return;
    }
    this.byFingerprint.set(record.fingerprint, record);
    this.records.push(record);
    this.options.onFinding?.(record);
  }

  private add(key: string, steps: RecordedSteps, origin: Origin): void {
    const { program, options } = this;
    // One execution may show many findings: it is replayed once for all of them.
    const endless = isEndless(key);
    if (this.account?.steps !== steps || this.account.endless !== endless) {
      this.account = accountOf(program, steps, endless);
    }
    const raw = recordOf(this.account, key, origin);
    if (raw === undefined) {
      throw new Error(
        `[internal] execution ${origin.execution} of ${origin.strategy} does not replay to ` +
          `"${key}"`,
      );
    }
    requireDeclared(program, steps, raw.finding);
    const known = this.byFingerprint.get(raw.fingerprint);
    if (known !== undefined) {
      known.occurrences++;
      this.byKey.set(key, known);
      return;
    }
    // An inversion that a guard makes harmless is listed, not told: nobody reads its schedule.
    const asFound = options.minimise === false || raw.finding.level === 'guarded';
    const record = asFound ? raw : this.shorten(raw, key, steps, origin);
    if (!asFound && options.explain === true) record.dependence = dependenceOf(program, record);
    this.byKey.set(key, record);
    this.byFingerprint.set(record.fingerprint, record);
    this.records.push(record);
    options.onFinding?.(record);
  }

  /** The finding as a schedule shows it, if the program can follow that. */
  private recordIfFits(
    steps: RecordedSteps,
    key: string,
    origin: Origin,
  ): FindingRecord | undefined {
    try {
      return recordFinding(this.program, steps, key, origin);
    } catch (error) {
      if (error instanceof DivergenceError) return undefined;
      throw error;
    }
  }

  private shorten(
    raw: FindingRecord,
    key: string,
    steps: RecordedSteps,
    origin: Origin,
  ): FindingRecord {
    const short = minimise(this.program, steps.agents, key);
    if (short === undefined) return raw;
    const record = recordFinding(this.program, short.steps, key, origin);
    // Another place of the same kind would be another finding: then the schedule stays as it was
    // found.
    if (record?.fingerprint !== raw.fingerprint) return raw;
    return inNormalForm(record, (sorted) => this.recordIfFits(sorted, key, origin));
  }
}

/**
 * Replays a schedule with the places of all events and takes the finding with this key.
 *
 * @param key - the finding's `key`
 * @param origin - for the record
 * @throws UserError if the program does not do what the schedule says
 * @public
 * @returns undefined if the schedule does not show it
 */
export function recordFinding(
  program: Program,
  steps: RecordedSteps,
  key: string,
  origin: Origin,
): FindingRecord | undefined {
  return recordOf(accountOf(program, steps, isEndless(key)), key, origin);
}

/** A schedule, replayed with the places of all events. */
interface Account {
  readonly program: Program;
  readonly steps: RecordedSteps;
  /** Whether agents that go round for ever were asked for. */
  readonly endless: boolean;
  readonly coroutines: Coroutines;
  readonly replay: Replay;
  readonly details: Details;
}

function accountOf(program: Program, steps: RecordedSteps, endless: boolean): Account {
  const coroutines = new Coroutines(program);
  const details = new Details();
  const replay = new Replay(steps, program.subject, endless);
  coroutines.runDetailed(replay, details);
  return { program, steps, endless, coroutines, replay, details };
}

function recordOf(account: Account, key: string, origin: Origin): FindingRecord | undefined {
  const { program, coroutines, replay, details } = account;
  const checks = coroutines.checks!;
  const finding = checks.findings.find((one) => one.key === key);
  if (finding === undefined) return undefined;
  const length = Math.max(1, checks.stepsAt(finding.event));
  const all = coroutines.record.steps();
  return {
    finding,
    fingerprint: fingerprint(finding, program.subject, details),
    steps: {
      agents: all.agents.slice(0, length),
      kinds: all.kinds.slice(0, length),
      objects: all.objects.slice(0, length),
    },
    preemptions: preemptionsAt(replay.preemptions, length),
    details,
    subject: program.subject,
    origin,
    occurrences: 1,
  };
}
