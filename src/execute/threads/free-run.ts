import { CheckSet } from '../../check/check-set.ts';
import type { Finding } from '../../check/finding.ts';
import { ForgottenYieldError } from '../../program/errors.ts';
import { monotonicMs } from '../clock.ts';
import { checkOptions, type Program } from '../program.ts';
import type { RecordedSteps } from '../schedule-record.ts';
import { ControlAt } from './control.ts';
import { checkTracks } from './check-tracks.ts';
import { AgentLostError } from './agent-lost.ts';
import { ThreadSession } from './session.ts';
import { shareSchedule } from './shared-schedule.ts';
import { Watchdog, type ObservedWait } from './watchdog.ts';

/** How to run on free threads, and who is told. @public */
export interface FreeRunOptions {
  /** URL of the scenario's module. */
  readonly scenario: string;
  /** Seconds to run. */
  readonly seconds: number;
  /** Seed of the random delays before operations; 0 for none. */
  readonly seed: number;
  /** Megabytes of heap that each agent's thread may have; default: 512. */
  readonly heapMb?: number | undefined;
  /**
   * What is looked at: `all` logs and checks every iteration, `logs` only logs, `nothing` runs the
   * locks alone, for measurements; default: `all`.
   */
  readonly watched?: 'all' | 'logs' | 'nothing' | undefined;
  /** A schedule that the threads are led along before they go freely; default: none. */
  readonly prefix?: RecordedSteps;
  /** Ends the run, and all threads. */
  readonly signal?: AbortSignal | undefined;
  /** What the checkers found in one iteration, with the schedule that it took. */
  readonly onFindings: (
    findings: readonly Finding[],
    steps: RecordedSteps,
    iteration: number,
  ) => void;
  /** Sees the schedule of every iteration that was logged. */
  readonly onIteration?: (steps: RecordedSteps, iteration: number) => void;
  /**
   * An agent forgot a `yield*`, at the end of this schedule: the run ends with what this throws.
   */
  readonly onForgotten?: (error: ForgottenYieldError, steps: RecordedSteps) => never;
  /** A few times a second. */
  readonly onProgress?: (progress: FreeCounts) => void;
}

/** What free threads have done so far. @public */
export interface FreeCounts {
  iterations: number;
  /** Operations performed, in all. */
  steps: number;
  /** Iterations with too many operations to be logged: they ran unchecked. */
  unlogged: number;
  elapsedMs: number;
}

/** How a run on free threads ended. @public */
export interface FreeOutcome {
  readonly counts: FreeCounts;
  /** The last iteration outlasted the time of the run and was cut off. */
  readonly cutOff: boolean;
  /** The run ended because the agents were deadlocked. */
  readonly deadlocked: boolean;
  /** That was in an iteration that was too long for its logs, so no finding says it. */
  readonly untold: boolean;
  /** At a deadlock: who waits for what since when, those included that are not part of it. */
  readonly waits: readonly ObservedWait[];
  readonly interrupted: boolean;
}

/** Milliseconds that a thread that is no more at any operation may take to be told as dead. */
const dyingMs = 2000;

/** Milliseconds that an iteration may outlast the time of the run before it is cut off. */
const graceMs = 1000;
/** Milliseconds between two looks of the watchdog. */
const watchMs = 15;

/**
 * Runs a program's agents on free threads, iteration after iteration, and checks each iteration's
 * log. Ends after the time given, or at the first deadlock: then the watchdog has seen it, and the
 * threads are ended.
 *
 * @param program - nothing else may use its arena meanwhile
 * @throws AgentLostError if a thread dies, or is busy for good without an operation
 * @throws UserError if a thread cannot load or lay out the scenario
 * @public
 */
export async function runFree(program: Program, options: FreeRunOptions): Promise<FreeOutcome> {
  const session = await ThreadSession.open(program, {
    kind: 'free',
    scenario: options.scenario,
    seed: options.seed,
    heapMb: options.heapMb,
    signal: options.signal,
    logging: options.watched !== 'nothing',
    ...(options.prefix === undefined ? {} : { schedule: shareSchedule(options.prefix) }),
  });
  try {
    return await new FreeRun(program, session, options).run();
  } finally {
    await session.close();
  }
}

class FreeRun {
  private readonly program: Program;
  private readonly session: ThreadSession;
  private readonly options: FreeRunOptions;
  private readonly checks: CheckSet;
  private readonly watchdog: Watchdog;
  private endMs = 0;
  private cutOff = false;
  private untold = false;
  private waits: readonly ObservedWait[] = [];
  private readonly counts: FreeCounts = { iterations: 0, steps: 0, unlogged: 0, elapsedMs: 0 };

  constructor(program: Program, session: ThreadSession, options: FreeRunOptions) {
    this.program = program;
    this.session = session;
    this.options = options;
    this.checks = new CheckSet(program.subject, checkOptions(program));
    this.watchdog = new Watchdog(program.arena.memory, session.control, session.agents);
  }

  async run(): Promise<FreeOutcome> {
    const { counts, options } = this;
    const begunMs = monotonicMs();
    let progressMs = begunMs;
    this.endMs = begunMs + options.seconds * 1000;
    let deadlocked = false;
    while (!deadlocked && !this.cutOff && options.signal?.aborted !== true) {
      deadlocked = await this.iterate();
      counts.elapsedMs = monotonicMs() - begunMs;
      if (monotonicMs() - progressMs > 200) {
        progressMs = monotonicMs();
        options.onProgress?.(counts);
      }
      if (counts.elapsedMs >= options.seconds * 1000) break;
    }
    const interrupted = options.signal?.aborted === true;
    const { waits, cutOff, untold } = this;
    return { counts, deadlocked, untold, waits, cutOff, interrupted };
  }

  /** One iteration; whether it ended in a deadlock. */
  private async iterate(): Promise<boolean> {
    const { session, watchdog, options } = this;
    session.begin();
    watchdog.begin();
    let deadlocked = false;
    for (;;) {
      const seen = Atomics.load(session.control, ControlAt.news);
      if (session.allDone) break;
      await this.news(seen);
      if (session.allDone) break;
      deadlocked = watchdog.look();
      if (deadlocked) this.waits = watchdog.waits();
      this.cutOff = !deadlocked && monotonicMs() > this.endMs + graceMs;
      if (deadlocked || this.cutOff || options.signal?.aborted === true) {
        await session.freeze();
        if (this.cutOff) await this.requireAtOperations();
        break;
      }
    }
    session.collect();
    this.take(deadlocked);
    return deadlocked;
  }

  /** As the session's; who is lost takes the schedule so far along. */
  private async news(seen: number): Promise<void> {
    try {
      await this.session.news(seen, watchMs);
    } catch (error) {
      if (error instanceof AgentLostError) await this.noteSteps(error);
      throw error;
    }
  }

  private async noteSteps(error: AgentLostError): Promise<void> {
    const { session, checks, program } = this;
    await session.freeze();
    session.collect();
    const tracks = session.tracks();
    if (tracks === undefined) return;
    error.steps = checkTracks(program, { tracks, messages: [], over: false }, checks);
  }

  /** The iteration has not ended in time: an agent that is not at any operation is why. */
  private async requireAtOperations(): Promise<void> {
    const { session } = this;
    // It may be about to die: that is told late where the processors are busy.
    for (const endMs = monotonicMs() + dyingMs; monotonicMs() < endMs;) {
      if (session.busy().length === 0) return;
      await this.news(Atomics.load(session.control, ControlAt.news));
    }
    const [busy] = session.busy();
    if (busy === undefined) return;
    const name = this.program.subject.agentNames[busy]!;
    const error = new AgentLostError(name, 'it is busy and comes to no further operation');
    await this.noteSteps(error);
    throw error;
  }

  private take(deadlocked: boolean): void {
    const { session, checks, counts, program } = this;
    const iteration = counts.iterations++;
    const { watched = 'all' } = this.options;
    if (watched !== 'all') {
      counts.steps += session.operations;
      return;
    }
    const tracks = session.tracks();
    if (tracks === undefined) {
      counts.unlogged++;
      this.untold = deadlocked;
      return;
    }
    const { messages } = session;
    const steps = checkTracks(program, { tracks, messages, over: session.allDone }, checks);
    counts.steps += steps.agents.length;
    if (messages.some(({ kind }) => kind === 'forgotten')) {
      const error = new ForgottenYieldError(undefined);
      this.options.onForgotten?.(error, steps);
      throw error;
    }
    // With a failure an execution is over: that others then wait for good is a part of it.
    const failed = tracks.some((track) => track.failed);
    if (deadlocked && !failed && !checks.findings.some(({ kind }) => kind === 'deadlock')) {
      throw new Error('[internal] the watchdog saw a deadlock that the log does not show');
    }
    if (checks.findings.length > 0) this.options.onFindings([...checks.findings], steps, iteration);
    this.options.onIteration?.(steps, iteration);
  }
}
