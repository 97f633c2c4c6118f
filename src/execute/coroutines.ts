import { port, type OperationExecutor } from '../program/port.ts';
import { followUpOf, notGranted, truthOf, visibleOf } from '../program/operation-table.ts';
import { ForgottenYieldError, UserError } from '../program/errors.ts';
import { Kind } from '../program/kinds.ts';
import type { Step } from '../program/operation.ts';
import { CheckSet } from '../check/check-set.ts';
import type { Finding } from '../check/finding.ts';
import { Tee, type EventSink } from '../trace/event.ts';
import { Machine } from './machine.ts';
import { ControlledGlobals } from './controlled-globals.ts';
import { CutOff } from './cut-off.ts';
import { refuseYield } from './bare-yield.ts';
import { conclude } from './conclude.ts';
import { toldOf } from './failure.ts';
import { checkInvariants } from './invariants.ts';
import { checkOptions, sharersExclude, type Program } from './program.ts';
import { ScheduleRecord } from './schedule-record.ts';
import { judgeHere, type ExecutionOutcome, type Strategy } from './strategy.ts';
import { Details } from './details.ts';
import type { CoroutineOptions } from './coroutine-options.ts';
import { RecordedChecks } from './recorded-checks.ts';
import type { TraceMemory } from './trace-memory.ts';

const suspended: IteratorResult<undefined, unknown> = { done: false, value: undefined };
const performed: IteratorReturnResult<unknown> = { done: true, value: undefined };
const nothing: readonly Finding[] = [];

/**
 * The explored way: all agents are coroutines on this thread, and one visible operation happens at
 * a time. The choice who goes next is made inside of the `yield*` of the agent that runs: if it may
 * go on, its operation is performed there and then, and the chain of generators is left alone; only
 * a switch to another agent unwinds it.
 */
export class Coroutines implements OperationExecutor {
  readonly program: Program;
  readonly machine: Machine;
  /** Undefined while checks are off. */
  readonly checks: CheckSet | undefined;
  /** What the last execution showed. */
  findings: readonly Finding[] = nothing;

  /** For strategies that may meet a trace again. */
  private readonly recorded: RecordedChecks | undefined;
  private readonly observer: EventSink | undefined;
  /** The events of this execution go to the recorder first. */
  private recording = false;
  /** What a strategy, a checker or the engine itself threw inside of an agent's `yield*`. */
  private broken: Error | undefined;
  /** The agent that threw, and what. */
  private failure: { agent: number; error: unknown } | undefined;
  /** The sink up to the failure. */
  private sinkBefore: EventSink | undefined;
  /** What this execution did so far. */
  readonly record: ScheduleRecord = new ScheduleRecord();
  /** Places and held locks of every event; only while a finding is replayed for its report. */
  private details: Details | undefined;

  private readonly globals: ControlledGlobals;
  private readonly agents: Step<unknown>[] = [];
  /** Whether some invariant must hold after every step, and is looked at. */
  private readonly everyStepInvariants: boolean;
  private strategy: Strategy | undefined;
  private everyStep = false;
  /** Steps after which the execution is cut off. */
  private stepsMax = 0;
  /** Judges an execution that was cut off; undefined while checks are off. */
  private readonly cutOff: CutOff | undefined;
  private current = -1;
  private target = -1;
  /** The agent that runs was resumed at its operation, and is to perform it. */
  private resuming = false;
  /** Agents run up to their first operation. */
  private starting = false;
  private ending: ExecutionOutcome['end'] = 'completed';

  constructor(program: Program, options: CoroutineOptions = {}) {
    this.program = program;
    this.machine = new Machine(program.arena.memory);
    this.machine.alike = program.alike;
    this.machine.sharersExclude = sharersExclude(program);
    this.globals = new ControlledGlobals(this.machine);
    if (options.checks !== false) {
      this.checks = new CheckSet(program.subject, checkOptions(program));
      this.machine.sink = this.checks;
      this.cutOff = new CutOff(program.subject, this.machine, this.record);
    }
    this.observer = options.observer;
    if (this.observer !== undefined) {
      this.machine.sink =
        this.checks === undefined ? this.observer : new Tee(this.checks, this.observer);
    }
    this.everyStepInvariants =
      this.checks !== undefined && program.invariants.some(({ when }) => when === 'step');
    // An invariant of every step may tell executions of one trace apart.
    if (
      this.checks !== undefined &&
      options.checkAgain !== true &&
      this.observer === undefined &&
      !this.everyStepInvariants
    ) {
      this.recorded = new RecordedChecks(program, this.checks);
    }
  }

  /** The traces met by strategies that may meet one again; undefined: they are not told apart. */
  get memory(): TraceMemory | undefined {
    return this.recorded?.memory;
  }

  /**
   * Runs executions until the strategy is through or `enough` says so. Installs itself as this
   * thread's executor and puts the controlled clock and random numbers in place while it runs.
   *
   * @param first - number of the first execution
   * @param enough - asked after each execution
   */
  runAll(strategy: Strategy, first: number, enough: (outcome: ExecutionOutcome) => boolean): void {
    this.enclosed(() => {
      for (
        let execution = first;
        strategy.begin(execution, this.program.agents.length);
        execution++
      ) {
        const outcome = this.execute(strategy);
        strategy.end(outcome);
        if (enough(outcome)) return;
      }
    });
  }

  /** Runs one execution, with the place and held locks of every event kept in `details`. */
  runDetailed(strategy: Strategy, details: Details): ExecutionOutcome {
    const checks = this.checks;
    if (checks === undefined) throw new Error('[internal] details need checks');
    this.details = details;
    details.begin(checks);
    this.machine.sink = details;
    port.keepPlaces = true;
    try {
      return this.enclosed(() => {
        strategy.begin(0, this.program.agents.length);
        const outcome = this.execute(strategy);
        strategy.end(outcome);
        return outcome;
      });
    } finally {
      port.keepPlaces = false;
      details.end();
      this.machine.sink = checks;
      this.details = undefined;
    }
  }

  get agent(): number {
    this.program.alike.tellApart(this.current);
    return this.current;
  }

  step(): IteratorResult<undefined, unknown> {
    // An agent that caught our own error must not go on as if nothing had been.
    if (this.broken !== undefined) throw this.broken;
    try {
      return this.advance();
    } catch (error) {
      this.broken = error as Error;
      throw error;
    }
  }

  private advance(): IteratorResult<undefined, unknown> {
    const agent = this.current;
    const { machine } = this;
    if (this.resuming) {
      this.resuming = false;
    } else {
      port.made = false;
      const { kind } = port;
      if (this.details !== undefined) this.details.arrive(agent, port.place);
      if (visibleOf[kind] === 0) {
        machine.annotate(agent, kind, port.object, port.argument);
        performed.value = undefined;
        return performed;
      }
      machine.pend(agent, kind, port.object, port.argument, port.argument2);
      if (this.starting) return suspended;
      if ((this.target = this.decide()) !== agent) return suspended;
    }
    for (;;) {
      const kind = machine.pendingKind[agent]!;
      if (this.failure === undefined) this.record.add(agent, kind, machine.pendingObject[agent]!);
      const result = machine.perform(agent);
      if (this.everyStepInvariants && this.failure === undefined)
        checkInvariants(this.program, 'step', this.checks!);
      if (result === notGranted && followUpOf[kind] !== Kind.none) {
        if ((this.target = this.decide()) === agent) continue;
        return suspended;
      }
      performed.value = truthOf[kind] === 0 ? result : result === 1;
      return performed;
    }
  }

  private enclosed<T>(body: () => T): T {
    const before = port.install(this);
    this.globals.install();
    try {
      return body();
    } finally {
      this.globals.restore();
      port.install(before);
    }
  }

  private execute(strategy: Strategy): ExecutionOutcome {
    const { program, machine, record } = this;
    const count = program.agents.length;
    program.arena.reset();
    machine.begin(count);
    record.clear();
    this.globals.begin();
    port.clear();
    this.beginChecks(strategy);
    this.strategy = strategy;
    this.everyStep = strategy.everyStep;
    this.ending = 'completed' as ExecutionOutcome['end'];
    this.starting = true;
    for (let agent = 0; agent < count; agent++) {
      this.agents[agent] = program.agents[agent]!(program.world, program.selves[agent]!);
      this.current = agent;
      this.resume(agent);
    }
    this.starting = false;
    this.current = -1;
    this.stepsMax = program.scenario.stepsMax;
    this.run(this.failure === undefined || strategy.goesOn === true ? this.decide() : -1);
    if (this.ending === 'cutOff' && this.failure === undefined) this.goOnFairly(this.cutOff);
    this.endChecks();
    return { steps: record.length, end: this.ending };
  }

  private run(first: number): void {
    for (let target = first; target >= 0;) {
      this.current = target;
      this.resuming = true;
      target = this.resume(target) ? this.decide() : this.target;
    }
  }

  /** The execution was cut off: whether its agents would go round for ever. */
  private goOnFairly(cutOff: CutOff | undefined): void {
    const { machine, strategy } = this;
    if (cutOff === undefined) return;
    const { sink } = machine;
    cutOff.begin(this.stepsMax, strategy!.judges === true);
    this.strategy = cutOff.turns;
    this.everyStep = true;
    this.stepsMax = Infinity;
    machine.sink = new Tee(sink!, cutOff.turns);
    this.run(this.decide());
    machine.sink = this.sinkBefore = sink;
    if (this.ending === 'stalled') sink!.event(Kind.stall, 0, 0, 0, 0);
    // Whatever came of it: it is not this that the strategy has chosen.
    this.ending = 'cutOff';
  }

  private beginChecks(strategy: Strategy): void {
    const { checks, recorded } = this;
    this.failure = undefined;
    this.broken = undefined;
    if (checks === undefined) return;
    this.recording = recorded !== undefined && strategy.repeats && this.details === undefined;
    if (this.recording) {
      recorded!.recorder.begin();
      this.machine.sink = recorded!.recorder;
    } else {
      checks.begin();
      if (this.observer === undefined) this.machine.sink = this.details ?? checks;
    }
  }

  private endChecks(): void {
    const { checks, failure } = this;
    if (failure !== undefined) {
      if (this.ending !== 'cutOff') this.ending = 'failed';
      this.machine.sink = this.sinkBefore;
    }
    if (checks === undefined) return;
    const end = { failure, ending: this.ending, cutOff: this.cutOff! };
    if (this.recording) {
      this.findings = this.recorded!.findings(end);
      return;
    }
    conclude(this.program, checks, { ...end, sink: this.machine.sink! });
    this.findings = checks.findings.length === 0 ? nothing : [...checks.findings];
  }

  /** Lets the agent run to its next operation; whether it has ended. */
  private resume(agent: number): boolean {
    let ended = false;
    let thrown = false;
    try {
      ended = this.agents[agent]!.next().done === true;
    } catch (error) {
      if (this.broken === undefined) this.fail(agent, error);
      thrown = true;
    }
    if (this.broken !== undefined) throw this.broken;
    const { machine, program } = this;
    if (!ended && !thrown && machine.pendingKind[agent] === 0) refuseYield(program, agent);
    if (!ended && !(thrown && this.strategy!.goesOn === true)) return false;
    if (port.made) this.fail(agent, new ForgottenYieldError(port.place));
    this.machine.exit(agent);
    return true;
  }

  /** Who performs the next operation; -1 if the execution is over, with `ending` saying why. */
  private decide(): number {
    const enabled = this.machine.enabled;
    if (enabled === 0) {
      const ended = this.machine.over;
      const forced = ended ? -1 : (this.strategy!.force?.(this.machine) ?? -1);
      if (forced < 0) this.ending = ended ? 'completed' : 'stalled';
      return forced;
    }
    if (this.machine.steps >= this.stepsMax) {
      this.ending = 'cutOff';
      return -1;
    }
    if (!this.everyStep && (enabled & (enabled - 1)) === 0) return 31 - Math.clz32(enabled);
    const chosen = this.strategy!.choose(enabled, this.current, this.machine);
    if (chosen < 0) this.ending = chosen === judgeHere ? 'cutOff' : 'abandoned';
    return chosen;
  }

  private fail(agent: number, error: unknown): void {
    port.clear();
    if (error instanceof UserError) throw toldOf(this.program, agent, error);
    this.ending = 'failed';
    this.target = -1;
    if (this.failure !== undefined) return;
    this.failure = { agent, error };
    // What the others do from now on, if they go on, nobody looks at.
    this.sinkBefore = this.machine.sink;
    this.machine.sink = undefined;
  }
}
