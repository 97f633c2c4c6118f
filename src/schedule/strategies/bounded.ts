import type { Machine } from '../../execute/machine.ts';
import {
  countOf,
  type ExecutionOutcome,
  type Progress,
  type Strategy,
} from '../../execute/strategy.ts';
import { costOf, freeAgent, inTurn, type BoundedBy } from './bounded-cost.ts';
import { BoundedEstimate, BoundedProbe } from './bounded-probe.ts';
import { unbounded } from './dfs.ts';
import type { PieceStrategy } from './division.ts';

/** Numbers that one choice takes on the stack. */
const Slot = {
  /** Agents that could go. */
  enabled: 0,
  /** The agent whose turn it is at no cost, or -1 where every choice is free. */
  free: 1,
  chosen: 2,
  /** Agents that have been explored here. */
  done: 3,
  /** What the choices before this one cost. */
  cost: 4,
  /** The agent that choices without cost begin with, in the order of turns. */
  begin: 5,
  size: 6,
} as const;

/** A part of what is run within one bound, for another thread or another time. */
export interface BoundedPiece {
  readonly bound: number;
  /** What is on the stack, a `Slot.size` for each choice. */
  readonly stack: readonly number[];
  /** Choices that are not to be changed. */
  readonly floor: number;
  /** Whether the choices on the stack have been run. */
  readonly begun: boolean;
}

/** What a search that was divided has come to. */
export interface BoundReached {
  readonly bound: number;
  /** Whether some schedule was left out because it costs more. */
  readonly leftOut: boolean;
  readonly exhausted: boolean;
}

/**
 * All schedules of cost 0, then of cost at most 1, and so on: what is found has the least cost that
 * shows it.
 *
 * - `preemptions` (iterative context bounding: Musuvathi, Qadeer, PLDI 2007): a switch away from an
 *   agent that could go on costs one, unless it pauses or sleeps.
 * - `delays` (delay bounding: Emmi, Qadeer, Rakamarić, POPL 2011): agents take turns in the order
 *   of their numbers, each as long as it can; to pass over one that could go costs one. There are
 *   at most O(steps^delays) such schedules, whatever the number of agents.
 *
 * A bound runs the schedules of the bounds before it once more, as the tools that were measured do.
 * The search is through when a bound left no schedule out. No reduction by independence: sleep sets
 * are not sound under a bound (Coons, Musuvathi, McKinley, OOPSLA 2013).
 */
export class BoundedSearch implements PieceStrategy {
  readonly name: BoundedBy;
  readonly everyStep = false;
  readonly repeats = true;
  readonly options: { readonly bound: number };
  /** The bound that is being explored. */
  bound = 0;
  /** Executions of the bound that is being explored. */
  executionsAtBound = 0;
  /** True once every schedule, or every one within the largest bound, has been run. */
  exhausted = false;
  private stack = new Int32Array(Slot.size * 256);
  /** Choices on the stack. */
  private length = 0;
  /** Choices of the present execution so far. */
  private depth = 0;
  private begun = false;
  /** Whether some schedule was left out because it costs more than the bound. */
  private leftOut = false;
  private agents = 0;
  /** Executions that have ended. */
  private run = 0;
  private estimate: BoundedEstimate | undefined;
  /** Choices that are another's. */
  private readonly floor: number = 0;
  /** Of a piece: tells that it leaves something out; it then raises no bound by itself. */
  private readonly tellLeftOut: (() => void) | undefined;

  /**
   * @param options.bound - the largest bound explored
   * @param piece - what is to be run; default: the whole search
   * @param tellLeftOut - told once if the piece leaves something out
   */
  constructor(
    name: BoundedBy,
    options: { readonly bound: number },
    piece?: BoundedPiece,
    tellLeftOut?: () => void,
  ) {
    this.name = name;
    this.options = options;
    this.tellLeftOut = tellLeftOut;
    if (piece === undefined) return;
    const { bound, stack, floor, begun } = piece;
    this.bound = bound;
    this.length = stack.length / Slot.size;
    while (this.stack.length <= stack.length) this.grow();
    this.stack.set(stack);
    this.floor = floor;
    this.begun = begun;
  }

  /** A complete search that left nothing out at its last bound was limited to nothing. */
  get limits(): string {
    if (this.exhausted && !this.leftOut) return '';
    const { bound, name } = this;
    return ` with at most ${bound} ${bound === 1 ? name.slice(0, -1) : name}`;
  }

  begin(_execution: number, agents: number): boolean {
    this.agents = agents;
    if (this.begun && !this.backtrack()) {
      if (this.tellLeftOut !== undefined || !this.leftOut || this.bound === this.options.bound) {
        this.exhausted = true;
        return false;
      }
      this.bound++;
      this.leftOut = false;
      this.executionsAtBound = 0;
      this.length = 0;
    }
    this.begun = true;
    this.depth = 0;
    this.executionsAtBound++;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const at = this.depth * Slot.size;
    if (this.depth === this.length) this.push(at, enabled, current, machine);
    this.depth++;
    return this.stack[at + Slot.chosen]!;
  }

  /** Of the shallowest choice that has one, the next agent. */
  give(): BoundedPiece | undefined {
    const { stack, bound } = this;
    for (let choice = this.floor; choice < this.length; choice++) {
      const at = choice * Slot.size;
      const done = stack[at + Slot.done]! | (1 << stack[at + Slot.chosen]!);
      const before = stack[at + Slot.done]!;
      stack[at + Slot.done] = done;
      const next = this.next(at);
      stack[at + Slot.done] = next < 0 ? before : done | (1 << next);
      if (next < 0) continue;
      const floor = choice + 1;
      const rows = [...stack.subarray(0, floor * Slot.size)];
      rows[at + Slot.chosen] = next;
      return { bound, stack: rows, floor, begun: false };
    }
    return undefined;
  }

  rest(): BoundedPiece {
    const { bound, floor } = this;
    return {
      bound,
      stack: [...this.stack.subarray(0, this.length * Slot.size)],
      floor,
      begun: true,
    };
  }

  /** The search as a whole, of which others run pieces, has come to this. */
  reach({ bound, leftOut, exhausted }: BoundReached): void {
    this.bound = bound;
    this.leftOut = leftOut;
    this.exhausted = exhausted;
  }

  /**
   * By the probes of the largest bound; where there is none, of the bound that is being explored,
   * and then of the executions up to that.
   */
  progress(run: number = this.run): Progress {
    return this.estimateNow().progress(run);
  }

  probe(seed: number): Strategy {
    return new BoundedProbe(seed, this.name, this.estimateNow());
  }

  private estimateNow(): BoundedEstimate {
    const largest = this.options.bound < unbounded ? this.options.bound : this.bound;
    if (this.estimate?.bound !== largest) this.estimate = new BoundedEstimate(largest);
    return this.estimate;
  }

  end(_outcome: ExecutionOutcome): void {
    this.run++;
    // Choices beyond where this execution ended belong to none: backtracking shortens the stack.
    this.length = this.depth;
  }

  private push(at: number, enabled: number, current: number, machine: Machine): void {
    if (at === this.stack.length) this.grow();
    const { stack } = this;
    const parent = at - Slot.size;
    stack[at + Slot.enabled] = enabled;
    stack[at + Slot.free] = freeAgent(this.name, enabled, current, machine, this.agents);
    stack[at + Slot.cost] = this.depth === 0 ? 0 : stack[parent + Slot.cost]! + this.costOf(parent);
    stack[at + Slot.done] = 0;
    stack[at + Slot.begin] = Math.max(0, current);
    this.length = this.depth + 1;
    stack[at + Slot.chosen] = this.next(at);
  }

  private grow(): void {
    const larger = new Int32Array(this.stack.length * 2);
    larger.set(this.stack);
    this.stack = larger;
  }

  /** What the choice at `at` costs. */
  private costOf(at: number): number {
    const { stack, name, agents } = this;
    const free = stack[at + Slot.free]!;
    return costOf(name, free, stack[at + Slot.chosen]!, stack[at + Slot.enabled]!, agents);
  }

  private backtrack(): boolean {
    const { stack } = this;
    while (this.length > this.floor) {
      const at = (this.length - 1) * Slot.size;
      stack[at + Slot.done] = stack[at + Slot.done]! | (1 << stack[at + Slot.chosen]!);
      const next = this.next(at);
      if (next >= 0) {
        stack[at + Slot.chosen] = next;
        return true;
      }
      this.length--;
    }
    return false;
  }

  /** The next agent to explore at a choice, the cheapest first; -1 if there is none. */
  private next(at: number): number {
    const { stack } = this;
    const free = stack[at + Slot.free]!;
    const open = stack[at + Slot.enabled]! & ~stack[at + Slot.done]!;
    if (open === 0) return -1;
    if (free < 0) return inTurn(open, stack[at + Slot.begin]!, this.agents);
    const begin = this.name === 'delays' ? free : stack[at + Slot.begin]!;
    const tried = countOf(stack[at + Slot.done]!);
    const candidate = (open & (1 << free)) !== 0 ? free : inTurn(open, begin, this.agents);
    const chosenBefore = stack[at + Slot.chosen]!;
    stack[at + Slot.chosen] = candidate;
    const cost = stack[at + Slot.cost]! + this.costOf(at);
    stack[at + Slot.chosen] = chosenBefore;
    if (cost <= this.bound) return candidate;
    if (!this.leftOut) this.tellLeftOut?.();
    this.leftOut = true;
    // The first choice is free of cost, so that there is always one.
    if (tried === 0) throw new Error('[internal] a bounded search found no free choice');
    return -1;
  }
}
