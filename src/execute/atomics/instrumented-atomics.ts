import { Rmw } from '../../program/bytes.ts';
import { FutexResult } from '../../program/operations/futex.ts';
import { What } from './channel.ts';
import { Elements, isBig, viewNameOf, type AnyTypedArray } from './elements.ts';
import { pristine } from './pristine.ts';
import type { PromisedWaits } from './promised-waits.ts';
import type { ThreadClock } from './thread-clock.ts';
import type { ThreadDoor } from './thread-door.ts';

type Value = number | bigint;
type Method = (...given: unknown[]) => unknown;

const real = pristine.atomics as unknown as Readonly<Record<string, Method>>;
const waitResults = ['not-equal', 'ok', 'timed-out'] as const;

/** What the stand-in for `Atomics` is made of. */
export interface AtomicsParts {
  readonly door: ThreadDoor;
  readonly clock: ThreadClock;
  readonly promises: PromisedWaits;
  /** The typed array behind a wrapped one. */
  readonly unwrap: (view: unknown) => unknown;
}

/**
 * A stand-in for `Atomics`: every call on a buffer under control is an operation of the schedule;
 * calls on other memory, and mistakes, go to the real one.
 */
export function instrumentedAtomics(parts: AtomicsParts): typeof Atomics {
  const calls = new AtomicCalls(parts);
  const methods: Record<string, Method> = {
    load: (view, index) => calls.load(view, index),
    store: (view, index, value) => calls.store(view, index, value),
    compareExchange: (view, index, expected, replacement) =>
      calls.compareExchange(view, index, expected, replacement),
    wait: (...given) => calls.wait(given),
    waitAsync: (...given) => calls.waitAsync(given),
    notify: (...given) => calls.notify(given),
    isLockFree: (size) => real['isLockFree']!.call(pristine.atomics, size),
    pause: () => calls.pause(),
  };
  for (const name of ['add', 'sub', 'and', 'or', 'xor', 'exchange'] as const) {
    methods[name] = (view, index, value) => calls.modify(name, view, index, value);
  }
  for (const [name, method] of Object.entries(methods)) {
    Object.defineProperty(method, 'name', { value: name });
  }
  Object.defineProperty(methods, Symbol.toStringTag, { value: 'Atomics', configurable: true });
  return methods as unknown as typeof Atomics;
}

/** Where an atomic access goes. */
interface Target {
  readonly kind: string;
  readonly buffer: number;
  readonly byte: number;
  readonly width: number;
}

class AtomicCalls {
  private readonly parts: AtomicsParts;
  private readonly elements = new Elements();

  constructor(parts: AtomicsParts) {
    this.parts = parts;
  }

  load(view: unknown, index: unknown): unknown {
    const at = this.target(view, index);
    if (at === undefined) return this.pass('load', view, index);
    this.parts.door.ask(What.load, at.buffer, at.byte, at.width);
    return this.result('load', at, view, index);
  }

  store(view: unknown, index: unknown, value: unknown): unknown {
    const at = this.target(view, index);
    if (at === undefined) return this.pass('store', view, index, value);
    const given = asElement(at.kind, value);
    const { elements } = this;
    elements.take(at.kind, given);
    this.parts.door.ask(What.store, at.buffer, at.byte, at.width, elements.low, elements.high);
    if (this.parts.door.performs) this.pass('store', view, index, given);
    return given;
  }

  modify(name: keyof typeof Rmw, view: unknown, index: unknown, value: unknown): unknown {
    const at = this.target(view, index);
    if (at === undefined) return this.pass(name, view, index, value);
    const { elements } = this;
    const given = asElement(at.kind, value);
    elements.take(at.kind, given);
    const what = What.rmw + Rmw[name] - 1;
    this.parts.door.ask(what, at.buffer, at.byte, at.width, elements.low, elements.high);
    return this.result(name, at, view, index, given);
  }

  compareExchange(view: unknown, index: unknown, expected: unknown, value: unknown): unknown {
    const at = this.target(view, index);
    if (at === undefined) return this.pass('compareExchange', view, index, expected, value);
    const { elements } = this;
    elements.take(at.kind, asElement(at.kind, expected));
    const { low, high } = elements;
    elements.take(at.kind, asElement(at.kind, value));
    this.parts.door.ask(
      What.compareExchange,
      at.buffer,
      at.byte,
      at.width,
      elements.low,
      elements.high,
      low,
      high,
    );
    return this.result('compareExchange', at, view, index, expected, value);
  }

  wait(given: unknown[]): string {
    const [view, index, value] = given;
    const at = this.waitTarget(view, index);
    if (at === undefined) return this.pass('wait', view, index, ...given.slice(2)) as string;
    const ms = timeoutOf(given[3]);
    const { door, clock } = this.parts;
    this.elements.take(at.kind, asElement(at.kind, value));
    const { low, high } = this.elements;
    door.ask(What.wait, at.buffer, at.byte, at.width, low, high, 0, 0, ms === Infinity ? 0 : 1);
    if (door.low === FutexResult.timedOut) clock.pass(ms);
    return waitResults[door.low]!;
  }

  waitAsync(given: unknown[]): unknown {
    const [view, index, value] = given;
    const at = this.waitTarget(view, index);
    if (at === undefined) return this.pass('waitAsync', view, index, ...given.slice(2));
    const ms = timeoutOf(given[3]);
    const { door, promises } = this.parts;
    this.elements.take(at.kind, asElement(at.kind, value));
    if (ms === 0) {
      // With no time at all it is decided at once.
      door.ask(What.load, at.buffer, at.byte, at.width);
      const same = door.low === this.elements.low && door.high === this.elements.high;
      return { async: false, value: same ? 'timed-out' : 'not-equal' };
    }
    const { low, high } = this.elements;
    door.ask(What.waitAsync, at.buffer, at.byte, at.width, low, high);
    if (door.low === FutexResult.notEqual) return { async: false, value: 'not-equal' };
    return { async: true, value: promises.add({ ...at, ms }) };
  }

  notify(given: unknown[]): unknown {
    const [view, index, count] = given;
    const at = this.target(view, index);
    const kind = viewNameOf(this.parts.unwrap(view));
    if (at === undefined || (kind !== 'Int32Array' && kind !== 'BigInt64Array')) {
      return this.pass('notify', view, index, ...given.slice(2));
    }
    const wanted = count === undefined ? Infinity : Math.max(0, Math.trunc(Number(count)) || 0);
    const most = Math.min(wanted, 0x7fffffff);
    this.parts.door.ask(What.notify, at.buffer, at.byte, at.width, most);
    return this.parts.door.low;
  }

  pause(): void {
    if (this.parts.door.running) this.parts.door.ask(What.pause, 0, 0, 0);
  }

  /** `wait` is for two kinds of arrays; the real one says so. */
  private waitTarget(view: unknown, index: unknown): Target | undefined {
    const kind = viewNameOf(this.parts.unwrap(view));
    if (kind !== 'Int32Array' && kind !== 'BigInt64Array') return undefined;
    return this.target(view, index);
  }

  /** Undefined for memory that is not under control; a wrong index throws what it always does. */
  private target(view: unknown, index: unknown): Target | undefined {
    const array = this.parts.unwrap(view) as AnyTypedArray;
    const kind = viewNameOf(array);
    if (kind === undefined) return undefined;
    const buffer = this.parts.door.numberOf(array.buffer);
    if (buffer < 0) return undefined;
    pristine.load(array as Int32Array, index as number);
    const width = array.BYTES_PER_ELEMENT;
    const at = Math.trunc(Number(index)) || 0;
    return { kind, buffer, byte: array.byteOffset + at * width, width };
  }

  /** What the call returns; where the thread performs it itself, that must be the same. */
  private result(name: string, { kind }: Target, ...given: unknown[]): Value {
    const { elements } = this;
    const { door } = this.parts;
    if (door.performs) {
      elements.take(kind, this.pass(name, ...given));
      door.requireSame(elements.low, elements.high);
    }
    return elements.give(kind, door.low, door.high);
  }

  private pass(name: string, view?: unknown, ...rest: unknown[]): unknown {
    return real[name]!.call(pristine.atomics, this.parts.unwrap(view), ...rest);
  }
}

/** What `Atomics` makes of a value before it is stored: a whole number, or a bigint. */
function asElement(kind: string, value: unknown): Value {
  if (isBig(kind)) return typeof value === 'bigint' ? value : BigInt(value as number);
  return Math.trunc(Number(value)) || 0;
}

function timeoutOf(given: unknown): number {
  const ms = given === undefined ? NaN : Number(given);
  return Number.isNaN(ms) ? Infinity : Math.max(0, ms);
}
