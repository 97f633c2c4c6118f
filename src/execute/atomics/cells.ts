import { accessNumber, Rmw, type ByteAccess } from '../../program/bytes.ts';
import type { Arena } from '../../program/arena.ts';
import { UserError } from '../../program/errors.ts';
import { Kind, ObjectType } from '../../program/kinds.ts';
import { CellAt, cellSize, portSize } from '../../program/layout.ts';
import { What } from './channel.ts';
import type { SharedWords } from './shared-memory.ts';

/**
 * An access showed that bytes belong together otherwise than was known: what has been laid out must
 * be laid out again, and the exploration begun anew.
 */
export class LayoutChanged extends UserError {
  override name = 'LayoutChanged';

  constructor() {
    super('the threads share more memory than was known: begin the exploration anew');
  }
}

/** What is known of how buffers are accessed; kept while programs are laid out again. */
export class CellLayout {
  /** Cells that there is room for. */
  capacity = 32;
  /** Words whose cell is 64 bits wide, and words whose bytes are accessed apart. */
  private readonly wide = new Set<string>();
  private readonly parted = new Set<string>();

  isWide(buffer: number, word: number): boolean {
    return this.wide.has(`${buffer} ${word}`);
  }

  isParted(buffer: number, word: number): boolean {
    return this.parted.has(`${buffer} ${word}`);
  }

  noteWide(buffer: number, word: number): void {
    this.wide.add(`${buffer} ${word}`);
  }

  notePart(buffer: number, word: number): void {
    this.parted.add(`${buffer} ${word}`);
  }
}

/** One cell: where its bytes lie. */
export interface Cell {
  readonly base: number;
  readonly buffer: number;
  /** Its first word in the buffer, and its words: 1 or 2. */
  readonly word: number;
  readonly words: number;
  /** Whether its bytes are accessed apart. */
  readonly parted: boolean;
}

/** What a thread is at, as it says it. */
export interface Request {
  readonly what: number;
  readonly buffer: number;
  readonly byte: number;
  readonly width: number;
  readonly low: number;
  readonly high: number;
  readonly low2: number;
  readonly high2: number;
  readonly timed: number;
}

/** The same as an operation of the table. */
export interface Translation {
  readonly kind: number;
  readonly object: number;
  readonly argument: number;
  readonly argument2: number;
}

/**
 * The bytes of shared buffers as objects of an arena: each aligned word that is accessed is a cell,
 * from its first access on. Words that nobody touches cost nothing.
 */
export class Cells {
  readonly list: Cell[] = [];
  private readonly byBase = new Map<number, Cell>();
  private readonly byWord = new Map<string, Cell>();
  private readonly free: number[] = [];
  private readonly ports: number[] = [];
  private readonly promise: number;
  private readonly arena: Arena;
  private readonly layout: CellLayout;
  private readonly buffers: readonly SharedWords[];

  /**
   * @param buffers - the words of each shared buffer
   * @param ports - how many ends of message channels there are
   */
  constructor(arena: Arena, layout: CellLayout, buffers: readonly SharedWords[], ports: number) {
    this.arena = arena;
    this.layout = layout;
    this.buffers = buffers;
    const size = cellSize(arena.agentCount);
    for (let i = 0; i < layout.capacity; i++) {
      this.free.push(arena.block(ObjectType.cell, `cell ${i}`, size));
    }
    this.free.reverse();
    for (let i = 0; i < ports; i++) {
      this.ports.push(arena.block(ObjectType.port, `port ${i}`, portSize));
    }
    this.promise = arena.block(ObjectType.word, 'a promise', 1);
  }

  /** The cell that starts at this object, or that one of its parts is. */
  cellAt(object: number): Cell | undefined {
    return this.byBase.get(object);
  }

  /** The port's object. */
  portObject(number: number): number {
    return this.ports[number]!;
  }

  /** The number of the port that an object is, or -1. */
  portOf(object: number): number {
    return this.ports.indexOf(object);
  }

  /** The cell of a word, which may become one now. */
  at(buffer: number, word: number): Cell {
    const known = this.byWord.get(`${buffer} ${word}`);
    if (known !== undefined) return known;
    const { layout } = this;
    const first = layout.isWide(buffer, word & ~1) ? word & ~1 : word;
    const words = first === word && !layout.isWide(buffer, word) ? 1 : 2;
    const base = this.free.pop();
    if (base === undefined) {
      layout.capacity *= 2;
      throw new LayoutChanged();
    }
    const parted = words === 2 || layout.isParted(buffer, word);
    const cell = { base, buffer, word: first, words, parted };
    for (let i = 0; i < words; i++) {
      this.byWord.set(`${buffer} ${first + i}`, cell);
      this.arena.setFirst(base + CellAt.low + i, this.buffers[buffer]!.first(first + i));
    }
    this.byBase.set(base, cell);
    this.list.push(cell);
    return cell;
  }

  /**
   * What real memory holds goes into the model.
   *
   * @returns what was another value there: pairs of a word and its value; undefined: nothing
   */
  pull(): readonly number[] | undefined {
    const { memory } = this.arena;
    let changed: number[] | undefined;
    for (const { base, buffer, word, words } of this.list) {
      const from = this.buffers[buffer]!;
      for (let i = 0; i < words; i++) {
        const at = base + CellAt.low + i;
        const value = from.get(word + i);
        if (memory[at] === value) continue;
        memory[at] = value;
        (changed ??= []).push(at, value);
      }
    }
    return changed;
  }

  /** What the model holds of a cell goes into real memory. */
  push({ base, buffer, word, words }: Cell): void {
    const { memory } = this.arena;
    const to = this.buffers[buffer]!;
    for (let i = 0; i < words; i++) to.set(word + i, memory[base + CellAt.low + i]!);
  }

  /** What a thread is at, as an operation. @throws LayoutChanged */
  translate(request: Request): Translation {
    const { what, low, timed } = request;
    switch (what) {
      case What.pause:
        return operation(Kind.pause, 0);
      case What.send:
        return operation(Kind.send, this.portObject(request.buffer), low);
      case What.receive:
        return operation(Kind.receive, this.portObject(request.buffer));
      case What.stuck:
        return operation(Kind.waitUntil, this.promise, 1);
      default:
    }
    const cell = this.cellFor(request);
    switch (what) {
      case What.wait:
        return this.futex(timed === 0 ? Kind.futexWait : Kind.futexTimedWait, cell, request);
      case What.waitAsync:
        return this.futex(Kind.futexEnqueue, cell, request);
      case What.awake:
        return operation(timed === 0 ? Kind.futexWake : Kind.futexTimedWake, cell.base);
      case What.notify:
        return operation(Kind.futexNotify, cell.base, low);
      default:
        return cell.parted ? parted(cell, request) : whole(cell, request);
    }
  }

  private futex(kind: number, cell: Cell, { byte, width, low, high }: Request): Translation {
    if (byte !== cell.word * 4 || width !== cell.words * 4) {
      throw new UserError(
        `\`Atomics.wait\` on ${width} bytes of memory that is accessed elsewhere as ` +
          `${cell.words * 4} bytes at once: that is not explored`,
      );
    }
    return operation(kind, cell.base, low, high);
  }

  private cellFor({ what, buffer, byte, width }: Request): Cell {
    const word = byte >> 2;
    const { layout } = this;
    const narrow = width < 4 && what !== What.notify;
    if (!this.byWord.has(`${buffer} ${word}`)) {
      if (narrow) layout.notePart(buffer, word);
      if (width === 8 && !this.byWord.has(`${buffer} ${word + 1}`)) layout.noteWide(buffer, word);
    }
    const cell = this.at(buffer, word);
    if (width === 8 && cell.words === 1) {
      layout.noteWide(buffer, word);
      throw new LayoutChanged();
    }
    if (narrow && !cell.parted) {
      layout.notePart(buffer, word);
      throw new LayoutChanged();
    }
    return cell;
  }
}

function operation(kind: number, object: number, argument = 0, argument2 = 0): Translation {
  return { kind, object, argument, argument2 };
}

/** An access to a word of 32 bits that is never accessed otherwise. */
function whole(cell: Cell, request: Request): Translation {
  const { what, low, low2 } = request;
  const { base } = cell;
  switch (what) {
    case What.load:
      return operation(Kind.load, base);
    case What.store:
      return operation(Kind.store, base, low);
    case What.read:
      return operation(Kind.read, base);
    case What.write:
      return operation(Kind.write, base, low);
    case What.compareExchange:
      return operation(Kind.compareExchange, base, low2, low);
    default:
      return operation(Kind.rmw, base, numberOf(cell, request));
  }
}

const partKinds: Readonly<Record<number, number>> = {
  [What.load]: Kind.bytesLoad,
  [What.store]: Kind.bytesStore,
  [What.read]: Kind.bytesRead,
  [What.write]: Kind.bytesWrite,
  [What.compareExchange]: Kind.bytesCompareExchange,
};

function parted(cell: Cell, request: Request): Translation {
  return operation(partKinds[request.what] ?? Kind.rmw, cell.base, numberOf(cell, request));
}

function numberOf(cell: Cell, request: Request): number {
  const { what, byte, width, low, high, low2, high2 } = request;
  const modifies = what >= What.rmw && what < What.compareExchange;
  const reads = what === What.load || what === What.read;
  const access: ByteAccess = {
    rmw: modifies ? what - What.rmw + Rmw.add : Rmw.none,
    offset: byte - cell.word * 4,
    width,
    low: reads ? 0 : low,
    high: reads ? 0 : high,
    expectedLow: low2,
    expectedHigh: high2,
    whole: !cell.parted,
  };
  return accessNumber(access);
}
