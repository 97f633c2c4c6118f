import type { Finding } from '../check/finding.ts';
import { ReadsFromPairs, type Looks } from './reads-from.ts';

/** Traces that are remembered. */
const tracesMax = 65_536;

/** A row and one more, of at most as many, is kept in that many bits. */
const rowBits = 17;
const rowMask = (1 << rowBits) - 1;

/** The traces that are remembered, as columns in the order in which they were met. */
export interface TraceColumns {
  /** Their numbers, which are the same on every thread. */
  readonly keys: Float64Array;
  /** The execution that had each first, among those that were told apart. */
  readonly firsts: Float64Array;
  /** Executions that had each. */
  readonly times: Float64Array;
}

/**
 * The traces that have been checked, by number (`TraceRecorder`), with what they showed and how
 * often they were met. To meet a known one again costs a look-up and no memory.
 *
 * Columns instead of objects, and a table of open addressing that has their rows: nothing here is
 * for the collector to go through but the lists of findings, of which alike ones are one list.
 */
export class TraceMemory {
  readonly readsFrom: ReadsFromPairs = new ReadsFromPairs();
  /** Executions that were told apart so far. */
  executions = 0;
  /** Those of them whose trace is not remembered, since there are too many. */
  beyond = 0;
  /** How many traces are remembered. */
  size = 0;

  /** For each row: the trace's number, its first execution, and how often it was met. */
  private keys = new Float64Array(256);
  private firsts = new Float64Array(256);
  private times = new Float64Array(256);
  /** Which of the lists of findings each has. */
  private lists = new Int32Array(256);
  private readonly findings: (readonly Finding[])[] = [[]];
  /**
   * Row + 1 of the traces, and above it the upper bits of the last 32 of their numbers, so that
   * hardly ever another number is looked at; 0: none. At most half full.
   */
  private slots = new Int32Array(512);
  /** Where the trace that was met last would be. */
  private free = 0;

  /** An execution had this trace: what it showed before, if it is known. */
  meet(key: number): readonly Finding[] | undefined {
    this.executions++;
    const row = this.rowOf(key);
    if (row < 0) return undefined;
    this.times[row] = this.times[row]! + 1;
    return this.findings[this.lists[row]!];
  }

  /** The trace just met is new, and showed this. */
  add(key: number, findings: readonly Finding[], seen: Looks): void {
    this.readsFrom.take(seen);
    if (this.size === tracesMax) {
      this.beyond++;
      return;
    }
    if (this.size === this.keys.length) this.grow(key);
    const row = this.size++;
    this.keys[row] = key;
    this.firsts[row] = this.executions - 1;
    this.times[row] = 1;
    this.lists[row] = this.listOf(findings);
    this.slots[this.free] = (key & ~rowMask) | (row + 1);
  }

  columns(): TraceColumns {
    const { keys, firsts, times, size } = this;
    return {
      keys: keys.slice(0, size),
      firsts: firsts.slice(0, size),
      times: times.slice(0, size),
    };
  }

  /** The number of a list with these findings: the empty one, the last one, or a new one. */
  private listOf(findings: readonly Finding[]): number {
    if (findings.length === 0) return 0;
    const number = this.findings.length - 1;
    const last = this.findings[number]!;
    const same = (finding: Finding, i: number): boolean => finding === last[i];
    if (last.length === findings.length && findings.every(same)) return number;
    return this.findings.push(findings) - 1;
  }

  /** The trace's row, or -1; sets `free`. */
  private rowOf(key: number): number {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    const low = key | 0;
    let at = low & mask;
    for (let slot = slots[at]!; slot !== 0; slot = slots[at]!) {
      const row = (slot & rowMask) - 1;
      if ((slot ^ low) >>> rowBits === 0 && keys[row] === key) return row;
      at = (at + 1) & mask;
    }
    this.free = at;
    return -1;
  }

  /** Makes room, and finds the place of a number that is to be added. */
  private grow(key: number): void {
    const length = this.size * 2;
    this.keys = larger(this.keys, new Float64Array(length));
    this.firsts = larger(this.firsts, new Float64Array(length));
    this.times = larger(this.times, new Float64Array(length));
    this.lists = larger(this.lists, new Int32Array(length));
    this.slots = new Int32Array(this.slots.length * 2);
    for (let row = 0; row < this.size; row++) {
      this.rowOf(this.keys[row]!);
      this.slots[this.free] = (this.keys[row]! & ~rowMask) | (row + 1);
    }
    this.rowOf(key);
  }
}

function larger<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
