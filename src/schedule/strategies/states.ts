import { Histories } from '../../execute/histories.ts';
import { NumberSet } from '../../execute/number-set.ts';
import type { Machine } from '../../execute/machine.ts';
import {
  firstOf,
  type ExecutionOutcome,
  type Progress,
  type Strategy,
} from '../../execute/strategy.ts';
import { requirePending } from './dfs.ts';
import type { PieceStrategy } from './division.ts';
import { Forgetting } from './forgetting.ts';
import { Symmetry } from './symmetry.ts';
import { attachHistories, StateEstimate, stateOf, StateProbe } from './state-probe.ts';

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
export const statesMax = 8_000_000;

/** What `states` can be told. */
export interface StateOptions {
  readonly statesMax: number;
  /** 1: agents' word that they have forgotten something is checked and not taken. */
  readonly checkForget?: 1;
  /** 1: states that become the same when agents that are alike are exchanged count as one. */
  readonly symmetry?: 1;
  /** 1: they do not, and all of them are looked at, whether those agents do the same. */
  readonly checkSymmetry?: 1;
  /** 1: it matters what an agent has observed that has ended, as it does if it returns it. */
  readonly ended?: 1;
}

/** All of a search that has begun: what is on its stack, and the states that it has met. */
export interface StatePiece {
  readonly stack: readonly number[];
  /** Their numbers as floats of 64 bits, in base64. */
  readonly states: string;
  /** Whether some agent's word was taken that it has forgotten something. */
  readonly trusted: boolean;
  /** Agents that have told themselves apart, as a mask; left out: none. */
  readonly apart?: number;
}

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
 *
 * What an agent has been answered is left out where it has said `forget` since. Its word is taken,
 * unless it is seen to break it (`Forgetting`). With `checkForget` states are told apart as if
 * nobody had forgotten anything, so that all states are met, and the word is compared in each.
 *
 * With `symmetry` states are met up to an exchange of agents that are alike (`symmetry.ts`), and of
 * agents that are in the same state only one is let go. The argument about those who are asleep is
 * the same for it: all that follows an earlier step has been met by then, up to an exchange, and so
 * has what follows the same step of an agent that was in the same state.
 *
 * It runs on one thread. Threads that share the states met would have to do without sleep sets: the
 * argument above needs that what follows an earlier step has been met, and not only that another
 * thread is at it: two threads could count on each other. Without sleep sets `lastzero(8)` and
 * `abba(8)` take ten times the executions and four times the time: more than threads would win.
 */
export class StateSearch implements PieceStrategy {
  readonly name = 'states';
  readonly everyStep = true;
  readonly repeats = false;
  readonly options: Readonly<Record<string, number>>;
  readonly limitedTo: StateOptions;
  /** True once every state has been met. */
  exhausted = false;
  /** The states met, by their numbers. */
  private states: NumberSet;
  private readonly histories: Histories;
  private readonly forgetting = new Forgetting();
  /** Undefined: no agents count as alike. */
  private symmetry: Symmetry | undefined;
  /** Whether states that exchanges make the same are one. */
  private readonly merges: boolean;
  /** How often it has begun: anew where agents that were taken to be alike turn out not to be. */
  beginnings = 1;
  private trusted = false;
  private estimate = new StateEstimate();
  private stack = new Int32Array(Slot.size * 256);
  /** Choices on the stack. */
  private length = 0;
  /** Choices of the present execution so far. */
  private depth = 0;
  private begun = false;

  /** @param piece - where to go on; null: at the beginning */
  constructor(options: StateOptions = { statesMax }, piece: StatePiece | null = null) {
    this.options = { ...options };
    this.limitedTo = options;
    this.states = new NumberSet(options.statesMax);
    this.histories = new Histories(options.checkForget === undefined, options.ended !== undefined);
    const exchanging = options.symmetry !== undefined || options.checkSymmetry !== undefined;
    // Where it matters what agents have seen that have ended, none may be left out of a state.
    if (exchanging && options.ended === undefined) {
      this.symmetry = new Symmetry(this.histories, piece?.apart);
    }
    this.merges = this.symmetry !== undefined && options.checkSymmetry === undefined;
    if (piece === null) return;
    const bytes = Uint8Array.from(Buffer.from(piece.states, 'base64'));
    for (const state of new Float64Array(bytes.buffer)) this.states.add(state);
    while (this.stack.length < piece.stack.length) this.grow();
    this.stack.set(piece.stack);
    this.length = piece.stack.length / Slot.size;
    this.begun = true;
    this.trusted = piece.trusted;
  }

  /** Different states met so far, as far as they are remembered. */
  get statesMet(): number {
    return this.states.size;
  }

  get limits(): string {
    const count = this.states.size.toLocaleString('en-US');
    const word = this.trusted ? ", taking agents' word for what they forget" : '';
    const alike =
      this.symmetry?.isOfUse === true ? ' up to exchanges of agents' : ', no agents alike';
    const exchanges = this.merges ? alike : '';
    return ` as to deadlocks, failures and invariants, by ${count} states${exchanges}${word}`;
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
    if (this.depth === 0) attachHistories(machine, this.histories);
    if (this.symmetry?.isBroken === true) return -1;
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

  end({ end }: ExecutionOutcome): void {
    if (end === 'failed' && this.depth > 0) {
      const last = (this.depth - 1) * Slot.size;
      const agent = this.stack[last + Slot.chosen]!;
      this.forgetting.fail(this.histories, agent);
      this.symmetry?.fail(agent);
    }
    if (this.symmetry?.isBroken === true) this.beginAnew(this.symmetry);
  }

  /** One thread has all. */
  give(): undefined {
    return undefined;
  }

  /** Null: it is to begin, or to begin anew. */
  rest(): StatePiece | null {
    if (!this.begun) return null;
    const stack = [...this.stack.subarray(0, this.length * Slot.size)];
    const states = Buffer.from(this.states.values().buffer).toString('base64');
    const apart = this.symmetry?.apart ?? 0;
    return { stack, states, trusted: this.trusted, ...(apart === 0 ? {} : { apart }) };
  }

  /** Another one runs the search in this one's place. */
  follow(other: StateSearch): void {
    this.states = other.states;
    this.trusted = other.trusted;
    this.symmetry = other.symmetry;
  }

  progress(): Progress {
    return this.estimate.progress(this.states.size);
  }

  probe(seed: number): Strategy {
    return new StateProbe(seed, this.estimate, new Histories(), this.merges);
  }

  /** A choice not met in this place before; false if nothing new can come of it. */
  private push(at: number, enabled: number, current: number, machine: Machine): boolean {
    if (at === this.stack.length) this.grow();
    const { stack } = this;
    const asleep = this.depth === 0 ? 0 : stack[at - Slot.size + Slot.asleepAfter]!;
    if (this.histories.forgetful !== 0) this.look(machine);
    const { symmetry } = this;
    symmetry?.take(machine);
    symmetry?.look(machine);
    if (!this.meet(machine)) return false;
    let open = enabled & ~asleep;
    if (symmetry !== undefined && this.merges) {
      open = symmetry.distinct(enabled & ~symmetry.widened(asleep, enabled));
    }
    if (open === 0) return false;
    stack[at + Slot.open] = open;
    stack[at + Slot.asleep] = asleep;
    const goesOn = current >= 0 && (open & (1 << current)) !== 0;
    stack[at + Slot.chosen] = goesOn ? current : firstOf(open);
    this.length = this.depth + 1;
    this.settle(at, machine);
    return true;
  }

  private grow(): void {
    const larger = new Int32Array(this.stack.length * 2);
    larger.set(this.stack);
    this.stack = larger;
  }

  /** Somebody has forgotten something. */
  private look(machine: Machine): void {
    this.trusted = this.limitedTo.checkForget === undefined;
    this.forgetting.look(machine, this.histories);
  }

  /** Whether the present state was not met before. */
  private meet(machine: Machine): boolean {
    const { symmetry, histories } = this;
    const exchanges = symmetry !== undefined && this.merges;
    return this.states.add(exchanges ? symmetry.key(machine) : stateOf(machine, histories));
  }

  /** Some agent has looked at who it is: what was merged with others' states may have to be met. */
  private beginAnew(symmetry: Symmetry): void {
    this.states = new NumberSet(this.limitedTo.statesMax);
    this.estimate = new StateEstimate();
    this.length = 0;
    this.begun = false;
    this.beginnings++;
    symmetry.begin();
  }

  /** Notes the chosen operation, and who stays asleep after it. */
  private settle(at: number, machine: Machine): void {
    const { stack } = this;
    const chosen = stack[at + Slot.chosen]!;
    stack[at + Slot.kind] = machine.pendingKind[chosen]!;
    stack[at + Slot.object] = machine.pendingObject[chosen]!;
    let asleep = stack[at + Slot.asleep]!;
    if (this.symmetry !== undefined && this.merges) {
      this.symmetry.take(machine);
      asleep = this.symmetry.widened(asleep, machine.enabled) & ~(1 << chosen);
    }
    let after = 0;
    for (let left = asleep; left !== 0; left &= left - 1) {
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
    const { stack, depth } = this;
    const agent = stack[at + Slot.chosen]!;
    requirePending(
      machine,
      enabled,
      depth,
      agent,
      stack[at + Slot.kind]!,
      stack[at + Slot.object]!,
    );
  }
}
