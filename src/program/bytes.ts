/**
 * Accesses to bytes of a shared buffer, as data. An operation carries 32-bit numbers only, so what
 * an access of another size is about is kept here, and the operation carries its number. Equal
 * accesses have equal numbers in one process; no file carries them.
 */
import { CellAt } from './layout.ts';

/** What a read-modify-write does to the value. */
export const Rmw = { none: 0, add: 1, sub: 2, and: 3, or: 4, xor: 5, exchange: 6 } as const;

/** Names of those, as `Atomics` has them. */
export const rmwNames: readonly string[] = ['', 'add', 'sub', 'and', 'or', 'xor', 'exchange'];

/** One access to a part of a cell. */
export interface ByteAccess {
  /** One of {@link Rmw}. */
  readonly rmw: number;
  /** First byte in its cell, 0 to 7. */
  readonly offset: number;
  /** Bytes: 1, 2, 4 or 8. */
  readonly width: number;
  /** What is written, added, ...; of a compare-exchange the replacement. */
  readonly low: number;
  readonly high: number;
  /** What a compare-exchange expects. */
  readonly expectedLow: number;
  readonly expectedHigh: number;
  /** Whether the cell is never accessed in parts, so that it is one to who looks for races. */
  readonly whole: boolean;
}

const accesses: ByteAccess[] = [];
const accessNumbers = new Map<string, number>();

/** The number of an access. */
export function accessNumber(access: ByteAccess): number {
  const { rmw, offset, width, low, high, expectedLow, expectedHigh, whole } = access;
  const key = `${rmw} ${offset} ${width} ${low} ${high} ${expectedLow} ${expectedHigh} ${whole}`;
  let number = accessNumbers.get(key);
  if (number === undefined) {
    number = accesses.push(access) - 1;
    accessNumbers.set(key, number);
  }
  return number;
}

/** The access with this number. */
export function accessAt(number: number): ByteAccess {
  return accesses[number]!;
}

/** Two halves of a value of 64 bits. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

const values: Halves[] = [];
const valueNumbers = new Map<string, number>();

/** The number of a value of 64 bits: what an access of 8 bytes results in. */
export function valueNumber(low: number, high: number): number {
  const key = `${low} ${high}`;
  let number = valueNumbers.get(key);
  if (number === undefined) {
    number = values.push({ low, high }) - 1;
    valueNumbers.set(key, number);
  }
  return number;
}

/** The value that an access of this width resulted in, as bits. */
export function resultBits(width: number, result: number): Halves {
  return width === 8 ? values[result]! : { low: result, high: 0 };
}

function masked(width: number, bits: number): number {
  return width === 4 ? bits : bits & (width === 1 ? 0xff : 0xffff);
}

/** What an access of up to 4 bytes sees. */
function narrow(memory: Int32Array, object: number, { offset, width }: ByteAccess): number {
  const word = memory[object + CellAt.low + (offset >> 2)]!;
  return masked(width, word >>> ((offset & 3) * 8)) | 0;
}

function setNarrow(
  memory: Int32Array,
  object: number,
  { offset, width }: ByteAccess,
  bits: number,
): void {
  const at = object + CellAt.low + (offset >> 2);
  if (width === 4) {
    memory[at] = bits;
    return;
  }
  const shift = (offset & 3) * 8;
  const mask = (width === 1 ? 0xff : 0xffff) << shift;
  memory[at] = (memory[at]! & ~mask) | ((bits << shift) & mask);
}

/** What an access reads: bits of up to 32, or the number of a value of 64. */
export function readBytes(memory: Int32Array, object: number, number: number): number {
  const access = accesses[number]!;
  if (access.width < 8) return narrow(memory, object, access);
  return valueNumber(memory[object + CellAt.low]!, memory[object + CellAt.high]!);
}

/** Writes what the access says. */
export function writeBytes(memory: Int32Array, object: number, number: number): void {
  const access = accesses[number]!;
  if (access.width < 8) setNarrow(memory, object, access, access.low);
  else {
    memory[object + CellAt.low] = access.low;
    memory[object + CellAt.high] = access.high;
  }
}

/** A read-modify-write; what was there before. */
export function modifyBytes(memory: Int32Array, object: number, number: number): number {
  const access = accesses[number]!;
  const { rmw, width } = access;
  if (width < 8) {
    const before = narrow(memory, object, access);
    setNarrow(memory, object, access, modified32(rmw, before, access.low));
    return before;
  }
  const low = memory[object + CellAt.low]!;
  const high = memory[object + CellAt.high]!;
  const after = modified64(rmw, wide(low, high), wide(access.low, access.high));
  memory[object + CellAt.low] = Number(BigInt.asIntN(32, after));
  memory[object + CellAt.high] = Number(BigInt.asIntN(32, after >> 32n));
  return valueNumber(low, high);
}

/** A compare-exchange; what was there before. */
export function compareExchangeBytes(memory: Int32Array, object: number, number: number): number {
  const before = readBytes(memory, object, number);
  if (!changesNothing(number, before)) writeBytes(memory, object, number);
  return before;
}

/** Whether a compare-exchange with this result found something else than it expected. */
export function changesNothing(number: number, result: number): boolean {
  const { width, expectedLow, expectedHigh } = accesses[number]!;
  const { low, high } = resultBits(width, result);
  if (width === 8) return low !== expectedLow || high !== expectedHigh;
  return low !== (masked(width, expectedLow) | 0);
}

/** Whether a read-modify-write that found this left it as it was. Of 64 bits it is not known. */
export function leavesValue(number: number, result: number): boolean {
  const { rmw, width, low } = accesses[number]!;
  return width < 8 && (masked(width, modified32(rmw, result, low)) | 0) === result;
}

function modified32(rmw: number, before: number, operand: number): number {
  switch (rmw) {
    case Rmw.add:
      return (before + operand) | 0;
    case Rmw.sub:
      return (before - operand) | 0;
    case Rmw.and:
      return before & operand;
    case Rmw.or:
      return before | operand;
    case Rmw.xor:
      return before ^ operand;
    default:
      return operand;
  }
}

function modified64(rmw: number, before: bigint, operand: bigint): bigint {
  switch (rmw) {
    case Rmw.add:
      return before + operand;
    case Rmw.sub:
      return before - operand;
    case Rmw.and:
      return before & operand;
    case Rmw.or:
      return before | operand;
    case Rmw.xor:
      return before ^ operand;
    default:
      return operand;
  }
}

function wide(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}
