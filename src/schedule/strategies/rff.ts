import type { Machine } from '../../execute/machine.ts';
import { firstOf, type Strategy } from '../../execute/strategy.ts';
import { Access, accessOf } from '../../program/operation-table.ts';
import { agentCountMax } from '../../program/layout.ts';
import { Random } from '../../execute/random.ts';
import { looksAt } from '../../execute/reads-from.ts';

/** In place of an operation: the object as it was set up. */
const initial = -1;
/** The most wishes of one execution. */
const wishesMax = 4;
/** Draws of a wish that was not fulfilled in any execution yet. */
const draws = 4;
/** Operations remembered of each object, and pairs in all. */
const changesMax = 64;
const pairsMax = 1 << 20;

/** How an operation stands to the wishes of the execution. */
const Rank = { breaks: 0, indifferent: 1, fulfils: 2 } as const;

/** The last operation that changed an object, and all that ever did. */
interface Changes {
  last: number;
  readonly all: number[];
}

/**
 * Reads-from fuzzing (Wolff, Shi, Duck, Mathur, Roychoudhury, "Greybox fuzzing for concurrency
 * testing", ASPLOS 2024): an execution has one to four wishes, each that some operation finds its
 * object as some other one left it, or as it was set up. An operation waits for the one that it is
 * wished to follow; others that would change the object between the two wait, too; whoever fulfils
 * a wish goes at once. For the rest it is partial order sampling.
 *
 * Wishes are drawn among what executions have met, rather those that came true in none. Differs
 * from the paper: a lock counts as an object that is read and changed by whoever takes it; there
 * is no negative wish, and no corpus with a schedule of energies, as wishes are drawn anew.
 *
 * An operation is known by its agent and how many that agent performed before it.
 */
export class ReadsFromFuzzing implements Strategy {
  readonly name = 'rff';
  readonly everyStep = true;
  readonly repeats = true;
  readonly learns = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();
  /** As in partial order sampling. */
  private readonly priority = new Uint32Array(agentCountMax);
  private readonly steps = new Int32Array(agentCountMax);
  private readonly changes = new Map<number, Changes>();
  /** Objects of the operations met. */
  private readonly objects = new Map<number, number>();
  private readonly operations: number[] = [];
  /** Pairs that have come true, as `operation * 2^26 + followed + 1`. */
  private readonly pairs = new Set<number>();
  /** Which operation each is to follow. */
  private readonly wishes = new Map<number, number>();

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  /** Pairs of operations of which one has found its object as the other one left it. */
  get pairsMet(): number {
    return this.pairs.size;
  }

  begin(execution: number, agents: number): boolean {
    const { random } = this;
    random.seed(this.options.seed, execution);
    this.watchOne();
    for (let agent = 0; agent < agents; agent++) this.priority[agent] = random.next();
    this.wishes.clear();
    if (this.operations.length > 0) {
      for (let count = 1 + random.below(wishesMax); count > 0; count--) this.wish();
    }
    return true;
  }

  /** Somebody else makes an execution, and tells its steps by `note`. */
  watchOne(): void {
    this.steps.fill(0);
    for (const changes of this.changes.values()) changes.last = initial;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    const { priority, random } = this;
    let chosen = -1;
    let best: number = Rank.breaks;
    for (let left = enabled; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const rank = this.wishes.size === 0 ? Rank.indifferent : this.rank(agent, machine);
      if (chosen >= 0 && rank < best) continue;
      if (chosen >= 0 && rank === best && priority[agent]! <= priority[chosen]!) continue;
      chosen = agent;
      best = rank;
    }
    for (let left = machine.alive & ~(1 << chosen); left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (machine.dependent(chosen, agent)) priority[agent] = random.next();
    }
    priority[chosen] = random.next();
    this.note(chosen, machine);
    return chosen;
  }

  end(): void {
    // What is learned is learned on the way.
  }

  private wish(): void {
    const { random, operations } = this;
    for (let left = draws; left > 0; left--) {
      const operation = operations[random.next() % operations.length]!;
      const followed = this.draw(operation);
      if (left > 1 && this.pairs.has(pairOf(operation, followed))) continue;
      this.wishes.set(operation, followed);
      return;
    }
  }

  /** What an operation might follow: as often nobody as somebody. */
  private draw(operation: number): number {
    const { random } = this;
    if (random.below(2) === 0) return initial;
    const all = this.changes.get(this.objects.get(operation)!)?.all ?? [];
    for (let left = all.length === 0 ? 0 : draws; left > 0; left--) {
      const followed = all[random.below(all.length)]!;
      if (agentOf(followed) !== agentOf(operation)) return followed;
    }
    return initial;
  }

  private rank(agent: number, machine: Machine): number {
    const access = accessOf[machine.pendingKind[agent]!]!;
    if (access === Access.none) return Rank.indifferent;
    const object = machine.pendingObject[agent]!;
    const last = this.changes.get(object)?.last ?? initial;
    const wished = this.wishes.get(operationOf(agent, this.steps[agent]!));
    if (wished !== undefined) return wished === last ? Rank.fulfils : Rank.breaks;
    if (access === Access.read) return Rank.indifferent;
    for (const [operation, followed] of this.wishes) {
      if (followed !== last || this.objects.get(operation) !== object) continue;
      if (stepOf(operation) >= this.steps[agentOf(operation)]!) return Rank.breaks;
    }
    return Rank.indifferent;
  }

  /** The operation that the agent is at is the next one of its object. */
  note(agent: number, machine: Machine): void {
    const operation = operationOf(agent, this.steps[agent]!);
    this.steps[agent] = this.steps[agent]! + 1;
    const kind = machine.pendingKind[agent]!;
    const access = accessOf[kind]!;
    if (access === Access.none) return;
    this.wishes.delete(operation);
    const object = machine.pendingObject[agent]!;
    let changes = this.changes.get(object);
    if (changes === undefined) {
      changes = { last: initial, all: [] };
      this.changes.set(object, changes);
    }
    if (looksAt[kind] !== 0) this.meet(operation, object, changes.last);
    if (access === Access.read) return;
    changes.last = operation;
    const { all } = changes;
    if (all.length < changesMax && !all.includes(operation)) all.push(operation);
  }

  /** An operation has found its object as another one left it. */
  private meet(operation: number, object: number, followed: number): void {
    const pair = pairOf(operation, followed);
    if (this.pairs.has(pair) || this.pairs.size >= pairsMax) return;
    this.pairs.add(pair);
    if (this.objects.has(operation)) return;
    this.objects.set(operation, object);
    this.operations.push(operation);
  }
}

function operationOf(agent: number, step: number): number {
  return agent + step * agentCountMax;
}

function agentOf(operation: number): number {
  return operation % agentCountMax;
}

function stepOf(operation: number): number {
  return Math.floor(operation / agentCountMax);
}

function pairOf(operation: number, followed: number): number {
  return operation * 0x4000000 + followed + 1;
}
