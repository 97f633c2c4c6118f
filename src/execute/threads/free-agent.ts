import { port, type OperationExecutor } from '../../program/port.ts';
import { Kind, ObjectType } from '../../program/kinds.ts';
import {
  effectOf,
  enabledOf,
  followUpOf,
  notGranted,
  truthOf,
  visibleOf,
} from '../../program/operation-table.ts';
import type { Subject } from '../../trace/subject.ts';
import { AgentAt, agentLine, AgentState, ControlAt, StripeAt, stripeLine } from './control.ts';
import { ScheduleOver } from './controlled-agent.ts';
import { Delays } from './delays.ts';
import type { Gate } from './gate.ts';
import { FreeMutex } from './free-mutex.ts';
import { FreePercpu } from './free-percpu.ts';
import type { ObjectClocks } from './object-clocks.ts';
import { releaseSpin, takeSpin } from './spin.ts';
import type { ThreadLog } from './thread-log.ts';
import type { Unspawned } from './unspawned.ts';

const performed: IteratorReturnResult<unknown> = { done: true, value: undefined };

/** Operations on one object that say something of others. */
const fencing: ReadonlySet<number> = new Set([Kind.retire, Kind.revive]);

/**
 * Publishes what an agent waits for, and numbers and logs its operations: what the lock algorithms
 * need of it.
 */
export interface FreeContext {
  readonly agent: number;
  readonly memory: Int32Array;
  readonly control: Int32Array;
  readonly line: number;
  /** Gives operations their numbers. */
  readonly clocks: ObjectClocks;
  log(sequence: number, kind: number, object: number, result: number): void;
  /** Atomics.wait, with what the agent waits for in the control block for the watchdog to read. */
  sleep(kind: number, object: number, words: Int32Array, at: number, value: number): void;
}

/**
 * One agent on a thread of its own, with nobody directing: every operation is carried out at once
 * by an algorithm over Atomics, blocks the thread where it has to wait, and goes to the agent's log
 * with its number.
 *
 * Numbers agree with the order of effects on each object (`object-clocks.ts`): an operation takes
 * its number while nobody else can change the object, so the log, sorted, is a schedule that
 * coroutines replay to the same results.
 */
export class FreeAgent implements OperationExecutor, FreeContext {
  readonly agent: number;
  readonly memory: Int32Array;
  readonly control: Int32Array;
  readonly line: number;
  readonly clocks: ObjectClocks;
  private readonly types: Uint8Array;
  private readonly ring: ThreadLog;
  /** Leads the agent along a schedule, if there is one. */
  private readonly gate: Gate | undefined;
  /** Off, operations take no numbers and leave nothing: what the locks alone cost. */
  private readonly logging: boolean;
  private readonly unspawned: Unspawned;
  private readonly delays: Delays;
  private readonly mutex: FreeMutex;
  private readonly percpu: FreePercpu;
  private argument = 0;
  private argument2 = 0;

  constructor(
    agent: number,
    memory: Int32Array,
    control: Int32Array,
    log: ThreadLog,
    subject: Subject,
    seed: number,
    gate: Gate | undefined,
    unspawned: Unspawned,
    clocks: ObjectClocks,
    logging: boolean,
  ) {
    this.clocks = clocks;
    this.unspawned = unspawned;
    this.logging = logging;
    this.agent = agent;
    this.memory = memory;
    this.control = control;
    this.line = agentLine(agent);
    this.types = subject.types;
    this.ring = log;
    this.gate = gate;
    this.delays = new Delays(seed, agent);
    this.mutex = new FreeMutex(this);
    this.percpu = new FreePercpu(this, subject.agentCount);
  }

  begin(iteration: number): void {
    this.clocks.begin();
    this.delays.begin(iteration);
  }

  step(): IteratorResult<undefined, unknown> {
    port.made = false;
    const { kind, object } = port;
    this.argument = port.argument;
    this.argument2 = port.argument2;
    if (visibleOf[kind] === 0) {
      this.log(this.clocks.own(), kind, object, 0);
      performed.value = undefined;
      return performed;
    }
    this.standStillIfFrozen(kind, object);
    if (this.gate === undefined) this.delays.before();
    else this.gate.enter();
    const result = this.perform(kind, object);
    Atomics.add(this.control, this.line + AgentAt.operations, 1);
    performed.value = truthOf[kind] === 0 ? result : result === 1;
    return performed;
  }

  log(sequence: number, kind: number, object: number, result: number): void {
    if (this.logging) this.ring.add(sequence, kind, object, this.argument, this.argument2, result);
    if (this.gate !== undefined && visibleOf[kind] !== 0) this.gate.passed();
  }

  sleep(kind: number, object: number, words: Int32Array, at: number, value: number): void {
    this.waiting(kind, object);
    Atomics.wait(words, at, value);
    this.running();
  }

  /**
   * Invariant: set only while the agent holds nothing that it is about to have, or waits show false
   * cycles.
   */
  private waiting(kind: number, object: number): void {
    const { control, line } = this;
    Atomics.store(control, line + AgentAt.waitObject, object);
    Atomics.store(control, line + AgentAt.waitArgument, this.argument);
    Atomics.store(control, line + AgentAt.waitArgument2, this.argument2);
    Atomics.store(control, line + AgentAt.waitKind, kind);
  }

  private running(): void {
    Atomics.store(this.control, this.line + AgentAt.waitKind, Kind.none);
  }

  private perform(kind: number, object: number): number {
    switch (kind) {
      case Kind.acquire:
        return this.mutex.acquire(object, this.types[object] === ObjectType.spinLock);
      case Kind.tryAcquire:
        return this.mutex.tryAcquire(object);
      case Kind.release:
        return this.mutex.release(object);
      case Kind.initLock:
        return this.mutex.init(object);
      case Kind.pause:
      case Kind.sleep:
      case Kind.retry:
        return this.rest(kind);
      default:
        return this.types[object] === ObjectType.percpuRwSemaphore
          ? this.percpu.perform(kind, object)
          : this.guarded(kind, object);
    }
  }

  /**
   * An operation whose effect the stripe's lock makes indivisible; waits on the stripe while it is
   * not enabled.
   */
  private guarded(first: number, object: number): number {
    const { control, memory, agent, argument, argument2 } = this;
    const stripe = stripeLine(object);
    let kind = first;
    for (;;) {
      takeSpin(control, stripe + StripeAt.lock);
      const enabled = enabledOf[kind];
      if (enabled === undefined || enabled(memory, agent, object, argument, argument2)) {
        const result = effectOf[kind]!(memory, agent, object, argument, argument2);
        const number = fencing.has(kind) ? this.clocks.fence(object) : this.clocks.step(object);
        this.log(number, kind, object, result);
        this.wake(stripe);
        releaseSpin(control, stripe + StripeAt.lock);
        if (result !== notGranted || followUpOf[kind] === Kind.none) return result;
        kind = followUpOf[kind]!;
        continue;
      }
      const seen = Atomics.load(control, stripe + StripeAt.futex);
      Atomics.add(control, stripe + StripeAt.waiters, 1);
      releaseSpin(control, stripe + StripeAt.lock);
      if (kind === Kind.begin) this.awaitSpawn(object, seen);
      else this.sleep(kind, object, control, stripe + StripeAt.futex, seen);
      Atomics.sub(control, stripe + StripeAt.waiters, 1);
    }
  }

  /** @throws ScheduleOver once nobody is left that could spawn the agent */
  private awaitSpawn(object: number, seen: number): void {
    const { control } = this;
    this.waiting(Kind.begin, object);
    this.unspawned.look();
    Atomics.wait(control, stripeLine(object) + StripeAt.futex, seen);
    if (Atomics.load(control, ControlAt.over) === 0) {
      this.running();
      return;
    }
    Atomics.sub(control, stripeLine(object) + StripeAt.waiters, 1);
    throw new ScheduleOver('nobody has spawned it');
  }

  /** The agent has ended. */
  end(): void {
    this.unspawned.look();
  }

  private wake(stripe: number): void {
    if (Atomics.load(this.control, stripe + StripeAt.waiters) === 0) return;
    Atomics.add(this.control, stripe + StripeAt.futex, 1);
    Atomics.notify(this.control, stripe + StripeAt.futex);
  }

  private rest(kind: number): number {
    this.log(this.clocks.own(), kind, 0, 0);
    if (kind !== Kind.pause && this.argument > 0) {
      this.waiting(kind, 0);
      this.delays.sleep(this.argument);
      this.running();
    }
    return 0;
  }

  private standStillIfFrozen(kind: number, object: number): void {
    if (Atomics.load(this.control, ControlAt.freeze) === 0) return;
    this.waiting(kind, object);
    Atomics.store(this.control, this.line + AgentAt.state, AgentState.frozen);
    // The coordinator ends this thread.
    for (;;) Atomics.wait(this.control, ControlAt.freeze, 1);
  }
}
