import { nearest } from '../../program/nearest.ts';
import { BadLineError, shown } from './bad-line.ts';
import { Op } from './operation.ts';
import { clearTraceEvent, makeTraceEvent } from './trace-event.ts';
import type { TraceEvent, TraceSink } from './trace-event.ts';
import type { TraceNames } from './trace-names.ts';
import type { TraceReader } from './trace-reader.ts';

type Operand = 'lock' | 'word' | 'agent';

/** Operations with an operand, and what it is. */
const operations: ReadonlyMap<string, readonly [op: number, operand: Operand]> = new Map([
  ['acq', [Op.acquire, 'lock']],
  ['req', [Op.wait, 'lock']],
  ['rel', [Op.release, 'lock']],
  ['r', [Op.read, 'word']],
  ['rd', [Op.read, 'word']],
  ['w', [Op.write, 'word']],
  ['wr', [Op.write, 'word']],
  ['fork', [Op.fork, 'agent']],
  ['join', [Op.join, 'agent']],
  ['wait', [Op.conditionWait, 'lock']],
  ['notify', [Op.conditionNotify, 'lock']],
  ['notifyAll', [Op.conditionNotify, 'lock']],
]);

/** Operations that may stand alone. `begin` and `end` mark blocks, which nothing here asks for. */
const bare: ReadonlyMap<string, number> = new Map([
  ['begin', Op.note],
  ['end', Op.note],
  ['dummy', Op.note],
  ['br', Op.branch],
  ['branch', Op.branch],
]);

/** An acquire that is yet to be handed on. */
interface Taken {
  readonly lock: number;
  readonly line: number;
  readonly place: number;
}

const allNames = [...operations.keys(), ...bare.keys()];

/**
 * Reads STD, the format of the RAPID family: `thread|operation(operand)|location`.
 *
 * A thread that takes a lock which it holds, and goes on, has a re-entrant lock (Java's monitors):
 * the inner acquire and its release mean nothing. One that does not go on waits for itself.
 *
 * Where a thread holds the lock at `wait(l)`, it gives it up there and has it again at its next
 * event: the thread that notifies it holds the lock in between.
 *
 * Recorders that log an acquire before the lock is got (those of condition variables do) have it
 * while another thread still holds the lock. It takes effect at its thread's next event, or before
 * a join of that thread; if the lock is not free by then, two threads are inside.
 */
export class StdReader implements TraceReader {
  private readonly file: string;
  private readonly names: TraceNames;
  private readonly sink: TraceSink;
  private readonly current: TraceEvent = makeTraceEvent();
  /** Who holds a lock. */
  private readonly owners = new Map<number, number>();
  /** How often the owner of a lock holds it, beyond once. */
  private readonly depths = new Map<number, number>();
  /** A thread's last event, where that took a lock which it held already. */
  private readonly inner = new Map<number, Taken>();
  /** For a thread inside of `wait`: the lock that it has again when the wait is over. */
  private readonly waiting = new Map<number, number>();
  /** A thread's last event, where that took a lock which another thread still held. */
  private readonly early = new Map<number, Taken>();
  private events = 0;

  constructor(file: string, names: TraceNames, sink: TraceSink) {
    this.file = file;
    this.names = names;
    this.sink = sink;
  }

  line(text: string, line: number): void {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    const fail = (problem: string): never => {
      throw new BadLineError(this.file, line, problem);
    };
    const parts = trimmed.split('|');
    if (parts.length !== 3) {
      fail(`${shown(trimmed)} has ${parts.length} of 3 parts; expected thread|operation|location`);
    }
    const [thread, operation, location] = parts.map((part) => part.trim()) as [
      string,
      string,
      string,
    ];
    if (thread === '' || /\s/.test(thread)) fail(`${shown(thread)} is no thread; expected T1`);
    if (!/^-?\d+$/.test(location)) {
      fail(`location ${shown(location)} is no whole number`);
    }
    const match = /^([A-Za-z]+)(?:\(([^\s()]*)\))?$/.exec(operation);
    if (match === null) {
      fail(`${shown(operation)} is no operation; expected one as acq(L1), without white space`);
    }
    const agent = this.names.agents.number(threadName(thread));
    this.grant(agent);
    this.decode(match!, agent, line, fail);
    this.current.place = this.names.places.number(location);
    if (this.current.op === Op.join) this.grantBefore(this.current.object);
    this.emit();
    this.events++;
  }

  end(line: number): void {
    for (const agent of this.early.keys()) this.grant(agent);
    for (const [agent, taken] of this.inner) this.take(agent, taken);
    if (this.events > 0) return;
    throw new BadLineError(
      this.file,
      Math.max(1, line),
      'the trace is empty; expected lines as T1|acq(L1)|5',
    );
  }

  private decode(
    match: RegExpExecArray,
    agent: number,
    line: number,
    fail: (problem: string) => never,
  ): void {
    const { current, names } = this;
    const [, name = '', operand = ''] = match;
    clearTraceEvent(current);
    current.line = line;
    current.agent = agent;
    const alone = bare.get(name);
    if (alone !== undefined) {
      current.op = alone;
      current.text = name;
      return;
    }
    const found = operations.get(name);
    if (found === undefined) {
      const hint = nearest(name.slice(0, 40), allNames);
      return fail(`${shown(name)} is no operation: ${hint}there are ${allNames.join(', ')}`);
    }
    if (operand === '') fail(`\`${name}\` needs an operand, as ${name}(x)`);
    const [op, what] = found;
    current.op = op;
    if (what === 'lock') current.object = names.lock(operand);
    else if (what === 'word') current.object = names.word(operand);
    else current.object = names.agents.number(threadName(operand));
    if (what === 'agent' && current.object === current.agent) {
      fail(`\`${name}\` names the thread itself; expected another one`);
    }
  }

  /** Hands the event on, with what a wait that holds its lock means around it. */
  private emit(): void {
    const { current, waiting, owners } = this;
    const { op, agent, object, line, place } = current;
    this.inner.delete(agent);
    if (this.nests(op, agent, object)) {
      if (op === Op.acquire) this.inner.set(agent, { lock: object, line, place });
      current.op = Op.note;
      current.object = -1;
      current.text = 're-entrant';
      this.sink.event(current);
      return;
    }
    if (op === Op.acquire && this.isTaken(object)) {
      this.early.set(agent, { lock: object, line, place });
      return;
    }
    const regained = waiting.get(agent);
    if (regained !== undefined) {
      const asks = (op === Op.wait || op === Op.acquire) && object === regained;
      if (!asks) {
        this.give(Op.acquire, regained);
        owners.set(regained, agent);
      }
      waiting.delete(agent);
      current.op = op;
      current.object = object;
    }
    if (op === Op.acquire) owners.set(object, agent);
    if (op === Op.release) owners.delete(object);
    if (op === Op.conditionWait && owners.get(object) === agent) {
      this.give(Op.release, object);
      owners.delete(object);
      waiting.set(agent, object);
      current.op = op;
    }
    this.sink.event(current);
  }

  /** Whether an event is about a lock that its thread holds, and goes on to hold. */
  private nests(op: number, agent: number, lock: number): boolean {
    if (this.owners.get(lock) !== agent) return false;
    const depth = this.depths.get(lock) ?? 0;
    if (op === Op.wait) return true;
    if (op === Op.acquire) {
      this.depths.set(lock, depth + 1);
      return true;
    }
    if (op !== Op.release || depth === 0) return false;
    this.depths.set(lock, depth - 1);
    return true;
  }

  /** Whether a lock is held, or somebody who asked before is about to have it. */
  private isTaken(lock: number): boolean {
    if (this.owners.has(lock)) return true;
    if (this.early.size === 0) return false;
    return [...this.early.values()].some((taken) => taken.lock === lock);
  }

  /** Lets an acquire take effect that was logged early. */
  private grant(agent: number): void {
    if (this.early.size === 0) return;
    const taken = this.early.get(agent);
    if (taken === undefined) return;
    this.early.delete(agent);
    this.take(agent, taken);
    this.owners.set(taken.lock, agent);
    this.waiting.delete(agent);
  }

  /** The same in the middle of another event. */
  private grantBefore(agent: number): void {
    if (!this.early.has(agent)) return;
    const { current } = this;
    const kept = { ...current };
    this.grant(agent);
    Object.assign(current, kept);
  }

  private take(agent: number, { lock, line, place }: Taken): void {
    const { current } = this;
    clearTraceEvent(current);
    current.agent = agent;
    current.line = line;
    current.place = place;
    this.give(Op.acquire, lock);
  }

  private give(op: number, lock: number): void {
    this.current.op = op;
    this.current.object = lock;
    this.sink.event(this.current);
  }
}

/** Threads are named with or without a leading T. */
function threadName(text: string): string {
  return /^\d+$/.test(text) ? `T${text}` : text;
}
