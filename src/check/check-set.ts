import type { Subject } from '../trace/subject.ts';
import type { EventSink } from '../trace/event.ts';
import { passesTime } from '../trace/virtual-time.ts';
import { Kind } from '../program/kinds.ts';
import {
  Access,
  failed,
  Hold,
  notGranted,
  operationTable,
  Order,
  visibleOf,
} from '../program/operation-table.ts';
import { HeldLocks, Mode } from './held-locks.ts';
import { CellAccesses } from './cell-accesses.ts';
import { DataRaces } from './data-race.ts';
import { LockOrder, type SeparateCycle } from './lock-order.ts';
import { Deadlocks } from './deadlock.ts';
import { isTry, Role, roleOf } from './roles.ts';
import { Rules } from './rules.ts';
import { Lifetime } from './lifetime.ts';
import { HoldLimits } from './hold-limits.ts';
import { LocksetSuspicion } from './lockset-suspicion.ts';
import { LockRules } from './lock-rules.ts';
import { SectionRules } from './section-rules.ts';
import { EventSteps } from './event-steps.ts';
import { TraceScreen } from './trace-screen.ts';
import { UnguardedAccess } from './unguarded-access.ts';
import type { Finding } from './finding.ts';

const holdOf = Int32Array.from(operationTable, (row) => row.hold);
const releasesOf = Int32Array.from(operationTable, (row) => row.releases);

/** What beginning an execution needs to know of its arena. */
export interface CheckOptions {
  /** Whether suspicions are told; default: no. */
  readonly suspicions?: boolean;
}

/**
 * All checkers, fed with one stream of events. State that belongs to one execution is dropped by
 * `begin`; the lock order graph stays, so that a chain of locks is validated once.
 */
export class CheckSet implements EventSink {
  /** What this execution has shown so far, each key once. */
  readonly findings: Finding[] = [];
  readonly held: HeldLocks;
  /** Looks through executions that were recorded; undefined where it cannot say anything. */
  readonly screen: TraceScreen | undefined;
  private readonly steps = new EventSteps();
  private readonly keys = new Set<string>();
  private readonly cells: CellAccesses;
  private readonly races: DataRaces;
  private readonly order: LockOrder;
  private readonly deadlocks: Deadlocks;
  private readonly rules: Rules;
  private readonly lifetime: Lifetime;
  private readonly guards: UnguardedAccess;
  private readonly lockRules: LockRules;
  private readonly sections: SectionRules;
  private readonly limits: HoldLimits;
  private readonly suspicion: LocksetSuspicion | undefined;

  constructor(subject: Subject, options: CheckOptions = {}) {
    const report = (finding: Finding): void => this.report(finding);
    this.held = new HeldLocks(subject);
    this.races = new DataRaces(subject, this.held, report);
    this.cells = new CellAccesses(subject, this.races);
    this.order = new LockOrder(subject, this.held, report);
    this.deadlocks = new Deadlocks(subject, this.held, report);
    this.rules = new Rules(subject, this.held, report);
    this.lifetime = new Lifetime(subject, this.held, report);
    this.guards = new UnguardedAccess(subject, this.held, report);
    this.lockRules = new LockRules(subject, this.held, report);
    this.sections = new SectionRules(subject, this.held, report);
    this.limits = new HoldLimits(subject, this.held, report);
    if (options.suspicions === true) {
      this.suspicion = new LocksetSuspicion(subject, this.held, report);
    }
    const declared = this.guards.any || this.lockRules.any || this.sections.any || this.limits.any;
    const retired = subject.retiredRegions.length > 0;
    if (!declared && !retired && this.suspicion === undefined) {
      this.screen = new TraceScreen(subject, this.held, this.order);
    }
  }

  /** Drops the findings of the execution before. */
  clear(): void {
    if (this.findings.length === 0) return;
    this.findings.length = 0;
    this.keys.clear();
  }

  begin(): void {
    this.clear();
    this.steps.begin();
    this.held.clear();
    this.races.begin();
    this.order.begin();
    this.deadlocks.begin();
    this.lifetime.begin();
    this.guards.begin();
    this.sections.begin();
    this.limits.begin();
    this.suspicion?.begin();
  }

  /** Number of events so far in this execution. */
  get events(): number {
    return this.steps.events;
  }

  /** How many visible operations had been performed when this event was over. */
  stepsAt(event: number): number {
    return this.steps.stepsAt(event);
  }

  /** The event of a visible operation, by its number among those of the execution, from 0. */
  eventOfStep(step: number): number {
    return this.steps.eventOfStep(step);
  }

  event(kind: number, agent: number, object: number, argument: number, result: number): void {
    const event = this.steps.add(visibleOf[kind]!);
    switch (roleOf[kind]) {
      case Role.read:
        if (this.lifetime.any) this.lifetime.use(agent, object, event);
        if (this.guards.any) this.guards.access(agent, object, false, event);
        this.suspicion?.access(agent, object, false, false, event);
        this.races.read(agent, object, event);
        return;
      case Role.write:
        if (this.lifetime.any) this.lifetime.use(agent, object, event);
        if (this.guards.any) this.guards.access(agent, object, true, event);
        this.suspicion?.access(agent, object, true, false, event);
        this.races.write(agent, object, event);
        return;
      case Role.atomic:
        this.lifetime.use(agent, object, event);
        this.deadlocks.proceed(agent);
        this.declared(kind, agent, object, argument, result, event);
        this.races.atomic(kind, agent, object, argument, result, event);
        return;
      case Role.lock:
        this.lock(kind, agent, object, argument, result, event);
        return;
      case Role.annotation:
        this.rules.assert(kind, agent, object, event);
        return;
      case Role.section:
        this.section(kind, agent, object, event);
        return;
      case Role.memory:
        this.memory(kind, agent, object, argument, event);
        return;
      case Role.wait:
        this.wait(agent, argument, object, event);
        return;
      case Role.bytes:
        this.deadlocks.proceed(agent);
        this.cells.access(kind, agent, object, argument, result, event);
        return;
      case Role.futex:
        this.deadlocks.proceed(agent);
        this.cells.futex(kind, agent, object, event);
        return;
      case Role.port:
        this.deadlocks.proceed(agent);
        if (result !== 0) this.races.synchronise(kind, agent, object);
        return;
      case Role.exit:
        this.lifetime.exit(agent, event);
        this.deadlocks.exit(agent);
        return;
      case Role.spawn:
        this.spawn(kind, agent, object, failed(kind, result, argument), event);
        return;
      case Role.stall:
        this.deadlocks.stall(event);
        return;
      default:
        this.deadlocks.proceed(agent);
        if (this.limits.any && passesTime(kind)) this.limits.time.sleep(agent, argument);
        if (this.lockRules.any) this.lockRules.mayWait(agent, kind, object, event);
    }
  }

  /** An agent is spawned, begins, ends or is joined. */
  private spawn(kind: number, agent: number, object: number, again: boolean, event: number): void {
    this.deadlocks.proceed(agent);
    if (this.lockRules.any) this.lockRules.mayWait(agent, kind, object, event);
    if (again) return this.lifetime.spawnedTwice(agent, object, event);
    if (kind === Kind.spawn) this.deadlocks.spawn(object);
    if (this.limits.any) this.limits.time.pass(kind, agent, object);
    this.suspicion?.pass(kind, agent, object);
    this.races.synchronise(kind, agent, object);
  }

  /** Annotations that are about no lock of their own. */
  private section(kind: number, agent: number, object: number, event: number): void {
    if (kind === Kind.assertNoneHeld) this.rules.noneHeld(agent, event);
    else if (kind === Kind.leaveSection) this.sections.leave(agent, object);
    else this.sections.enter(agent, object, event);
  }

  /** An atomic access: what is declared of the word, and of the locks that are held. */
  private declared(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
    event: number,
  ): void {
    if (this.lockRules.any) this.lockRules.mayWait(agent, kind, object, event);
    if (this.limits.any && !failed(kind, result, argument))
      this.limits.time.pass(kind, agent, object);
    if (!this.guards.any && this.suspicion === undefined) return;
    const reads = operationTable[kind]!.access === Access.read || failed(kind, result, argument);
    if (this.guards.any) this.guards.access(agent, object, !reads, event);
    this.suspicion?.access(agent, object, !reads, true, event);
    this.suspicion?.pass(kind, agent, object);
  }

  /**
   * The execution is over.
   *
   * @param abandoned - whether its strategy gave it up: it is a part of another, which may end in a
   *   deadlock, and then it is that one's to say what is wrong with the lock order
   */
  end(abandoned = false): void {
    const deadlocked = this.deadlocks.end();
    this.order.end(deadlocked || abandoned);
  }

  /** Adds a finding that an executor made: an agent that failed, an invariant. */
  report(finding: Finding): void {
    if (this.keys.has(finding.key)) return;
    this.keys.add(finding.key);
    this.findings.push(finding);
  }

  /** Pairs of locks, one held and one asked for, that all executions so far have shown. */
  lockOrders(): Set<number> {
    return this.order.pairs();
  }

  /** The shapes of lock dependencies so far, and cycles that no execution showed whole. */
  get lockShapes(): number {
    return this.order.shapeCount;
  }

  separateLockCycles(): SeparateCycle[] {
    return this.order.separateCycles();
  }

  /** How many new dependencies were not searched for all cycles that they may close. */
  get lockSearchesCut(): number {
    return this.order.searchesCut;
  }

  private lock(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
    event: number,
  ): void {
    if (this.lifetime.any) this.lifetime.use(agent, object, event);
    this.deadlocks.proceed(agent);
    if (this.guards.any) this.guards.lock(object);
    if (this.lockRules.any) this.lockRules.mayWait(agent, kind, object, event);
    if (failed(kind, result, argument)) return;
    const hold = holdOf[kind]!;
    if (hold === Hold.drop) {
      if (this.sections.any) this.sections.release(agent, object, event);
      if (this.limits.any) this.limits.released(agent, object, event);
    }
    if (result === notGranted) {
      if (kind === Kind.writeAcquire) this.held.queue(agent, object);
      return;
    }
    if (this.limits.any) this.limits.time.pass(kind, agent, object);
    this.suspicion?.pass(kind, agent, object);
    if (hold === Hold.drop) {
      const depth = this.held.pop(agent, object, releasesOf[kind] === Order.writers);
      if (depth < 0) this.lifetime.badUnlock(agent, object, event);
      else this.order.release(agent, depth);
      this.races.synchronise(kind, agent, object);
      return;
    }
    this.races.synchronise(kind, agent, object);
    if (hold === Hold.takeWrite || hold === Hold.takeRead) {
      const mode = hold === Hold.takeWrite ? Mode.write : this.held.readMode(object);
      if (this.lockRules.any) this.lockRules.acquire(agent, object, isTry(kind), event);
      this.order.acquire(agent, object, mode, isTry(kind), event);
      this.held.push(agent, object, mode, event);
      if (this.limits.any) this.limits.taken(agent, object);
    } else if (hold === Hold.toRead) {
      if (result === 0) this.lifetime.badUnlock(agent, object, event);
      this.held.toRead(agent, object, this.held.readMode(object));
      this.order.downgrade(agent);
    } else if (kind === Kind.deactivate) {
      this.order.ask(agent, object, Mode.write, event);
    }
  }

  private wait(agent: number, kind: number, object: number, event: number): void {
    const hold = holdOf[kind]!;
    if (this.lockRules.any) {
      this.lockRules.mayWait(agent, kind, object, event);
      const takes = hold === Hold.takeWrite || hold === Hold.takeRead;
      if (takes) this.lockRules.acquire(agent, object, false, event);
    }
    if (hold === Hold.takeWrite) this.order.ask(agent, object, Mode.write, event);
    else if (hold === Hold.takeRead)
      this.order.ask(agent, object, this.held.readMode(object), event);
    else if (kind === Kind.drain) this.order.ask(agent, object, Mode.write, event);
    this.deadlocks.wait(agent, kind, object, event);
  }

  private memory(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    event: number,
  ): void {
    if (kind === Kind.initLock) {
      this.lifetime.initialise(agent, object, event);
      return;
    }
    // To whoever uses the memory unordered, its coming and going is a write to all of it.
    const verb = kind === Kind.retire ? 'removes' : 'brings back';
    for (let word = object; word <= argument; word++) this.races.write(agent, word, event, verb);
    if (kind === Kind.retire) this.lifetime.retire(agent, object, argument, event);
    else {
      this.lifetime.revive(object, argument);
      this.guards.revive(agent, object, argument);
      this.suspicion?.revive(object, argument);
    }
  }
}
