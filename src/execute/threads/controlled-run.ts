import { CheckSet } from '../../check/check-set.ts';
import type { Finding } from '../../check/finding.ts';
import { checkOptions, type Program } from '../program.ts';
import type { RecordedSteps } from '../schedule-record.ts';
import { ForgottenYieldError, UserError } from '../../program/errors.ts';
import { AgentAt, agentLine, ControlAt } from './control.ts';
import { monotonicMs } from '../clock.ts';
import { AgentLostError } from './agent-lost.ts';
import { passTurn } from './controlled-agent.ts';
import { checkTracks } from './check-tracks.ts';
import { ThreadSession } from './session.ts';
import { shareSchedule, SharedSchedule } from './shared-schedule.ts';

/** Milliseconds that an agent may be busy between two operations of a replay. */
const busyMsMax = 5000;

/** One replay of a schedule on threads. @public */
export interface ControlledOutcome {
  /** What the checkers found in what the threads did. */
  readonly findings: readonly Finding[];
  /** Steps performed. */
  readonly steps: number;
}

/**
 * Replays one schedule on worker threads, as often as asked, on warm threads.
 *
 * The schedule must be full: where it ends, the agents stand still, and whoever could still go is
 * left there.
 *
 * @public
 */
export class ControlledRun {
  private readonly program: Program;
  private readonly session: ThreadSession;
  private readonly schedule: SharedSchedule;
  private readonly checks: CheckSet;

  private constructor(program: Program, session: ThreadSession, schedule: SharedSchedule) {
    this.program = program;
    this.session = session;
    this.schedule = schedule;
    this.checks = new CheckSet(program.subject, checkOptions(program));
  }

  /**
   * Starts the threads. They live until {@link close}.
   *
   * @param program - nothing else may use its arena meanwhile
   * @param scenario - URL of the scenario's module
   * @param steps - the whole schedule
   * @param signal - ends the start of the threads: what is given then can only be closed
   */
  static async open(
    program: Program,
    scenario: string,
    steps: RecordedSteps,
    signal?: AbortSignal,
  ): Promise<ControlledRun> {
    const buffer = shareSchedule(steps);
    const session = await ThreadSession.open(program, {
      kind: 'controlled',
      scenario,
      schedule: buffer,
      signal,
    });
    return new ControlledRun(program, session, new SharedSchedule(buffer));
  }

  /** @throws UserError if the agents do not do what the schedule says */
  async replay(): Promise<ControlledOutcome> {
    const { session, checks } = this;
    const { control } = session;
    session.begin();
    await this.until(() => Atomics.load(control, ControlAt.arrived) >= session.agents);
    passTurn(control, this.schedule);
    await this.until(() => Atomics.load(control, ControlAt.over) !== 0 || session.allDone);
    const tracks = session.tracks();
    this.wakeAll();
    await this.until(() => session.allDone);
    session.collect();
    this.requireFollowed();
    if (tracks === undefined)
      throw new UserError('the schedule is too long for the logs of threads');
    checkTracks(this.program, { tracks, messages: session.messages, over: true }, checks);
    return { findings: [...checks.findings], steps: Atomics.load(control, ControlAt.step) };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.session.close();
  }

  private requireFollowed(): void {
    const diverged = this.session.messages.find((message) => message.kind === 'diverged');
    if (diverged !== undefined) throw new UserError(diverged.message);
    const { control, messages } = this.session;
    if (messages.some(({ kind }) => kind === 'forgotten')) throw new ForgottenYieldError(undefined);
    if (Atomics.load(control, ControlAt.over) !== 2) return;
    const step = Atomics.load(control, ControlAt.step);
    const name = this.program.subject.agentNames[this.schedule.agent(step)]!;
    throw new UserError(
      `replay on threads diverges at step ${step + 1} of ${this.schedule.length}: ` +
        `expected ${name}; it has ended`,
    );
  }

  /** Lets every agent that stands at an operation leave. */
  private wakeAll(): void {
    const { control, agents } = this.session;
    if (Atomics.load(control, ControlAt.over) === 0) Atomics.store(control, ControlAt.over, 1);
    for (let agent = 0; agent < agents; agent++) {
      const turn = agentLine(agent) + AgentAt.turn;
      Atomics.store(control, turn, 1);
      Atomics.notify(control, turn);
    }
  }

  /**
   * Waits until something is so. Agents move it along by operations; one that is busy with anything
   * else for long is lost, and would hold up the rest for ever.
   */
  private async until(reached: () => boolean): Promise<void> {
    const { control } = this.session;
    let moved = -1;
    let movedMs = monotonicMs();
    for (;;) {
      const seen = Atomics.load(control, ControlAt.news);
      if (reached()) return;
      const steps = Atomics.load(control, ControlAt.step) + seen;
      if (steps !== moved) {
        moved = steps;
        movedMs = monotonicMs();
      } else if (monotonicMs() - movedMs > busyMsMax) this.requireAtOperations();
      try {
        await this.session.news(seen, 1000);
      } catch (error) {
        if (error instanceof AgentLostError) this.noteSteps(error);
        throw error;
      }
    }
  }

  private requireAtOperations(): void {
    const [busy] = this.session.busy();
    if (busy === undefined) return;
    const name = this.program.subject.agentNames[busy]!;
    const error = new AgentLostError(name, 'it is busy and comes to no further operation');
    this.noteSteps(error);
    throw error;
  }

  private noteSteps(error: AgentLostError): void {
    const tracks = this.session.tracks();
    if (tracks === undefined) return;
    const iteration = { tracks, messages: [], over: false };
    error.steps = checkTracks(this.program, iteration, this.checks);
  }
}
