/** Typed arrays by the kind of their elements: how a value becomes bits, and bits a value. */

export type AnyTypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type ViewConstructor = new (buffer: ArrayBufferLike, offset?: number, length?: number) => unknown;

/** The real constructors by name, taken before anything can stand in their place. */
export const viewConstructors: Readonly<Record<string, ViewConstructor>> = {
  Int8Array: Int8Array,
  Uint8Array: Uint8Array,
  Uint8ClampedArray: Uint8ClampedArray,
  Int16Array: Int16Array,
  Uint16Array: Uint16Array,
  Int32Array: Int32Array,
  Uint32Array: Uint32Array,
  Float32Array: Float32Array,
  Float64Array: Float64Array,
  BigInt64Array: BigInt64Array,
  BigUint64Array: BigUint64Array,
};

export const viewNames: readonly string[] = Object.keys(viewConstructors);

/** One value of each kind of element, and the same as bits. */
export class Elements {
  low = 0;
  high = 0;
  private readonly bits = new Int32Array(2);
  private readonly cells = new Map<string, AnyTypedArray>();

  constructor() {
    for (const name of viewNames) {
      const view = new viewConstructors[name]!(this.bits.buffer) as AnyTypedArray;
      this.cells.set(name, view);
    }
  }

  /** Takes a value as an element of this kind does; its bits are `low` and `high` then. */
  take(kind: string, value: unknown): void {
    this.bits[0] = 0;
    this.bits[1] = 0;
    (this.cells.get(kind) as unknown as unknown[])[0] = value;
    this.low = this.bits[0]!;
    this.high = this.bits[1]!;
  }

  /** The value that these bits are as an element of this kind. */
  give(kind: string, low: number, high: number): number | bigint {
    this.bits[0] = low;
    this.bits[1] = high;
    return this.cells.get(kind)![0]!;
  }
}

/** Its getter tells typed arrays from everything else, whatever their prototype has become. */
const tag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Int32Array.prototype),
  Symbol.toStringTag,
)!;

/** The name of a typed array's kind, undefined if it is none. */
export function viewNameOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null
    ? (tag.get!.call(value) as string | undefined)
    : undefined;
}

/** Whether its elements are bigints. */
export function isBig(kind: string): boolean {
  return kind.startsWith('Big');
}
