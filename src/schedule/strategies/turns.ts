import type { Machine } from '../../execute/machine.ts';
import { looksAt } from '../../execute/reads-from.ts';
import { Random } from '../../execute/random.ts';
import { firstOf, type Strategy } from '../../execute/strategy.ts';
import { agentCountMax } from '../../program/layout.ts';
import { Access, accessOf } from '../../program/operation-table.ts';

/** How long turns are. */
interface Rule {
  /** Whether what an agent has done last, or what it is at, is one of those that are counted. */
  readonly counts: (last: number, next: number) => boolean;
  /** How many of them end the turn of this number, from 0. */
  readonly length: (turn: number) => number;
}

/** Steps after which every turn ends: an agent that goes round and round must let others go. */
const turnStepsMax = 64;

const always = (): boolean => true;
/** Before a change: what the agent is about to change is old by the time it does. */
const changes = (_last: number, next: number): boolean =>
  accessOf[next] === Access.write || accessOf[next] === Access.share;
/** After a change that looked at nothing, as stores and releases are: others see what is half. */
const published = (last: number): boolean => changes(0, last) && looksAt[last] === 0;

/** After a look: what the agent has seen is old by the time it goes by it. */
const looked = (last: number): boolean => looksAt[last] !== 0;

/** 1, 1, 2, 2, 3, 3, ... */
const slowly = (turn: number): number => 1 + (turn >> 1);
/** 1, 2, 1, 4, 1, 2, 1, 8, ...: the largest power of two in the turn's number, from 1. */
const ruler = (turn: number): number => (turn + 1) & -(turn + 1);

const rules = {
  growing: { counts: always, length: (turn) => turn + 1 },
  beforeChanges: { counts: changes, length: () => 1 },
  afterChanges: { counts: published, length: slowly },
  mixed: { counts: always, length: ruler },
  afterLooks: { counts: looked, length: slowly },
} satisfies Readonly<Record<string, Rule>>;

const ruleList: readonly Rule[] = Object.values(rules);

/** Which of so many agents begins, and whether the next number follows or the one before. */
interface Opening {
  readonly rule: Rule;
  readonly first: (agents: number) => number;
  readonly by: 1 | -1;
}

const lowest = (): number => 0;
const highest = (agents: number): number => agents - 1;
const lastButOne = (agents: number): number => Math.max(0, agents - 2);

const growing: Opening = { rule: rules.growing, first: highest, by: -1 };
const mixed: Opening = { rule: rules.mixed, first: lastButOne, by: -1 };
const beforeChanges: Opening = { rule: rules.beforeChanges, first: lowest, by: 1 };
const afterChanges: Opening = { rule: rules.afterChanges, first: lowest, by: -1 };
const afterLooks: Opening = { rule: rules.afterLooks, first: lowest, by: 1 };

/** Where an agent begins at a lock, or with another operation that both looks and changes. */
const atLocks: readonly Opening[] = [growing, mixed, beforeChanges, afterChanges, afterLooks];
/** Where all begin with loads and stores: what they see is what matters first. */
const atWords: readonly Opening[] = [afterLooks, beforeChanges, mixed, growing, afterChanges];

/**
 * Agents take turns in an order, and what ends a turn is a rule: a number of steps, of changes
 * that the agent is about to make or has made, or of looks that it has had. Short turns leave
 * others in the middle of what they do, long ones let them come far; as nobody knows which a bug
 * needs, lengths grow, or short ones come often and long ones seldom (as in the sequence of M.
 * Luby, A. Sinclair, D. Zuckerman, "Optimal speedup of Las Vegas algorithms", 1993, for the same
 * lack of knowledge).
 *
 * The first executions are the same for all seeds: each rule once, in orders of the agents that
 * differ; then the rules come in turns, in orders drawn by the seed. Which rule comes when, and
 * begins with whom, was chosen with the programs of `bench -- bugs` in view; `shuffled` there has
 * the agents in other orders.
 */
export class Turns implements Strategy {
  readonly name = 'turns';
  readonly everyStep = true;
  readonly repeats = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();
  /** The agents in their order, and where each stands in it. */
  private readonly order = new Int32Array(agentCountMax);
  private readonly place = new Int32Array(agentCountMax);
  private agents = 0;
  private execution = 0;
  private rule: Rule = rules.growing;
  /** The number of the present turn, what of it is left, and the steps that it has had. */
  private turn = 0;
  private left = 0;
  private steps = 0;
  /** What was done last. */
  private last = 0;

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  begin(execution: number, agents: number): boolean {
    this.agents = agents;
    this.execution = execution;
    this.turn = -1;
    this.last = 0;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    if (this.turn < 0) this.open(machine);
    const goesOn = current >= 0 && (enabled & (1 << current)) !== 0;
    const chosen =
      goesOn && !this.isOver(machine.pendingKind[current]!) ? current : this.next(enabled, current);
    this.steps++;
    this.last = machine.pendingKind[chosen]!;
    return chosen;
  }

  end(): void {
    // Nothing is learned.
  }

  private open({ pendingKind }: Machine): void {
    const { agents, execution, order } = this;
    let locks = false;
    for (let agent = 0; agent < agents; agent++) {
      const kind = pendingKind[agent]!;
      if (looksAt[kind] !== 0 && accessOf[kind]! >= Access.share) locks = true;
    }
    const opening = (locks ? atLocks : atWords)[execution];
    this.rule = opening?.rule ?? ruleList[execution % ruleList.length]!;
    if (opening === undefined) this.shuffle(execution);
    else this.line(opening);
    for (let at = 0; at < agents; at++) this.place[order[at]!] = at;
  }

  private line({ first, by }: Opening): void {
    const { order, agents } = this;
    for (let at = 0; at < agents; at++) order[at] = (first(agents) + by * at + agents) % agents;
  }

  private shuffle(execution: number): void {
    const { order, random, agents } = this;
    random.seed(this.options.seed, execution);
    for (let at = 0; at < agents; at++) {
      const other = random.below(at + 1);
      order[at] = order[other]!;
      order[other] = at;
    }
  }

  /** Whether the turn of the agent, which is at an operation of this kind, is over. */
  private isOver(next: number): boolean {
    if (this.rule.counts(this.last, next)) this.left--;
    return this.left <= 0 || this.steps >= turnStepsMax || accessOf[next] === Access.none;
  }

  /** The next agent in the order begins a turn. */
  private next(enabled: number, current: number): number {
    this.left = this.rule.length(++this.turn);
    this.steps = 0;
    const from = current < 0 ? 0 : this.place[current]! + 1;
    for (let at = from; at < from + this.agents; at++) {
      const agent = this.order[at % this.agents]!;
      if ((enabled & (1 << agent)) !== 0) return agent;
    }
    return firstOf(enabled);
  }
}
