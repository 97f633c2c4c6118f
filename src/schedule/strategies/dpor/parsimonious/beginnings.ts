import { Kind } from '../../../../program/kinds.ts';
import { agentCountMax } from '../../../../program/layout.ts';
import { longer } from '../steps.ts';
import { pinned, type Execution } from './execution.ts';

/** What a beginning says before its steps. */
const HeadAt = { length: 0, next: 1, nextOrigin: 2 } as const;
const headCells = 3;

/** What it says of each step. */
const StepAt = { agentAndKind: 0, object: 1, origin: 2 } as const;
const stepCells = 3;

const kindShift = 8;
const agentMask = 0xff;

/**
 * A beginning as plain data: how many steps, who goes next if it can, and the origin of that; then
 * for each step agent and kind, the object (0 of a retry), and its origin.
 */
export type PlainBeginning = readonly number[];

/** Whether something read from a file has the form of a beginning. */
export function isBeginning(plain: unknown): plain is PlainBeginning {
  if (!Array.isArray(plain) || !plain.every((one) => Number.isInteger(one))) return false;
  const numbers = plain as number[];
  const length = numbers[HeadAt.length];
  if (length === undefined || numbers.length !== headCells + length * stepCells) return false;
  if (!isOrigin(numbers[HeadAt.nextOrigin]!, length)) return false;
  for (let step = 0; step < length; step++) {
    const at = headCells + step * stepCells;
    if (!isOrigin(numbers[at + StepAt.origin]!, step)) return false;
    if ((numbers[at + StepAt.agentAndKind]! & agentMask) >= agentCountMax) return false;
  }
  return numbers[HeadAt.next]! < agentCountMax;
}

function isOrigin(origin: number, step: number): boolean {
  return origin >= pinned && origin <= step;
}

/**
 * How executions that are still to be run begin: a stack. Each is a row of steps, and an agent that
 * goes then, if it can: the scheduler wanted it to, before steps were put before its own.
 */
export class Beginnings {
  /** Steps in them, and the most there ever were. */
  steps = 0;
  stepsMax = 0;
  count = 0;
  private cells: Int32Array = new Int32Array(1024);
  /** Where the lowest one begins; they lie one after the other, each followed by its size. */
  private bottom = 0;
  private top = 0;
  /** The one taken last: its first step. */
  private taken = 0;
  /** Of the one taken last: how many steps it has. */
  length = 0;
  /** Of the one taken last: who goes next if it can, or -1. */
  next = -1;
  nextOrigin = -1;

  agent(step: number): number {
    return this.cells[this.taken + step * stepCells + StepAt.agentAndKind]! & agentMask;
  }

  kind(step: number): number {
    return this.cells[this.taken + step * stepCells + StepAt.agentAndKind]! >> kindShift;
  }

  object(step: number): number {
    return this.cells[this.taken + step * stepCells + StepAt.object]!;
  }

  origin(step: number): number {
    return this.cells[this.taken + step * stepCells + StepAt.origin]!;
  }

  /** Takes the highest one off; its steps can be read until something is put on. */
  take(): boolean {
    if (this.count === 0) return false;
    const size = this.cells[this.top - 1]!;
    this.top -= size + 1;
    const { cells, top } = this;
    this.length = cells[top + HeadAt.length]!;
    this.next = cells[top + HeadAt.next]!;
    this.nextOrigin = cells[top + HeadAt.nextOrigin]!;
    this.taken = top + headCells;
    this.leave(this.length);
    return true;
  }

  /** Begins a new one, with the first steps of an execution. */
  begin(execution: Execution, length: number): void {
    this.reserve(headCells + (length + 1) * stepCells);
    const { steps, origin } = execution;
    const { cells } = this;
    let at = this.top + headCells;
    for (let step = 0; step < length; step++) {
      const kind = steps.kind[step]!;
      cells[at + StepAt.agentAndKind] = steps.agent[step]! | (kind << kindShift);
      cells[at + StepAt.object] = kind === Kind.retry ? 0 : steps.object[step]!;
      cells[at + StepAt.origin] = origin[step]!;
      at += stepCells;
    }
    cells[this.top + HeadAt.length] = length;
  }

  /** One more step of the one that was begun. */
  add(agent: number, kind: number, object: number, origin: number): void {
    const length = this.cells[this.top + HeadAt.length]!;
    this.reserve(headCells + (length + 2) * stepCells);
    const { cells, top } = this;
    const at = top + headCells + length * stepCells;
    cells[at + StepAt.agentAndKind] = agent | (kind << kindShift);
    cells[at + StepAt.object] = kind === Kind.retry ? 0 : object;
    cells[at + StepAt.origin] = origin;
    cells[top + HeadAt.length] = length + 1;
  }

  /** The one that was begun is complete. */
  end(next: number, nextOrigin: number): void {
    const { cells, top } = this;
    const length = cells[top + HeadAt.length]!;
    cells[top + HeadAt.next] = next;
    cells[top + HeadAt.nextOrigin] = nextOrigin;
    const size = headCells + length * stepCells;
    cells[top + size] = size;
    this.top += size + 1;
    this.count++;
    this.steps += length;
    if (this.steps > this.stepsMax) this.stepsMax = this.steps;
  }

  /** Puts one on the stack. */
  put(plain: PlainBeginning): void {
    this.reserve(plain.length + 1);
    this.cells.set(plain, this.top);
    const { next, nextOrigin } = HeadAt;
    this.end(plain[next]!, plain[nextOrigin]!);
  }

  /** Takes the lowest one off, there being one: it is likely to be the one with most to run. */
  takeLowest(): PlainBeginning {
    const { cells, bottom } = this;
    const length = cells[bottom + HeadAt.length]!;
    const size = headCells + length * stepCells;
    const lowest = [...cells.subarray(bottom, bottom + size)];
    this.bottom += size + 1;
    if (this.bottom > this.top - this.bottom) {
      cells.copyWithin(0, this.bottom, this.top);
      this.top -= this.bottom;
      this.bottom = 0;
    }
    this.leave(length);
    return lowest;
  }

  /** All of them, the lowest first. */
  all(): PlainBeginning[] {
    const all: PlainBeginning[] = [];
    for (let at = this.bottom; at < this.top;) {
      const size = headCells + this.cells[at + HeadAt.length]! * stepCells;
      all.push([...this.cells.subarray(at, at + size)]);
      at += size + 1;
    }
    return all;
  }

  private leave(steps: number): void {
    this.count--;
    this.steps -= steps;
    if (this.count > 0) return;
    // What was taken last stays where it is until something is put over it.
    this.bottom = 0;
    this.top = 0;
  }

  private reserve(cells: number): void {
    while (this.top + cells + 1 > this.cells.length) this.cells = longer(this.cells);
  }
}
