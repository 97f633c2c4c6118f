import { Kind } from '../../program/kinds.ts';
import type { Machine } from '../../execute/machine.ts';
import { firstOf, type ExecutionOutcome, type Strategy } from '../../execute/strategy.ts';
import { ClassEvents, Role } from './classes/class-events.ts';
import { type Equivalence } from './classes/compared-words.ts';
import type { Doing } from './classes/doing.ts';
import {
  childOf,
  ClassNode,
  frozenKey,
  keyOf,
  type Barred,
  type Child,
  type NodeSort,
} from './classes/class-node.ts';
import { FinalWords } from './classes/final-words.ts';
import { Linearizer } from './classes/linearize.ts';
import { LockChildren } from './classes/lock-children.ts';
import { isBarred, noteRetries, pick, Rank, rankOf, waiting } from './classes/whose-turn.ts';
import { WordChildren } from './classes/word-children.ts';
import { requirePending } from './dfs.ts';

const nobody: Barred = { agents: 0, bars: [] };

/** What lies in the parts that explore. */
interface Parts {
  readonly machine: Machine;
  readonly events: ClassEvents;
  readonly words: WordChildren;
  readonly locks: LockChildren;
  readonly ends: FinalWords;
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
export class ClassSearch implements Strategy {
  readonly name = 'dpor';
  readonly everyStep = true;
  readonly repeats = false;
  readonly goesOn = true;
  readonly missesStates = true;
  readonly options: { readonly equivalence: string };
  /** True once every class has been run. */
  exhausted = false;
  /** Executions given up, or run in vain. */
  blocked = 0;
  beginnings = 1;
  private readonly equivalence: Equivalence;
  private readonly nodes: ClassNode[] = [];
  private parts: Parts | undefined;
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

  constructor(equivalence: Equivalence) {
    this.equivalence = equivalence;
    this.options = { equivalence };
  }

  begin(_execution: number, agents: number): boolean {
    this.agents = agents;
    this.depth = 0;
    this.parts?.events.begin();
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
    const parts = this.parts ?? this.prepare(machine);
    const { child } = this;
    const at = this.depth;
    if (child !== undefined && at < child.agents.length) {
      const agent = child.agents[at]!;
      requirePending(machine, enabled, this.depth, agent, child.kinds[at]!, child.objects[at]!);
      parts.events.push(machine, agent);
      if (parts.events.words.learned) return -1;
      this.depth++;
      if (this.depth === child.agents.length) this.arrive(child);
      return agent;
    }
    const agent = pick(parts.events, machine, enabled, current, this.barred);
    if (agent < 0) return this.giveUp(parts);
    const rank = rankOf(parts.events, machine, agent);
    if (rank !== Rank.free) this.branch(parts, rank, agent);
    parts.events.push(machine, agent);
    if (parts.events.words.learned) return -1;
    if (rank !== Rank.free) {
      const node = this.nodes[this.nodes.length - 1]!;
      node.enter(keyOf(parts.events, node.counts, { counts: parts.events.counts, scratch: [] }));
    }
    this.depth++;
    return agent;
  }

  end({ end }: ExecutionOutcome): void {
    const { parts } = this;
    if (parts === undefined) return;
    noteRetries(parts.events, parts.machine);
    if (parts.events.words.learned) this.beginAnew(parts);
    else if (!this.forEnd) this.learn(parts, end);
  }

  /** What the execution that has ended adds. */
  private learn(parts: Parts, end: ExecutionOutcome['end']): void {
    if (end === 'stalled') this.stand(parts);
    for (const [at, node] of this.nodes.entries()) this.grow(parts, at, node);
    if (!this.watchesEnd || end === 'abandoned' || end === 'cutOff') return;
    const { events, machine, ends } = parts;
    this.again = ends
      .others(machine.memory, waiting(events, machine))
      .map((order) => this.repeat(events, order));
    this.forEnd = true;
  }

  /** Words are ordered that were not known for it: nothing of what was run counts. */
  private beginAnew({ events }: Parts): void {
    events.words.learned = false;
    this.begun = false;
    this.nodes.length = 0;
    this.again = [];
    this.child = undefined;
    this.fresh = -1;
    this.barred = nobody;
    this.forEnd = false;
    this.blocked = 0;
    this.beginnings++;
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

  private prepare(machine: Machine): Parts {
    const events = new ClassEvents(this.equivalence, machine.memory, this.agents);
    const linearizer = new Linearizer(events);
    this.parts = {
      machine,
      events,
      words: new WordChildren(events, linearizer),
      locks: new LockChildren(events),
      ends: new FinalWords(events, linearizer),
    };
    return this.parts;
  }

  private backtrack(): boolean {
    const { nodes } = this;
    for (let node = nodes[nodes.length - 1]; node !== undefined; node = nodes[nodes.length - 1]) {
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
  private arrive(child: Child): void {
    if (child.head === undefined) return;
    const { events } = this.parts!;
    const node = this.nodes[this.nodes.length - 1]!;
    const key = keyOf(events, node.counts, { counts: events.counts, scratch: [] });
    if (key !== child.key) {
      throw new Error(`[internal] a class came to ${key} in place of ${child.key}`);
    }
  }

  private branch({ events, words, machine }: Parts, rank: number, agent: number): void {
    const doing = events.pending(machine, agent);
    const sort: NodeSort =
      rank === Rank.wait ? 'wait' : rank === Rank.view || rank === Rank.drain ? 'view' : 'first';
    const node = new ClassNode(sort, Int32Array.from(events.counts), doing, this.barred);
    node.head = doing;
    this.nodes.push(node);
    if (isWord(events, doing)) words.begin(node);
  }

  /** Nobody who may go can go. */
  private giveUp(parts: Parts): number {
    this.blocked++;
    const waits = this.nodes.filter((node) => node.sort === 'wait' && node.head === undefined);
    const order = waits.length === 0 ? undefined : parts.words.restAll(waits);
    if (order !== undefined) this.again = [this.repeat(parts.events, order)];
    else this.stand(parts);
    return -1;
  }

  /** Who waits for a value to the end might have found it in another order. */
  private stand({ events, machine }: Parts): void {
    for (let left = machine.alive; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const doing = events.pending(machine, agent);
      if (doing.kind !== Kind.waitUntil || !isWord(events, doing)) continue;
      if (isBarred(events, machine, agent, this.barred)) continue;
      const { agents, bars } = this.barred;
      this.branch(this.parts!, Rank.wait, agent);
      const node = this.nodes[this.nodes.length - 1]!;
      node.head = undefined;
      node.enter(frozenKey);
      this.barred = { agents: agents | (1 << agent), bars };
    }
  }

  /** What this execution adds to the children of a choice. */
  private grow(parts: Parts, at: number, node: ClassNode): void {
    const { events, machine } = parts;
    const { doing } = node;
    const head = node.head === undefined ? -1 : events.idOf(node.head.agent, node.head.index);
    const known = at < this.fresh ? this.nodes[this.fresh]?.counts : node.counts;
    if (known !== undefined) {
      for (const id of this.around(events, doing)) {
        if (events.index[id]! < known[events.agent[id]!]! || id === head) continue;
        this.growBy(parts, node, head, id);
      }
    }
    for (let left = machine.alive; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const kind = machine.pendingKind[agent]!;
      const turns = kind === Kind.retry || doing.turn >= 0;
      if (kind === 0 || (!turns && machine.pendingObject[agent] !== doing.object)) continue;
      const pending = events.pending(machine, agent);
      if (turns && !meet(events.objectsOf(pending), events.objectsOf(doing))) continue;
      if (isBarred(events, machine, agent, this.barred)) continue;
      if (node.head === undefined && agent === doing.agent) continue;
      const id = events.sketch(0, pending);
      this.growBy(parts, node, head, id);
    }
    if (node.sort === 'wait') parts.words.freeze(node);
  }

  /** The events that have to do with an operation's objects, the last first. */
  private around(events: ClassEvents, doing: Doing): number[] {
    const { top, below } = events;
    const found: number[] = [];
    for (const object of new Set(events.objectsOf(doing))) {
      for (let id = top[object]!; id >= 0; id = below[id]!) found.push(id);
    }
    if (doing.turn >= 0) return found;
    for (const id of events.retries) {
      if (events.objectsOf(events.doing(id)).includes(doing.object)) found.push(id);
    }
    return found;
  }

  private growBy({ events, words, locks }: Parts, node: ClassNode, head: number, id: number): void {
    const { agent, index } = events;
    const mine = agent[id]!;
    if (index[id]! < node.counts[mine]!) return;
    if (head >= 0) {
      if (mine === agent[head] || events.follows(head, mine, index[id]!)) return;
      const previous = index[id] === 0 ? -1 : events.idOf(mine, index[id]! - 1);
      if (previous >= 0 && events.follows(previous, agent[head]!, index[head]!)) return;
    }
    if (!isWord(events, node.doing)) {
      if (head < 0) return;
      locks.defer(node, head, id);
      locks.before(node, head, id);
      return;
    }
    if (id >= events.length) return;
    if ((events.role[id]! & Role.writes) !== 0) {
      const dependent = head >= 0 && events.follows(id, agent[head]!, index[head]!);
      if (!dependent) words.readLater(node, head, id);
    }
    if (head < 0) return;
    const what = events.sketch(1, events.doing(id));
    words.overtake(node, head, what);
  }
}

function meet(some: readonly number[], others: readonly number[]): boolean {
  return some.some((object) => others.includes(object));
}

/** Whether an operation is compared by what it reads. */
function isWord(events: ClassEvents, { kind, object, argument }: Doing): boolean {
  return events.isWord(kind, object, argument);
}
