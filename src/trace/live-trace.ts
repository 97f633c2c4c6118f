import { Kind, ObjectType } from '../program/kinds.ts';
import { failed, Hold, notGranted, operationTable } from '../program/operation-table.ts';
import type { EventSink } from './event.ts';
import { Mode, Op } from './format/operation.ts';
import { clearTraceEvent, makeTraceEvent, type TraceSink } from './format/trace-event.ts';
import type { LockKind, TraceNames } from './format/trace-names.ts';
import { nanoseconds, rulesOf } from './live-rules.ts';
import type { Subject } from './subject.ts';
import { passesTime, VirtualTime } from './virtual-time.ts';

const lockKindOf: ReadonlyMap<number, LockKind> = new Map([
  [ObjectType.mutex, 'mutex'],
  [ObjectType.spinLock, 'spin'],
  [ObjectType.rwLock, 'rwlock'],
  [ObjectType.rwSemaphore, 'rwsem'],
  [ObjectType.percpuRwSemaphore, 'percpu_rwsem'],
  [ObjectType.completion, 'completion'],
  [ObjectType.activeRef, 'active_ref'],
  [ObjectType.port, 'completion'],
]);

const tries: ReadonlySet<number> = new Set([
  Kind.tryAcquire,
  Kind.readTryAcquire,
  Kind.writeTryAcquire,
  Kind.refTryAcquire,
]);

/** Operations that are about no lock and no word. */
const withoutObject: ReadonlySet<number> = new Set([
  Op.agentExit,
  Op.enter,
  Op.exit,
  Op.assertNoneHeld,
]);

/** Operations that are about an agent. */
const withAgent: ReadonlySet<number> = new Set([Op.fork, Op.join, Op.waitJoin]);

/** Operations on words and annotations, which stand for one operation of a trace each. */
const plain: ReadonlyMap<number, readonly [op: number, marked: boolean]> = new Map([
  [Kind.read, [Op.read, false]],
  [Kind.write, [Op.write, false]],
  [Kind.load, [Op.read, true]],
  [Kind.waitUntil, [Op.read, true]],
  [Kind.store, [Op.write, true]],
  [Kind.add, [Op.readModifyWrite, true]],
  [Kind.exchange, [Op.readModifyWrite, true]],
  [Kind.compareExchange, [Op.readModifyWrite, true]],
  [Kind.rmw, [Op.readModifyWrite, true]],
  [Kind.bytesRead, [Op.read, false]],
  [Kind.bytesWrite, [Op.write, false]],
  [Kind.bytesLoad, [Op.read, true]],
  [Kind.bytesStore, [Op.write, true]],
  [Kind.bytesCompareExchange, [Op.readModifyWrite, true]],
  [Kind.futexWait, [Op.read, true]],
  [Kind.futexTimedWait, [Op.read, true]],
  [Kind.futexEnqueue, [Op.read, true]],
  [Kind.send, [Op.complete, false]],
  [Kind.complete, [Op.complete, false]],
  [Kind.completeAll, [Op.complete, false]],
  [Kind.await, [Op.await, false]],
  [Kind.downgrade, [Op.downgrade, false]],
  [Kind.initLock, [Op.init, false]],
  [Kind.assertHeld, [Op.assertHeld, false]],
  [Kind.assertHeldWrite, [Op.assertHeld, false]],
  [Kind.assertHeldRead, [Op.assertHeld, false]],
  [Kind.assertNotHeld, [Op.assertNotHeld, false]],
  [Kind.exit, [Op.agentExit, false]],
  [Kind.leaveSection, [Op.exit, false]],
  [Kind.assertNoneHeld, [Op.assertNoneHeld, false]],
]);

/**
 * An engine's events as those of a trace, so that an execution can be written to a file, or handed
 * to the checkers of traces. Steps of time are left out. A writer that queues, and who deactivates
 * a reference that others have, begin to wait.
 */
export class LiveTrace implements EventSink {
  /** Where the next event happened; empty if unknown. */
  place = '';
  private readonly subject: Subject;
  private readonly names: TraceNames;
  private readonly sink: TraceSink;
  private readonly current = makeTraceEvent();
  private line = 1;
  /** Of the section that is entered. */
  private text = '';
  /** By object: its number in the trace. */
  private readonly numbers: (number | undefined)[] = [];
  /** By agent: the object that it has said it waits for; 0 for none. */
  private readonly waits: Int32Array;
  /** Times are told where the program says how long locks may be held. */
  private readonly time: VirtualTime | undefined;

  constructor(subject: Subject, names: TraceNames, sink: TraceSink) {
    this.subject = subject;
    this.names = names;
    this.sink = sink;
    for (const agent of subject.agentNames) names.agents.number(agent);
    names.rules = rulesOf(subject);
    this.waits = new Int32Array(subject.agentCount);
    const limited = names.rules?.heldAtMost !== undefined;
    if (limited) this.time = new VirtualTime(subject.agentCount, subject.wordCount);
    if (names.rules !== undefined) this.nameAll();
    for (const base of subject.retiredRegions) {
      const end = base + subject.record(base)!.size;
      for (let object = base + 1; object < end; object++) {
        if (subject.record(object)?.type === ObjectType.word) {
          names.retiredWords.add(this.numberOf(object));
        }
      }
    }
  }

  event(kind: number, agent: number, object: number, argument: number, result: number): void {
    const known = plain.get(kind);
    if (this.time !== undefined) {
      if (passesTime(kind)) this.time.sleep(agent, argument);
      else if (object > 0 && !failed(kind, result, argument)) this.time.pass(kind, agent, object);
    }
    if (kind === Kind.retire || kind === Kind.revive) {
      this.memory(kind, agent, object, argument);
    } else if (kind === Kind.wait) {
      this.wait(agent, argument, object);
    } else if (kind === Kind.receive) {
      if (result !== 0) this.give(Op.await, agent, object);
    } else if (kind === Kind.enterSection) {
      this.text = this.subject.name(object);
      this.give(Op.enter, agent, object);
    } else if (kind >= Kind.spawn && kind <= Kind.join) {
      this.spawn(kind, agent, object, argument, result);
    } else if (known !== undefined) {
      const [op, marked] = known;
      const missed = op === Op.readModifyWrite && failed(kind, result, argument);
      this.give(missed ? Op.read : op, agent, object, modeOf(kind), marked);
    } else {
      this.lock(kind, agent, object, argument, result);
    }
  }

  private lock(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
  ): void {
    const { hold } = operationTable[kind]!;
    const tried = tries.has(kind);
    if (result === notGranted) {
      this.giveWait(agent, object);
      return;
    }
    if (hold === Hold.takeWrite || hold === Hold.takeRead) {
      const mode = hold === Hold.takeWrite ? Mode.write : this.readMode(object);
      const missed = tried && failed(kind, result, argument);
      this.give(missed ? Op.tryFailed : Op.acquire, agent, object, mode, false, tried && !missed);
    } else if (hold === Hold.drop) {
      this.give(Op.release, agent, object);
    } else if (kind === Kind.drain || kind === Kind.deactivate) {
      // As kernfs_drain() tells lockdep: all readers are out, and nothing is kept.
      this.give(Op.acquire, agent, object);
      this.give(Op.release, agent, object);
    }
  }

  /** An agent's first and last steps are not told: what it does in between, and its exit, are. */
  private spawn(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
  ): void {
    if (kind === Kind.join) this.give(Op.join, agent, object);
    else if (kind === Kind.spawn && !failed(kind, result, argument))
      this.give(Op.fork, agent, object);
  }

  private wait(agent: number, kind: number, object: number): void {
    const { hold } = operationTable[kind]!;
    if (hold === Hold.takeRead) this.giveWait(agent, object, this.readMode(object));
    if (kind === Kind.join) this.give(Op.waitJoin, agent, object);
    const others = [Kind.drain, Kind.await] as number[];
    if (hold === Hold.takeWrite || others.includes(kind)) this.giveWait(agent, object);
  }

  /** Who has queued waits from then on: once is enough. */
  private giveWait(agent: number, object: number, mode: number = Mode.write): void {
    if (this.waits[agent] === object) return;
    this.give(Op.wait, agent, object, mode);
    this.waits[agent] = object;
  }

  /** Everything in a region goes and comes with it. */
  private memory(kind: number, agent: number, base: number, last: number): void {
    for (let object = base + 1; object <= last; object++) {
      const type = this.subject.record(object)?.type;
      if (type === ObjectType.word) {
        this.give(kind === Kind.retire ? Op.retire : Op.revive, agent, object);
      } else if (type !== undefined && kind === Kind.retire) {
        this.give(Op.free, agent, object);
      }
    }
  }

  /** Readers of a spinning lock may overtake, those of a semaphore queue. */
  private readMode(object: number): number {
    const type = this.subject.types[object];
    return type === ObjectType.rwLock || type === ObjectType.activeRef
      ? Mode.recursiveRead
      : Mode.read;
  }

  private give(
    op: number,
    agent: number,
    object: number,
    mode: number = Mode.write,
    marked = false,
    tried = false,
  ): void {
    const { current } = this;
    this.waits[agent] = 0;
    clearTraceEvent(current);
    current.op = op;
    current.agent = agent;
    current.object = this.operandOf(op, object);
    if (op === Op.enter) current.text = this.text;
    if (this.time !== undefined) current.time = this.time.now[agent]! * nanoseconds;
    current.mode = mode;
    current.marked = marked;
    current.tried = tried;
    current.line = ++this.line;
    if (this.place !== '') current.place = this.names.places.number(this.place);
    this.sink.event(current);
  }

  private operandOf(op: number, object: number): number {
    if (withoutObject.has(op)) return -1;
    if (!withAgent.has(op)) return this.numberOf(object);
    return this.names.agents.number(this.subject.name(object));
  }

  private numberOf(object: number): number {
    return (this.numbers[object] ??= this.findNumber(object));
  }

  private findNumber(object: number): number {
    const { subject, names } = this;
    const id = subject.name(object);
    const kind = lockKindOf.get(subject.types[object]!);
    const number =
      kind === undefined
        ? names.word(id)
        : names.declareLock({ id, class: subject.className(object), kind });
    return (this.numbers[object] = number);
  }

  /** Rules are about locks and words that no event may name. */
  private nameAll(): void {
    for (let object = 0; object < this.subject.wordCount; object++) {
      const type = this.subject.types[object]!;
      if (type === ObjectType.word || lockKindOf.has(type)) this.numberOf(object);
    }
  }
}

function modeOf(kind: number): number {
  switch (kind) {
    case Kind.assertHeld:
    case Kind.assertNotHeld:
      return Mode.any;
    case Kind.assertHeldRead:
      return Mode.read;
    default:
      return Mode.write;
  }
}
