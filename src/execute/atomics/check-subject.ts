import type { Arena, ObjectRecord } from '../../program/arena.ts';
import { ObjectType } from '../../program/kinds.ts';
import { Subject } from '../../trace/subject.ts';
import type { Cell, Cells } from './cells.ts';
import { viewConstructors } from './elements.ts';
import type { NamedView } from './set-up.ts';

/** Where a view lies, and what its elements are called. */
interface Span {
  readonly path: string;
  readonly buffer: number;
  readonly byteOffset: number;
  readonly bytes: number;
  /** Bytes of an element; 0: of a buffer or a `DataView`, whose bytes go by their offsets. */
  readonly element: number;
}

/**
 * The names of cells: the element of a view that the set-up returned, such as "state[0]", or the
 * byte of a buffer, such as "buffer+8". They are found when asked for, as cells come up late.
 */
export class CheckSubject extends Subject {
  private readonly cells: Cells;
  private readonly spans: readonly Span[];
  private readonly arena: Arena;

  constructor(
    agentNames: readonly string[],
    arena: Arena,
    cells: Cells,
    views: readonly NamedView[],
  ) {
    super(agentNames, arena.objects, arena.memory.length, arena.declarations);
    this.arena = arena;
    this.cells = cells;
    this.spans = views.flatMap((view) => spanOf(view) ?? []);
  }

  override partsOf(object: number): number {
    const cell = this.cells.cellAt(object);
    return cell?.parted === true ? cell.words * 4 : 1;
  }

  override record(object: number): ObjectRecord | undefined {
    const record = super.record(object);
    if (record !== undefined && record.type !== ObjectType.cell) return record;
    const name = this.cellName(object);
    if (name === undefined) return record;
    const base = record ?? { base: object, type: ObjectType.cell, size: 1 };
    return { ...base, name, lockClass: name };
  }

  override name(object: number): string {
    return this.cellName(object) ?? super.name(object);
  }

  override className(object: number): string {
    return this.cellName(object) ?? super.className(object);
  }

  /** Also of cells that nothing has touched yet. */
  override named(name: string): number {
    const known = this.cells.list.find((cell) => this.nameOf(cell) === name);
    if (known !== undefined) return known.base;
    const place = this.placeNamed(name);
    if (place === undefined) return super.named(name);
    return this.cells.at(place.buffer, place.byte >> 2).base;
  }

  private cellName(object: number): string | undefined {
    const whole = this.cells.cellAt(object);
    if (whole !== undefined) return this.nameOf(whole);
    // A byte of a cell whose bytes are told apart.
    for (let byte = 1; byte < 8; byte++) {
      const cell = this.cells.cellAt(object - byte);
      if (cell === undefined) continue;
      return this.byteName(cell.buffer, cell.word * 4 + byte, 1);
    }
    return undefined;
  }

  private nameOf(cell: Cell): string {
    return this.byteName(cell.buffer, cell.word * 4, cell.words * 4);
  }

  /** The name of some bytes, by the first view that has them as one element, or has them at all. */
  private byteName(buffer: number, byte: number, bytes: number): string {
    const over = this.spans.filter(
      (span) =>
        span.buffer === buffer && span.byteOffset <= byte && byte < span.byteOffset + span.bytes,
    );
    const span =
      over.find(({ element }) => element === bytes) ??
      over.find(({ element }) => element > 0) ??
      over[0];
    if (span === undefined) return `buffer ${buffer}+${byte}`;
    const offset = byte - span.byteOffset;
    if (span.element === 0) return `${span.path}+${offset}`;
    const index = Math.floor(offset / span.element);
    const inside = offset % span.element;
    return inside === 0 ? `${span.path}[${index}]` : `${span.path}[${index}]+${inside}`;
  }

  private placeNamed(name: string): { buffer: number; byte: number } | undefined {
    const match = /^(.*?)(?:\[(\d+)\])?(?:\+(\d+))?$/.exec(name);
    if (match === null) return undefined;
    const [, path, index, inside] = match;
    const span = this.spans.find((one) => one.path === path);
    const buffer = /^buffer (\d+)$/.exec(path!);
    const offset = Number(inside ?? 0);
    if (span !== undefined) {
      const byte = Number(index ?? 0) * span.element + offset;
      if (byte >= span.bytes) return undefined;
      return { buffer: span.buffer, byte: span.byteOffset + byte };
    }
    return buffer === null ? undefined : { buffer: Number(buffer[1]), byte: offset };
  }
}

function spanOf({ path, marker }: NamedView): Span | undefined {
  if (marker.heddle === 'port') return undefined;
  const name = path === '' ? 'shared' : path;
  if (marker.heddle === 'buffer') {
    return { path: name, buffer: marker.number, byteOffset: 0, bytes: Infinity, element: 0 };
  }
  const { kind, number, byteOffset, length } = marker;
  const View = viewConstructors[kind] as unknown as { BYTES_PER_ELEMENT: number } | undefined;
  const element = View?.BYTES_PER_ELEMENT ?? 0;
  const bytes = length * Math.max(1, element);
  return { path: name, buffer: number, byteOffset, bytes, element };
}
