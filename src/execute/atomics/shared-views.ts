import { What } from './channel.ts';
import {
  Elements,
  isBig,
  viewConstructors,
  viewNameOf,
  viewNames,
  type AnyTypedArray,
} from './elements.ts';
import type { ThreadDoor } from './thread-door.ts';
import { dataViewMethod } from './shared-data-view.ts';

type Method = (...given: unknown[]) => unknown;

/** Methods of arrays that need nothing but `length` and elements. */
const generic = [
  'at',
  'copyWithin',
  'entries',
  'every',
  'fill',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'forEach',
  'includes',
  'indexOf',
  'join',
  'keys',
  'lastIndexOf',
  'reduce',
  'reduceRight',
  'reverse',
  'some',
  'toLocaleString',
  'toString',
  'values',
] as const;

/** Methods that make another array, which is nobody else's: they work on a copy. */
const copying = new Set(['filter', 'map', 'slice', 'toReversed', 'toSorted', 'with']);

const arrayMethods = Array.prototype as unknown as Readonly<Record<string, Method>>;
const genericMethods = new Map<PropertyKey, Method>([
  ...generic.map((name): [PropertyKey, Method] => [name, arrayMethods[name]!]),
  [Symbol.iterator, arrayMethods['values']!],
]);

/**
 * Views on shared buffers through which plain accesses are seen: each element that is read or
 * written is an operation of the schedule. A wrapped view is a `Proxy` of the real one, passes for
 * an instance of its class, and has its methods.
 */
export class SharedViews {
  /** Whether views are wrapped from now on. */
  active = false;
  private readonly door: ThreadDoor;
  private readonly elements = new Elements();
  private readonly wrapped = new WeakMap<object, object>();
  private readonly reals = new WeakMap<object, object>();

  constructor(door: ThreadDoor) {
    this.door = door;
  }

  /** The typed array or `DataView` behind a wrapped one; anything else is given back. */
  readonly unwrap = (view: unknown): unknown =>
    typeof view === 'object' && view !== null ? (this.reals.get(view) ?? view) : view;

  /** Puts constructors in place of the platform's that wrap views on shared buffers. */
  install(): void {
    const scope = globalThis as unknown as Record<string, unknown>;
    for (const name of [...viewNames, 'DataView']) {
      const constructor = scope[name] as new (...given: unknown[]) => object;
      const wrapping = new Proxy(constructor, {
        construct: (target, given: unknown[], newTarget) =>
          this.wrap(Reflect.construct(target, this.plainSource(given), newTarget) as object),
      });
      Object.defineProperty(constructor.prototype, 'constructor', {
        value: wrapping,
        writable: true,
        configurable: true,
      });
      Object.defineProperty(globalThis, name, {
        value: wrapping,
        writable: true,
        configurable: true,
      });
    }
    const isView = ArrayBuffer.isView.bind(ArrayBuffer);
    const standIn = (value: unknown): boolean => isView(this.unwrap(value));
    ArrayBuffer.isView = standIn as typeof ArrayBuffer.isView;
    this.installDecoder();
  }

  /** A `TextDecoder` takes the bytes that it is given one by one. */
  private installDecoder(): void {
    const prototype = TextDecoder.prototype as unknown as Record<string, Method>;
    const decode = prototype['decode']!;
    const copied = (input: unknown): unknown => {
      const kind = viewNameOf(this.unwrap(input));
      if (kind === undefined || this.unwrap(input) === input) return input;
      return this.copyOf(input as ArrayLike<unknown>, kind);
    };
    prototype['decode'] = function (this: unknown, input, ...rest) {
      return decode.call(this, copied(input), ...rest);
    };
  }

  /** A view on a shared buffer, wrapped; anything else is given back. */
  wrap(view: object): object {
    const { buffer } = view as { buffer?: unknown };
    if (!this.active || !this.door.shares(buffer)) return view;
    const known = this.wrapped.get(view);
    if (known !== undefined) return known;
    const kind = viewNameOf(view);
    const proxy =
      kind === undefined
        ? new Proxy(view as DataView, { get: (target, key) => this.dataViewGet(target, key) })
        : new Proxy(view as AnyTypedArray, this.handler(kind));
    this.wrapped.set(view, proxy);
    this.reals.set(proxy, view);
    return proxy;
  }

  /** A typed array that is made from a wrapped one copies its elements. */
  private plainSource(given: readonly unknown[]): unknown[] {
    const [first, ...rest] = given;
    const real = this.unwrap(first);
    const kind = viewNameOf(real);
    if (real === first || kind === undefined) return [...given];
    return [this.copyOf(first as ArrayLike<unknown>, kind), ...rest];
  }

  private copyOf(from: ArrayLike<unknown>, kind: string): AnyTypedArray {
    const values = Array.from({ length: from.length }, (_, at) => from[at]);
    const Copy = viewConstructors[kind] as unknown as new (values: unknown[]) => AnyTypedArray;
    return new Copy(values);
  }

  private handler(kind: string): ProxyHandler<AnyTypedArray> {
    return {
      get: (target, key, receiver) => {
        const index = indexOf(key);
        if (index >= 0) return index < target.length ? this.read(target, kind, index) : undefined;
        return this.property(target, kind, key, receiver as object);
      },
      set: (target, key, value) => {
        const index = indexOf(key);
        if (index < 0) return Reflect.set(target, key, value);
        if (index < target.length) this.write(target, kind, index, value);
        return true;
      },
      getOwnPropertyDescriptor: (target, key) => {
        const index = indexOf(key);
        const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
        if (index < 0 || descriptor === undefined) return descriptor;
        return { ...descriptor, value: this.read(target, kind, index) };
      },
    };
  }

  private property(target: AnyTypedArray, kind: string, key: PropertyKey, self: object): unknown {
    const method = genericMethods.get(key);
    if (method !== undefined) return method;
    if (key === 'set') return (from: ArrayLike<unknown>, at = 0) => this.setAll(self, from, at);
    if (key === 'subarray') {
      return (begin?: number, end?: number) => this.part(target, kind, begin, end);
    }
    if (key === 'sort') {
      return (compare?: (one: unknown, other: unknown) => number) =>
        arrayMethods['sort']!.call(self, compare ?? inOrder);
    }
    if (typeof key === 'string' && copying.has(key)) {
      return (...given: unknown[]) => {
        const copy = this.copyOf(self as ArrayLike<unknown>, kind);
        return (copy as unknown as Record<string, Method>)[key]!(...given);
      };
    }
    return Reflect.get(target, key, target) as unknown;
  }

  /** Part of a view. The real method would ask the stand-in to make it, and refuse what it gets. */
  private part(target: AnyTypedArray, kind: string, begin = 0, end = target.length): object {
    const { length, buffer, byteOffset, BYTES_PER_ELEMENT: width } = target;
    const clamped = (at: number): number => {
      const whole = Math.trunc(at) || 0;
      return whole < 0 ? Math.max(0, length + whole) : Math.min(length, whole);
    };
    const first = clamped(begin);
    const count = Math.max(0, clamped(end) - first);
    const View = viewConstructors[kind]!;
    return this.wrap(new View(buffer, byteOffset + first * width, count) as object);
  }

  private setAll(self: object, from: ArrayLike<unknown>, offset: number): void {
    const to = self as unknown as unknown[];
    if (offset < 0 || offset + from.length > to.length) {
      throw new RangeError('offset is out of bounds');
    }
    // The source may be the same memory: all is read before anything is written.
    const values = Array.from({ length: from.length }, (_, at) => from[at]);
    for (const [at, value] of values.entries()) to[offset + at] = value;
  }

  private read(target: AnyTypedArray, kind: string, index: number): unknown {
    const buffer = this.door.numberOf(target.buffer);
    if (buffer < 0) return target[index];
    const width = target.BYTES_PER_ELEMENT;
    const byte = target.byteOffset + index * width;
    const { low, high } = readBits(this.door, buffer, byte, width);
    return this.elements.give(kind, low, high);
  }

  private write(target: AnyTypedArray, kind: string, index: number, value: unknown): void {
    const buffer = this.door.numberOf(target.buffer);
    if (buffer < 0) {
      (target as unknown as unknown[])[index] = value;
      return;
    }
    this.elements.take(kind, isBig(kind) ? value : Number(value));
    const { low, high } = this.elements;
    const width = target.BYTES_PER_ELEMENT;
    writeBits(this.door, buffer, target.byteOffset + index * width, width, low, high);
  }

  private dataViewGet(target: DataView, key: PropertyKey): unknown {
    const method = dataViewMethod(this.door, target, key);
    if (method !== undefined) return method;
    const value = Reflect.get(target, key, target) as unknown;
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  }
}

/** The index that a key is, or -1. */
function indexOf(key: PropertyKey): number {
  if (typeof key !== 'string') return -1;
  const first = key.charCodeAt(0);
  if (first < 48 || first > 57) return -1;
  const index = Number(key);
  return Number.isInteger(index) && String(index) === key ? index : -1;
}

function inOrder(one: unknown, other: unknown): number {
  return (one as number) < (other as number) ? -1 : (one as number) > (other as number) ? 1 : 0;
}

/** Bytes of the next access in a row: an aligned power of two, 4 at the most. */
function pieceOf(byte: number, left: number): number {
  let piece = 1;
  while (piece < 4 && piece * 2 <= left && byte % (piece * 2) === 0) piece *= 2;
  return piece;
}

/**
 * Reads bytes plainly. What is wider than 32 bits, or lies across words, is read in parts, as the
 * memory model lets such accesses be torn.
 */
export function readBits(
  door: ThreadDoor,
  buffer: number,
  byte: number,
  width: number,
): { low: number; high: number } {
  if (width <= 4 && byte % width === 0) {
    door.ask(What.read, buffer, byte, width);
    return { low: door.low, high: 0 };
  }
  let bits = 0n;
  for (let at = 0; at < width;) {
    const piece = pieceOf(byte + at, width - at);
    door.ask(What.read, buffer, byte + at, piece);
    bits |= BigInt(door.low >>> 0) << BigInt(at * 8);
    at += piece;
  }
  const low = Number(BigInt.asIntN(32, bits));
  return { low, high: Number(BigInt.asIntN(32, bits >> 32n)) };
}

/** Writes bytes plainly, in the same parts. */
export function writeBits(
  door: ThreadDoor,
  buffer: number,
  byte: number,
  width: number,
  low: number,
  high: number,
): void {
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  for (let at = 0; at < width;) {
    const piece = pieceOf(byte + at, width - at);
    door.ask(
      What.write,
      buffer,
      byte + at,
      piece,
      Number(BigInt.asIntN(32, bits >> BigInt(at * 8))),
    );
    at += piece;
  }
}
