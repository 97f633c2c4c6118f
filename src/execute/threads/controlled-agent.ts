import { port, type OperationExecutor } from '../../program/port.ts';
import { Kind } from '../../program/kinds.ts';
import {
  effectOf,
  enabledOf,
  followUpOf,
  notGranted,
  operationTable,
  truthOf,
  visibleOf,
} from '../../program/operation-table.ts';
import type { Subject } from '../../trace/subject.ts';
import { AgentAt, agentLine, AgentState, ControlAt } from './control.ts';
import type { SharedSchedule } from './shared-schedule.ts';
import type { ThreadLog } from './thread-log.ts';

const performed: IteratorReturnResult<unknown> = { done: true, value: undefined };

/**
 * The agent is not where the schedule says, or the schedule is through: its thread leaves the agent
 * where it is.
 */
export class ScheduleOver extends Error {
  override name = 'ScheduleOver';
}

/**
 * One agent on a thread of its own that moves only when the schedule gives it the turn. It keeps
 * the turn while the schedule names it again, so only a switch to another agent costs a hand-over.
 * Whoever has the turn alone touches the arena; the hand-over through Atomics orders everything
 * before it.
 */
export class ControlledAgent implements OperationExecutor {
  readonly agent: number;
  private readonly memory: Int32Array;
  private readonly control: Int32Array;
  private readonly schedule: SharedSchedule;
  private readonly log: ThreadLog;
  private readonly subject: Subject;
  private readonly line: number;
  /** Whether this agent holds the turn. */
  private hasTurn = false;
  private arrived = false;
  /** Places of logged operations, if they are kept. */
  readonly stacks: (string | undefined)[] = [];

  constructor(
    agent: number,
    memory: Int32Array,
    control: Int32Array,
    schedule: SharedSchedule,
    log: ThreadLog,
    subject: Subject,
  ) {
    this.agent = agent;
    this.memory = memory;
    this.control = control;
    this.schedule = schedule;
    this.log = log;
    this.subject = subject;
    this.line = agentLine(agent);
  }

  begin(): void {
    this.hasTurn = false;
    this.arrived = false;
    this.stacks.length = 0;
  }

  step(): IteratorResult<undefined, unknown> {
    port.made = false;
    let { kind } = port;
    const { object, argument, argument2 } = port;
    if (visibleOf[kind] === 0) {
      this.note(kind, object, argument, argument2, 0);
      performed.value = undefined;
      return performed;
    }
    for (;;) {
      this.takeTurn(kind, object, argument, argument2);
      const result = this.perform(kind, object, argument, argument2);
      if (result === notGranted && followUpOf[kind] !== Kind.none) {
        kind = followUpOf[kind]!;
        continue;
      }
      performed.value = truthOf[kind] === 0 ? result : result === 1;
      return performed;
    }
  }

  /** The agent has ended: others go on. */
  end(): void {
    this.arrive();
    if (this.hasTurn) this.pass();
  }

  /** Returns when the next step of the schedule is this agent's. */
  private takeTurn(kind: number, object: number, argument: number, argument2: number): void {
    const { control, line } = this;
    Atomics.store(control, line + AgentAt.waitObject, object);
    Atomics.store(control, line + AgentAt.waitArgument, argument);
    Atomics.store(control, line + AgentAt.waitArgument2, argument2);
    Atomics.store(control, line + AgentAt.waitKind, kind);
    this.arrive();
    // An agent that leaves comes by again, to release what it holds.
    this.leaveIfOver();
    if (this.hasTurn && !this.isNext()) this.pass();
    if (!this.hasTurn) {
      while (Atomics.load(control, line + AgentAt.turn) === 0)
        Atomics.wait(control, line + AgentAt.turn, 0);
      Atomics.store(control, line + AgentAt.turn, 0);
      this.hasTurn = true;
    }
    this.leaveIfOver();
    Atomics.store(control, line + AgentAt.waitKind, Kind.none);
  }

  private leaveIfOver(): void {
    if (Atomics.load(this.control, ControlAt.over) !== 0) {
      throw new ScheduleOver('the schedule is through');
    }
  }

  private perform(kind: number, object: number, argument: number, argument2: number): number {
    const { memory, agent, control, schedule } = this;
    const step = Atomics.load(control, ControlAt.step);
    const expected = schedule.kind(step);
    const differs =
      expected !== Kind.none && (expected !== kind || schedule.object(step) !== object);
    const enabled = enabledOf[kind];
    const can = enabled === undefined || enabled(memory, agent, object, argument, argument2);
    if (differs || !can) this.diverge(step, kind, object, can);
    const result = effectOf[kind]!(memory, agent, object, argument, argument2);
    this.note(kind, object, argument, argument2, result);
    Atomics.store(control, ControlAt.step, step + 1);
    Atomics.add(control, this.line + AgentAt.operations, 1);
    return result;
  }

  private note(
    kind: number,
    object: number,
    argument: number,
    argument2: number,
    result: number,
  ): void {
    if (port.keepPlaces) this.stacks.push(port.place?.stack);
    this.log.add(
      Atomics.add(this.control, ControlAt.sequence, 1),
      kind,
      object,
      argument,
      argument2,
      result,
    );
  }

  private isNext(): boolean {
    const step = Atomics.load(this.control, ControlAt.step);
    return step < this.schedule.length && this.schedule.agent(step) === this.agent;
  }

  /** Gives the turn to whom the schedule names, or ends the iteration. */
  private pass(): void {
    this.hasTurn = false;
    passTurn(this.control, this.schedule);
  }

  private arrive(): void {
    if (this.arrived) return;
    this.arrived = true;
    Atomics.add(this.control, ControlAt.arrived, 1);
    tellCoordinator(this.control);
  }

  private diverge(step: number, kind: number, object: number, can: boolean): never {
    const { schedule, subject } = this;
    const name = subject.agentNames[this.agent]!;
    const describe = (k: number, o: number): string =>
      k === 0 ? 'any operation' : `${operationTable[k]!.name} ${subject.name(o)}`;
    throw new ScheduleOver(
      `replay on threads diverges at step ${step + 1} of ${schedule.length}: expected ${name} at ` +
        `${describe(schedule.kind(step), schedule.object(step))}; ` +
        `found it at ${describe(kind, object)}${can ? '' : ', which cannot go on'}`,
      { cause: 'diverged' },
    );
  }
}

/** Gives the turn to the agent of the next step; at the schedule's end the iteration is over. */
export function passTurn(control: Int32Array, schedule: SharedSchedule): void {
  const step = Atomics.load(control, ControlAt.step);
  if (step >= schedule.length) {
    Atomics.store(control, ControlAt.over, 1);
    tellCoordinator(control);
    return;
  }
  const line = agentLine(schedule.agent(step));
  if (Atomics.load(control, line + AgentAt.state) >= AgentState.done) {
    // The schedule wants more of an agent than there is.
    Atomics.store(control, ControlAt.over, 2);
    tellCoordinator(control);
    return;
  }
  const turn = line + AgentAt.turn;
  Atomics.store(control, turn, 1);
  Atomics.notify(control, turn, 1);
}

/** Wakes the coordinator. */
export function tellCoordinator(control: Int32Array): void {
  Atomics.add(control, ControlAt.news, 1);
  Atomics.notify(control, ControlAt.news);
}
