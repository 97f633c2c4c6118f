import { Histories } from '../../execute/histories.ts';
import { NumberSet } from '../../execute/number-set.ts';
import type { Machine } from '../../execute/machine.ts';
import { firstOf, type Strategy } from '../../execute/strategy.ts';
import { NondeterminismError } from './dfs.ts';

/** Numbers that one choice takes on the stack. */
const Slot = {
  /** Agents still to be explored here. */
  open: 0,
  chosen: 1,
  /** Agents that need not be explored here (any more). */
  asleep: 2,
  asleepAfter: 3,
  /** The operation of the chosen agent: another one next time is nondeterminism. */
  kind: 4,
  object: 5,
  size: 6,
} as const;

/** States that are remembered; after that new ones are explored as often as they are met. */
const statesMax = 8_000_000;

/**
 * Depth-first search of all states: an execution that comes to a state met before is given up
 * there. Two prefixes have come to the same state if all words are the same and every agent that
 * has not ended has been answered the same: what follows is the same then. What an agent has seen
 * that has ended does not matter.
 *
 * Sleep sets leave out transitions and no states (Godefroid, Holzmann, Pirottin, "State-space
 * caching revisited", CAV 1992). There a state is gone on from again by those who were asleep when
 * it was met before and are not now. Here that can show nothing new, as no state comes after itself
 * (agents have always done one thing more): whoever is asleep in a state has been let go at a state
 * before it, all that follows that step has been met by then, and so has all that follows it here.
 *
 * Deadlocks, failures and invariants are matters of a state; data races and orders of locks are
 * matters of how one came there, and are looked for in the executions that are run, only.
 */
export class StateSearch implements Strategy {
  readonly name = 'states';
  readonly everyStep = true;
  readonly repeats = false;
  readonly options: { readonly statesMax: number };
  /** True once every state has been met. */
  exhausted = false;
  /** The states met, by their numbers. */
  private readonly states: NumberSet;
  private readonly histories: Histories;
  private stack = new Int32Array(Slot.size * 256);
  /** Choices on the stack. */
  private length = 0;
  /** Choices of the present execution so far. */
  private depth = 0;
  private begun = false;

  /** @param ended - whether it matters what an agent has seen that has ended: it may return it */
  constructor(options: { readonly statesMax: number } = { statesMax }, ended = false) {
    this.options = options;
    this.histories = new Histories(ended);
    this.states = new NumberSet(options.statesMax);
  }

  /** Different states met so far, as far as they are remembered. */
  get statesMet(): number {
    return this.states.size;
  }

  get limits(): string {
    const count = this.states.size.toLocaleString('en-US');
    return ` as to deadlocks, failures and invariants, by ${count} states`;
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
      this.settle(at, machine);
    } else {
      this.verify(at, enabled, machine);
    }
    this.depth++;
    return this.stack[at + Slot.chosen]!;
  }

  end(): void {
    // Only backtracking shortens the stack.
  }

  /** A choice not met in this place before; false if nothing new can come of it. */
  private push(at: number, enabled: number, current: number, machine: Machine): boolean {
    if (at === this.stack.length) {
      const larger = new Int32Array(this.stack.length * 2);
      larger.set(this.stack);
      this.stack = larger;
    }
    const { stack } = this;
    if (this.depth === 0 && machine.histories !== this.histories) this.attach(machine);
    const asleep = this.depth === 0 ? 0 : stack[at - Slot.size + Slot.asleepAfter]!;
    const open = this.meet(machine) ? enabled & ~asleep : 0;
    if (open === 0) return false;
    stack[at + Slot.open] = open;
    stack[at + Slot.asleep] = asleep;
    const goesOn = current >= 0 && (open & (1 << current)) !== 0;
    stack[at + Slot.chosen] = goesOn ? current : firstOf(open);
    this.length = this.depth + 1;
    this.settle(at, machine);
    return true;
  }

  /** Whether the present state was not met before. */
  private meet({ memory, alive, stale, clock }: Machine): boolean {
    return this.states.add(this.histories.key(memory, alive, stale, clock));
  }

  private attach(machine: Machine): void {
    machine.histories = this.histories;
    let agents = 0;
    for (let alive = machine.alive; alive !== 0; alive >>>= 1) agents++;
    this.histories.begin(agents);
  }

  /** Notes the chosen operation, and who stays asleep after it. */
  private settle(at: number, machine: Machine): void {
    const { stack } = this;
    const chosen = stack[at + Slot.chosen]!;
    stack[at + Slot.kind] = machine.pendingKind[chosen]!;
    stack[at + Slot.object] = machine.pendingObject[chosen]!;
    let after = 0;
    for (let left = stack[at + Slot.asleep]!; left !== 0; left &= left - 1) {
      const sleeper = firstOf(left);
      if (sleeper !== chosen && !machine.dependent(chosen, sleeper)) after |= left & -left;
    }
    stack[at + Slot.asleepAfter] = after;
  }

  /** The deepest choice that has another agent to explore becomes the last; false if none has. */
  private backtrack(): boolean {
    const { stack } = this;
    for (; this.length > 0; this.length--) {
      const at = (this.length - 1) * Slot.size;
      const explored = 1 << stack[at + Slot.chosen]!;
      stack[at + Slot.asleep] = stack[at + Slot.asleep]! | explored;
      const open = stack[at + Slot.open]! & ~explored;
      stack[at + Slot.open] = open;
      if (open === 0) continue;
      stack[at + Slot.chosen] = firstOf(open);
      return true;
    }
    return false;
  }

  private verify(at: number, enabled: number, machine: Machine): void {
    const { stack } = this;
    const agent = stack[at + Slot.chosen]!;
    const expected = { kind: stack[at + Slot.kind]!, object: stack[at + Slot.object]! };
    const found = { kind: machine.pendingKind[agent]!, object: machine.pendingObject[agent]! };
    const goes = (enabled & (1 << agent)) !== 0;
    if (goes && found.kind === expected.kind && found.object === expected.object) return;
    throw new NondeterminismError(this.depth, agent, expected, found);
  }
}
