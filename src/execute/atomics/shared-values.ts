import { deserialize, serialize } from 'node:v8';
import { viewConstructors, viewNameOf } from './elements.ts';
import { pristine } from './pristine.ts';

/** What stands for something in plain data that plain data cannot carry. */
export type Marker =
  | { readonly heddle: 'buffer'; readonly number: number }
  | {
      readonly heddle: 'view';
      readonly kind: string;
      readonly number: number;
      readonly byteOffset: number;
      readonly length: number;
    }
  | { readonly heddle: 'port'; readonly number: number };

/** How special values become markers, and markers values. */
export interface ValueMaker {
  /** The number of a shared buffer; -1: it is not under control. */
  readonly numberOf: (buffer: SharedArrayBuffer) => number;
  /** The number of a port's end; -1: the value is none. */
  readonly portOf: (value: object) => number;
  readonly unwrap: (view: unknown) => unknown;
  /** Told of each buffer and view, and where it was found. */
  readonly found?: (path: string, marker: Marker) => void;
}

/** The way back. */
export interface ValueReviver {
  readonly buffers: readonly SharedArrayBuffer[];
  readonly wrap: (view: object) => object;
  readonly port: (number: number) => object;
}

/** Taken before anything can stand in its place. */
const isView = ArrayBuffer.isView.bind(ArrayBuffer);

/** A value that cannot pass from one thread to another. */
export class CannotPass extends Error {
  override name = 'CannotPass';
}

/**
 * A value as plain data, with markers for shared buffers, views on them, and ports.
 *
 * @param path - where the value was found, for the message
 * @throws CannotPass for a function, a symbol, or an instance of a class
 */
export function toPlain(value: unknown, maker: ValueMaker, path: string): unknown {
  return new Plainer(maker).plain(value, path);
}

class Plainer {
  private readonly seen = new Map<object, unknown>();
  private readonly maker: ValueMaker;

  constructor(maker: ValueMaker) {
    this.maker = maker;
  }

  plain(value: unknown, path: string): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new CannotPass(`\`${path}\` is a ${typeof value}, which does not pass to a thread`);
    }
    if (typeof value !== 'object' || value === null) return value;
    const known = this.seen.get(value);
    if (known !== undefined) return known;
    const special = this.special(value, path);
    if (special !== undefined) {
      this.maker.found?.(path, special);
      return special;
    }
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      this.seen.set(value, list);
      for (const [at, one] of value.entries()) list.push(this.plain(one, `${path}[${at}]`));
      return list;
    }
    if (value instanceof Map) {
      const map = new Map<unknown, unknown>();
      this.seen.set(value, map);
      for (const [key, one] of value) map.set(key, this.plain(one, `${path}.get(${String(key)})`));
      return map;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return this.instance(value, path);
    const record: Record<string, unknown> = {};
    this.seen.set(value, record);
    for (const [key, one] of Object.entries(value)) {
      record[key] = this.plain(one, path === '' ? key : `${path}.${key}`);
    }
    return record;
  }

  private special(value: object, path: string): Marker | undefined {
    const { maker } = this;
    const real = maker.unwrap(value) as object;
    if (real instanceof pristine.SharedArrayBuffer) {
      return { heddle: 'buffer', number: this.known(real, path) };
    }
    if (isView(real) && real.buffer instanceof pristine.SharedArrayBuffer) {
      const { buffer, byteOffset, byteLength, length } = real as Int32Array<SharedArrayBuffer>;
      const kind = viewNameOf(real) ?? 'DataView';
      const number = this.known(buffer, path);
      return { heddle: 'view', kind, number, byteOffset, length: length ?? byteLength };
    }
    const port = maker.portOf(value);
    return port < 0 ? undefined : { heddle: 'port', number: port };
  }

  private known(buffer: SharedArrayBuffer, path: string): number {
    const number = this.maker.numberOf(buffer);
    if (number >= 0) return number;
    throw new CannotPass(
      `\`${path}\` is a shared buffer that was not allocated in the set-up: ` +
        'threads share what `setup` allocates',
    );
  }

  /** Dates, errors, typed arrays and the like pass; instances of other classes lose their class. */
  private instance(value: object, path: string): unknown {
    const name = value.constructor?.name ?? 'Object';
    const builtIn = name in globalThis && !(value instanceof Promise);
    if (builtIn) return value;
    throw new CannotPass(
      `\`${path}\` is an instance of ${name}, which does not pass to a thread: ` +
        'give its buffers, and let each thread make its own',
    );
  }
}

/**
 * A maker of plain data's values, for who needs them again and again: each time they are made anew,
 * so that nobody sees what was done to them before.
 */
export function revivals(text: string): (reviver: ValueReviver) => unknown {
  const plain = fromText(text);
  if (isMadeAnew(plain)) return (reviver) => fromPlain(plain, reviver);
  return (reviver) => fromPlain(fromText(text), reviver);
}

/** Whether reviving makes all of the data anew, down to its leaves. */
function isMadeAnew(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isMadeAnew);
  if (value instanceof Map) return [...value].flat().every(isMadeAnew);
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(isMadeAnew);
}

/** Plain data, revived. */
export function fromPlain(value: unknown, reviver: ValueReviver): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => fromPlain(one, reviver));
  if (value instanceof Map) {
    return new Map([...value].map(([key, one]) => [key, fromPlain(one, reviver)]));
  }
  if ('heddle' in value) return revived(value as Marker, reviver);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, one]) => [key, fromPlain(one, reviver)]));
}

function revived(marker: Marker, reviver: ValueReviver): unknown {
  if (marker.heddle === 'port') return reviver.port(marker.number);
  const buffer = reviver.buffers[marker.number]!;
  if (marker.heddle === 'buffer') return buffer;
  const { kind, byteOffset, length } = marker;
  const View = kind === 'DataView' ? pristineDataView : viewConstructors[kind]!;
  return reviver.wrap(new View(buffer, byteOffset, length) as object);
}

const pristineDataView = DataView as unknown as (typeof viewConstructors)[string];

/** Plain data as text. */
export function toText(value: unknown): string {
  return value === undefined ? undefinedText : textOf(value);
}

const undefinedText = textOf(undefined);

function textOf(value: unknown): string {
  return serialize(value).toString('base64');
}

/** The data that a text is of. */
export function fromText(text: string): unknown {
  return deserialize(Buffer.from(text, 'base64'));
}
