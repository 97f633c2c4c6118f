import { operationTable } from '../../program/operation-table.ts';
import { UserError } from '../../program/errors.ts';
import { countOf, firstOf, type Progress, type Strategy } from '../../execute/strategy.ts';
import type { Subject } from '../../trace/subject.ts';
import type { Machine } from '../../execute/machine.ts';
import { DepthFirstProbe } from './dfs-probe.ts';
import type { PieceStrategy } from './division.ts';
import { preempts } from './loose-replay.ts';
import { partOf, TreeEstimate } from './tree-estimate.ts';

/** Numbers that one choice takes on the stack. */
const Slot = {
  /** Agents that could go. */
  enabled: 0,
  /** The agent that moved before, or -1. */
  current: 1,
  /** The agent that is being explored here. */
  chosen: 2,
  /** Agents that need not be explored here (any more): asleep on arrival, or done. */
  asleep: 3,
  /** Preemptions before this choice. */
  preemptions: 4,
  /**
   * The operation that the chosen agent is at: if it is another one next time, the program is not
   * deterministic.
   */
  kind: 5,
  object: 6,
  /** Agents that are asleep after the chosen one's operation. */
  asleepAfter: 7,
  /** Agents to explore here, all told. */
  degree: 8,
  size: 9,
} as const;

/** A part of the search, for another thread or another time. */
export interface DepthFirstPiece {
  /** What is on the stack, a `Slot.size` for each choice, and the widths below the choices. */
  readonly stack: readonly number[];
  readonly widths: readonly number[];
  /** Choices that are not to be changed. */
  readonly floor: number;
  /** Whether the choices on the stack have been run. */
  readonly begun: boolean;
}

/** Preemption bounds from here on mean: no bound. */
export const unbounded = 1000;

/**
 * Depth-first search of all schedules, by replay. Without a bound on preemptions it uses sleep sets
 * (Godefroid, LNCS 1032, 1996): of the schedules that differ only in the order of independent
 * operations one is run to its end, and every state is still visited. With a bound (Musuvathi,
 * Qadeer, PLDI 2007: a switch away from an agent that could go on costs one, unless it pauses or
 * sleeps) sleep sets are off: a schedule that they leave out may have no equivalent within the
 * bound (Coons, Musuvathi, McKinley, OOPSLA 2013).
 */
export class DepthFirst implements PieceStrategy {
  readonly name = 'dfs';
  readonly everyStep: boolean;
  readonly repeats = false;
  readonly options: { readonly preemptions: number };
  /** True once every schedule (within the bound) has been run. */
  exhausted = false;
  private readonly sleepSets: boolean;
  private stack = new Int32Array(Slot.size * 256);
  /** The part of the tree that hangs below each choice, as a width (`TreeEstimate`). */
  private widths = new Float64Array(256);
  private readonly estimate = new TreeEstimate();
  /** Choices on the stack. */
  private length = 0;
  /** Choices of the present execution so far. */
  private depth = 0;
  private begun = false;
  /** Choices that are another's. */
  private readonly floor: number = 0;

  /** @param piece - what is to be run; default: the whole search */
  constructor(options: { readonly preemptions: number }, piece?: DepthFirstPiece) {
    this.options = options;
    this.sleepSets = options.preemptions >= unbounded;
    this.everyStep = this.sleepSets;
    if (piece === undefined) return;
    const { stack, widths, floor, begun } = piece;
    this.length = stack.length / Slot.size;
    while (this.widths.length < this.length) this.grow();
    this.stack.set(stack);
    this.widths.set(widths);
    this.floor = floor;
    this.begun = begun;
  }

  get limits(): string {
    const { preemptions } = this.options;
    return preemptions >= unbounded
      ? ''
      : ` with at most ${preemptions} ${preemptions === 1 ? 'preemption' : 'preemptions'}`;
  }

  begin(): boolean {
    if (this.begun && !this.backtrack()) {
      this.exhausted = true;
      return false;
    }
    this.begun = true;
    this.depth = 0;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const at = this.depth * Slot.size;
    if (this.depth === this.length) {
      if (!this.push(at, enabled, current, machine)) return -1;
    } else if (this.depth === this.length - 1) {
      // The choice that backtracking changed: its operation is known only now.
      this.settle(at, machine);
    }
    this.verify(at, enabled, machine);
    this.depth++;
    return this.stack[at + Slot.chosen]!;
  }

  end(): void {
    // Choices beyond where this execution ended belong to none: only backtracking shortens the
    // stack.
    this.estimate.finish(this.widthBelow(this.length));
  }

  /** Of the shallowest choice that has one, the next agent. */
  give(): DepthFirstPiece | undefined {
    const { stack, widths } = this;
    for (let choice = this.floor; choice < this.length; choice++) {
      const at = choice * Slot.size;
      const asleep = stack[at + Slot.asleep]!;
      stack[at + Slot.asleep] = asleep | (1 << stack[at + Slot.chosen]!);
      const next = this.next(at);
      const rows = [...stack.subarray(0, at + Slot.size)];
      rows[at + Slot.chosen] = next;
      stack[at + Slot.asleep] = next < 0 ? asleep : asleep | (1 << next);
      if (next < 0) continue;
      const floor = choice + 1;
      return { stack: rows, widths: [...widths.subarray(0, floor)], floor, begun: false };
    }
    return undefined;
  }

  rest(): DepthFirstPiece {
    const { floor, length } = this;
    const stack = [...this.stack.subarray(0, length * Slot.size)];
    return { stack, widths: [...this.widths.subarray(0, length)], floor, begun: true };
  }

  progress(run?: number): Progress {
    return run === undefined ? this.estimate.progress() : this.estimate.progressOf(run);
  }

  probe(seed: number): Strategy {
    const { sleepSets } = this;
    return new DepthFirstProbe(seed, { ...this.options, sleepSets }, this.estimate);
  }

  /** The width of what hangs below the last of so many choices. */
  private widthBelow(choices: number): number {
    if (choices === 0) return 1;
    const at = (choices - 1) * Slot.size;
    const degree = this.stack[at + Slot.degree]!;
    const open = countOf(this.stack[at + Slot.enabled]! & ~this.stack[at + Slot.asleep]!);
    return this.widths[choices - 1]! * partOf(degree - open, degree, !this.sleepSets);
  }

  /** A choice not met before: goes on with the current agent if it can. */
  private push(at: number, enabled: number, current: number, machine: Machine): boolean {
    if (at === this.stack.length) this.grow();
    const { stack } = this;
    const parent = at - Slot.size;
    stack[at + Slot.enabled] = enabled;
    stack[at + Slot.current] = preempts(current, enabled, machine) ? current : -1;
    stack[at + Slot.asleep] = this.depth === 0 ? 0 : stack[parent + Slot.asleepAfter]!;
    stack[at + Slot.preemptions] = this.depth === 0 ? 0 : this.preemptionsAfter(parent);
    stack[at + Slot.degree] = this.degree(at);
    this.widths[this.depth] = this.widthBelow(this.depth);
    this.length = this.depth + 1;
    const chosen = this.next(at);
    if (chosen < 0) {
      this.length--;
      return false;
    }
    stack[at + Slot.chosen] = chosen;
    this.settle(at, machine);
    return true;
  }

  /** Notes the chosen operation, and who stays asleep after it. */
  private settle(at: number, machine: Machine): void {
    const { stack } = this;
    const chosen = stack[at + Slot.chosen]!;
    stack[at + Slot.kind] = machine.pendingKind[chosen]!;
    stack[at + Slot.object] = machine.pendingObject[chosen]!;
    let after = 0;
    if (this.sleepSets) {
      for (let left = stack[at + Slot.asleep]!; left !== 0; left &= left - 1) {
        const sleeper = firstOf(left);
        if (sleeper !== chosen && !machine.dependent(chosen, sleeper)) after |= left & -left;
      }
    }
    stack[at + Slot.asleepAfter] = after;
  }

  /**
   * The deepest choice that has another agent to explore becomes the last; false if there is none.
   */
  private backtrack(): boolean {
    const { stack } = this;
    while (this.length > this.floor) {
      const at = (this.length - 1) * Slot.size;
      stack[at + Slot.asleep] = stack[at + Slot.asleep]! | (1 << stack[at + Slot.chosen]!);
      const next = this.next(at);
      if (next >= 0) {
        stack[at + Slot.chosen] = next;
        return true;
      }
      this.length--;
    }
    return false;
  }

  private grow(): void {
    const larger = new Int32Array(this.stack.length * 2);
    larger.set(this.stack);
    this.stack = larger;
    const wider = new Float64Array(this.widths.length * 2);
    wider.set(this.widths);
    this.widths = wider;
  }

  /** How many agents are to be explored at a choice that was just met. */
  private degree(at: number): number {
    const { stack } = this;
    const open = stack[at + Slot.enabled]! & ~stack[at + Slot.asleep]!;
    const bound = stack[at + Slot.current]! >= 0;
    const switches = stack[at + Slot.preemptions]! < this.options.preemptions;
    return bound && !switches ? 1 : countOf(open);
  }

  /** The agent to explore next at a choice, or -1. */
  private next(at: number): number {
    const { stack } = this;
    const open = stack[at + Slot.enabled]! & ~stack[at + Slot.asleep]!;
    if (open === 0) return -1;
    const current = stack[at + Slot.current]!;
    if (current < 0) return firstOf(open);
    if ((open & (1 << current)) !== 0) return current;
    return stack[at + Slot.preemptions]! < this.options.preemptions ? firstOf(open) : -1;
  }

  private preemptionsAfter(at: number): number {
    const { stack } = this;
    const current = stack[at + Slot.current]!;
    const switched = current >= 0 && stack[at + Slot.chosen] !== current;
    return stack[at + Slot.preemptions]! + (switched ? 1 : 0);
  }

  private verify(at: number, enabled: number, machine: Machine): void {
    const { stack } = this;
    const chosen = stack[at + Slot.chosen]!;
    const kind = machine.pendingKind[chosen]!;
    const object = machine.pendingObject[chosen]!;
    const same = stack[at + Slot.kind] === kind && stack[at + Slot.object] === object;
    if (same && stack[at + Slot.enabled] === enabled) return;
    throw new NondeterminismError(
      this.depth,
      chosen,
      { kind: stack[at + Slot.kind]!, object: stack[at + Slot.object]! },
      { kind, object },
    );
  }
}

interface OperationAt {
  readonly kind: number;
  readonly object: number;
}

/** "load x". */
export function operationText(subject: Subject, { kind, object }: OperationAt): string {
  return kind === 0 ? 'its end' : `${operationTable[kind]!.name} ${subject.name(object)}`;
}

/**
 * An agent that is to be chosen again can go, and is at the operation that it was at before.
 *
 * @param choice - from 0
 * @throws NondeterminismError otherwise
 */
export function requirePending(
  machine: Machine,
  enabled: number,
  choice: number,
  agent: number,
  kind: number,
  object: number,
): void {
  const { pendingKind, pendingObject } = machine;
  const goes = agent >= 0 && (enabled & (1 << agent)) !== 0;
  if (goes && pendingKind[agent] === kind && pendingObject[agent] === object) return;
  const found = { kind: pendingKind[agent]!, object: pendingObject[agent]! };
  throw new NondeterminismError(choice, agent, { kind, object }, found);
}

/** The program did something else when a schedule was run again. */
export class NondeterminismError extends UserError {
  override name = 'NondeterminismError';
  private readonly choice: number;
  private readonly agent: number;
  private readonly expected: OperationAt;
  private readonly found: OperationAt;

  constructor(choice: number, agent: number, expected: OperationAt, found: OperationAt) {
    super('the scenario is not deterministic');
    this.choice = choice;
    this.agent = agent;
    this.expected = expected;
    this.found = found;
  }

  /** The same with names: at which choice, what was expected, what was found. */
  explained(subject: Subject, scenario: string): UserError {
    const at = (one: OperationAt): string => operationText(subject, one);
    const same = at(this.expected) === at(this.found);
    const agent = subject.agentNames[this.agent]!;
    const what = same
      ? `others could go on than before when ${agent} was at ${at(this.found)}`
      : `expected ${agent} at ${at(this.expected)}, found it at ${at(this.found)}`;
    return new UserError(
      `scenario "${scenario}" is not deterministic: at choice ${this.choice + 1} of a schedule ` +
        `that was run before: ${what}; agents may depend on nothing but their operations`,
    );
  }
}
