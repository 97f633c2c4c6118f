import { Elements, isBig } from './elements.ts';
import { readBits, writeBits } from './shared-views.ts';
import type { ThreadDoor } from './thread-door.ts';

/** Bytes of the element that each pair of methods is for. */
const widths: Readonly<Record<string, number>> = {
  Int8: 1,
  Uint8: 1,
  Int16: 2,
  Uint16: 2,
  Int32: 4,
  Uint32: 4,
  Float32: 4,
  Float64: 8,
  BigInt64: 8,
  BigUint64: 8,
};

const elements = new Elements();

/** What stands in for a method of a `DataView` on a buffer under control; undefined: nothing. */
export function dataViewMethod(
  door: ThreadDoor,
  view: DataView,
  key: PropertyKey,
): ((...given: unknown[]) => unknown) | undefined {
  if (typeof key !== 'string' || (!key.startsWith('get') && !key.startsWith('set'))) {
    return undefined;
  }
  const name = key.slice(3);
  const width = widths[name];
  const buffer = door.numberOf(view.buffer);
  if (width === undefined || buffer < 0) return undefined;
  const kind = `${name}Array`;
  if (key.startsWith('get')) {
    return (offset, littleEndian) => {
      const byte = byteOf(view, offset, width);
      const bits = readBits(door, buffer, byte, width);
      const { low, high } = ordered(bits, width, littleEndian);
      return elements.give(kind, low, high);
    };
  }
  return (offset, value, littleEndian) => {
    const byte = byteOf(view, offset, width);
    elements.take(kind, isBig(kind) ? value : Number(value));
    const { low, high } = ordered({ low: elements.low, high: elements.high }, width, littleEndian);
    writeBits(door, buffer, byte, width, low, high);
    return undefined;
  };
}

function byteOf(view: DataView, offset: unknown, width: number): number {
  const at = Math.trunc(Number(offset)) || 0;
  if (at < 0 || at + width > view.byteLength) {
    throw new RangeError('Offset is outside the bounds of the DataView');
  }
  return view.byteOffset + at;
}

/** Bytes in the order that was asked for: big endian unless said otherwise. */
function ordered(
  bits: { low: number; high: number },
  width: number,
  littleEndian: unknown,
): { low: number; high: number } {
  if (littleEndian === true || width === 1) return bits;
  const low = swapped(bits.low);
  if (width === 2) return { low: (low >>> 16) & 0xffff, high: 0 };
  return width === 4 ? { low, high: 0 } : { low: swapped(bits.high), high: low };
}

function swapped(bits: number): number {
  return (
    ((bits & 0xff) << 24) |
    ((bits & 0xff00) << 8) |
    ((bits >>> 8) & 0xff00) |
    ((bits >>> 24) & 0xff)
  );
}
