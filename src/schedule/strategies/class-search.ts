import { Kind } from '../../program/kinds.ts';
import type { Machine } from '../../execute/machine.ts';
import { firstOf, type ExecutionOutcome } from '../../execute/strategy.ts';
import { ClassEvents } from './classes/class-events.ts';
import { type Equivalence } from './classes/compared-words.ts';
import {
  childOf,
  ClassNode,
  frozenKey,
  keyOf,
  type Barred,
  type Child,
  type NodeSort,
} from './classes/class-node.ts';
import {
  nodeOf,
  plainHead,
  plainNode,
  type ClassNews,
  type ClassPiece,
  type ClassShare,
} from './classes/class-piece.ts';
import { Growth, isWord } from './classes/growth.ts';
import { isBarred, noteRetries, pick, Rank, rankOf, waiting } from './classes/whose-turn.ts';
import { requirePending } from './dfs.ts';
import type { PieceStrategy } from './division.ts';

const nobody: Barred = { agents: 0, bars: [] };

/** A part of the search that another one has divided. */
interface Part {
  readonly piece: ClassPiece;
  /** Tells what concerns others; false: the search has begun anew, and this is no part of it. */
  readonly tell: (news: ClassNews) => boolean;
}

/**
 * Exploration of one execution for each *class*, which may hold many Mazurkiewicz traces: those in
 * which each read reads the same write (`reads-from`), or follows the same writes (`observers`:
 * Aronis, Jonsson, Lång, Sagonas, "Optimal dynamic partial order reduction with observers", TACAS
 * 2018). The order of all other operations that do not commute counts as ever.
 *
 * The search is a tree of choices (`ClassNode`). Each answer to a choice adds the whole past of the
 * event that the choice is about, so that a class has one answer at each choice, and no class is
 * run twice. Answers are found in executions of other answers: what came after the event there
 * could come before it (`WordChildren`, `LockChildren`). An answer is run in an order of its
 * events in which all reads read what they are to read (`Linearizer`).
 *
 * Where an operation that can go may later have to wait for ever (a `waitUntil` whose word changes
 * back, a writer among readers that never leave, a drain), "it never goes on" is tried as an
 * answer, and may turn out to be none; `blocked` counts such executions.
 */
export class ClassSearch implements PieceStrategy {
  readonly name = 'dpor';
  readonly everyStep = true;
  readonly repeats = false;
  readonly goesOn = true;
  readonly missesStates = true;
  readonly options: { readonly equivalence: Equivalence };
  /** True once every class has been run. */
  exhausted = false;
  /** Executions given up, or run in vain. */
  blocked = 0;
  beginnings = 1;
  private readonly equivalence: Equivalence;
  private readonly nodes: ClassNode[] = [];
  private growth: Growth | undefined;
  private begun = false;
  private agents = 0;
  private depth = 0;
  private child: Child | undefined;
  /** The choice that the present execution answers anew. */
  private fresh = -1;
  private barred: Barred = nobody;
  /** The same events once more, in other orders. */
  private again: Child[] = [];
  /** The present execution is one of those for its end. */
  private forEnd = false;
  /** Whether executions that end with other words are to be told apart. */
  private watchesEnd = false;

  private readonly part: Part | undefined;
  /** Choices that are not the part's alone. */
  private floor = 0;
  /** What others have learned makes the part none of the search. */
  private isVoid = false;

  /** @param part - what is to be run; default: the whole search */
  constructor(equivalence: Equivalence, part?: Part) {
    this.equivalence = equivalence;
    this.options = { equivalence };
    this.part = part;
    const child = part?.piece.begin.child;
    if (part === undefined || child === undefined) return;
    const { above, begin } = part.piece;
    this.child = child;
    this.barred = child.barred;
    this.floor = above.length;
    this.fresh = begin.sort === 'answer' ? this.floor - 1 : this.floor;
    this.forEnd = begin.sort === 'end';
  }

  begin(_execution: number, agents: number): boolean {
    this.agents = agents;
    this.depth = 0;
    this.growth?.events.begin();
    if (this.isVoid) return false;
    if (!this.begun) {
      this.begun = true;
      return true;
    }
    const again = this.again.pop();
    if (again !== undefined) {
      this.child = again;
      this.fresh = this.nodes.length;
      return true;
    }
    this.forEnd = false;
    this.exhausted = !this.backtrack();
    return !this.exhausted;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const growth = this.growth ?? this.prepare(machine);
    const { events } = growth;
    const { child } = this;
    const at = this.depth;
    if (child !== undefined && at < child.agents.length) {
      const agent = child.agents[at]!;
      requirePending(machine, enabled, this.depth, agent, child.kinds[at]!, child.objects[at]!);
      events.push(machine, agent);
      if (events.words.learned) return -1;
      this.depth++;
      if (this.depth === child.agents.length) this.arrive(events, child);
      return agent;
    }
    const agent = pick(events, machine, enabled, current, this.barred);
    if (agent < 0) return this.giveUp(growth);
    const rank = rankOf(events, machine, agent);
    if (rank !== Rank.free) this.branch(growth, rank, agent);
    events.push(machine, agent);
    if (events.words.learned) return -1;
    if (rank !== Rank.free) {
      const node = this.nodes[this.nodes.length - 1]!;
      node.enter(keyOf(events, node.counts, { counts: events.counts, scratch: [] }));
    }
    this.depth++;
    return agent;
  }

  end({ end }: ExecutionOutcome): void {
    const { growth, part } = this;
    if (growth === undefined) return;
    const { words } = growth.events;
    noteRetries(growth.events, growth.machine);
    if (part === undefined && words.learned) this.beginAnew(growth.events);
    if (!words.learned && !this.forEnd) this.learn(growth, end);
    words.learned = false;
    if (part !== undefined) this.isVoid = !this.tell(growth.events, part);
  }

  /** What the execution that has ended adds. */
  private learn(growth: Growth, end: ExecutionOutcome['end']): void {
    if (end === 'stalled') this.stand(growth);
    const { nodes, fresh } = this;
    for (const [at, node] of nodes.entries()) {
      growth.grow(node, at < fresh ? nodes[fresh]?.counts : node.counts, this.barred);
    }
    if (!this.watchesEnd || end === 'abandoned' || end === 'cutOff') return;
    const { events, machine, ends } = growth;
    this.again = ends
      .others(machine.memory, waiting(events, machine))
      .map((order) => this.repeat(events, order));
    this.forEnd = true;
  }

  /** Tells what concerns others, and whether the part is still one of the search. */
  private tell({ words }: ClassEvents, { tell }: Part): boolean {
    const answers: ClassNews['answers'][number][] = [];
    for (const [depth, node] of this.nodes.slice(0, this.floor).entries()) {
      for (const child of node.pending) answers.push({ depth, child });
      node.pending = [];
    }
    const news = words.takeNews();
    if (news === undefined && answers.length === 0) return true;
    return tell({ words: news, answers });
  }

  /** Of the shallowest choice that has any, all answers that are still to be run. */
  give(): ClassShare | undefined {
    const { nodes, floor } = this;
    const at = nodes.findIndex((node, depth) => depth >= floor && node.pending.length > 0);
    if (at < 0 || this.isVoid) return undefined;
    const share = this.share(at + 1, []);
    nodes[at]!.pending = [];
    this.floor = at + 1;
    return share;
  }

  rest(): ClassShare | undefined {
    const { nodes, again } = this;
    if (this.isVoid || this.growth === undefined) return undefined;
    const none = again.length === 0 && nodes.every(({ pending }) => pending.length === 0);
    return none ? undefined : this.share(nodes.length, again);
  }

  /** The choices from the floor to an end, and orders that are to be run below. */
  private share(end: number, orders: readonly Child[]): ClassShare {
    const { nodes, floor, forEnd } = this;
    const { footprints } = this.growth!.events;
    return {
      head: plainHead(nodes[floor - 1]?.head),
      nodes: nodes.slice(floor, end).map((node) => {
        return { ...plainNode(node, footprints), pending: node.pending };
      }),
      orders,
      ordersSort: forEnd ? 'end' : 'order',
    };
  }

  /** Words are ordered that were not known for it: nothing of what was run counts. */
  private beginAnew(events: ClassEvents): void {
    this.begun = false;
    this.nodes.length = 0;
    this.again = [];
    this.child = undefined;
    this.fresh = -1;
    this.barred = nobody;
    this.forEnd = false;
    this.blocked = 0;
    this.beginnings++;
    events.words.takeNews();
  }

  watchEnd(): void {
    this.watchesEnd = true;
  }

  /** Up to what a complete search is complete. */
  get limits(): string {
    const what =
      this.equivalence === 'observers' ? 'writes before each read' : 'write of each read';
    return ` as to deadlocks, failures and invariants, once for each ${what} and order of locks`;
  }

  private repeat(events: ClassEvents, order: readonly number[]): Child {
    return childOf(events, '', order, undefined, this.barred);
  }

  private prepare(machine: Machine): Growth {
    const piece = this.part?.piece;
    const events = new ClassEvents(this.equivalence, machine.memory, this.agents, piece?.words);
    this.growth = new Growth(events, machine);
    for (const node of piece?.above ?? []) this.nodes.push(nodeOf(node, events.footprints));
    return this.growth;
  }

  private backtrack(): boolean {
    const { nodes } = this;
    while (nodes.length > this.floor) {
      const node = nodes[nodes.length - 1]!;
      const child = node.pending.pop();
      if (child !== undefined) {
        node.head = child.head;
        this.child = child;
        this.barred = child.barred;
        this.fresh = nodes.length - 1;
        return true;
      }
      nodes.pop();
    }
    return false;
  }

  /** The child's events have been run: they must be what it says. */
  private arrive(events: ClassEvents, child: Child): void {
    if (child.head === undefined) return;
    const node = this.nodes[this.nodes.length - 1]!;
    const key = keyOf(events, node.counts, { counts: events.counts, scratch: [] });
    if (key !== child.key) {
      throw new Error(`[internal] a class came to ${key} in place of ${child.key}`);
    }
  }

  private branch({ events, words, machine }: Growth, rank: number, agent: number): void {
    const doing = events.pending(machine, agent);
    const sort: NodeSort =
      rank === Rank.wait ? 'wait' : rank === Rank.view || rank === Rank.drain ? 'view' : 'first';
    const counts = Int32Array.from(events.counts);
    const node = new ClassNode({ sort, counts, doing, barred: this.barred });
    node.head = doing;
    this.nodes.push(node);
    if (isWord(events, doing)) words.begin(node);
  }

  /** Nobody who may go can go. */
  private giveUp(growth: Growth): number {
    this.blocked++;
    const waits = this.nodes.filter((node) => node.sort === 'wait' && node.head === undefined);
    const order = waits.length === 0 ? undefined : growth.words.restAll(waits);
    if (order !== undefined) this.again = [this.repeat(growth.events, order)];
    else this.stand(growth);
    return -1;
  }

  /** Who waits for a value to the end might have found it in another order. */
  private stand(growth: Growth): void {
    const { events, machine } = growth;
    for (let left = machine.alive; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const doing = events.pending(machine, agent);
      if (doing.kind !== Kind.waitUntil || !isWord(events, doing)) continue;
      if (isBarred(events, machine, agent, this.barred)) continue;
      const { agents, bars } = this.barred;
      this.branch(growth, Rank.wait, agent);
      const node = this.nodes[this.nodes.length - 1]!;
      node.head = undefined;
      node.enter(frozenKey);
      this.barred = { agents: agents | (1 << agent), bars };
    }
  }
}
