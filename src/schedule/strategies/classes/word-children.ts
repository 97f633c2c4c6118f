import { Kind } from '../../../program/kinds.ts';
import { enabledOf } from '../../../program/operation-table.ts';
import { initialCode, Role, type ClassEvents } from './class-events.ts';
import type { Doing } from './doing.ts';
import { childOf, frozenKey, keyOf, widen, type Barred, type ClassNode } from './class-node.ts';
import type { Final, Ideal, Linearizer } from './linearize.ts';

const readsAndWrites: Readonly<Record<number, boolean>> = {
  [Kind.add]: true,
  [Kind.exchange]: true,
  [Kind.compareExchange]: true,
  [Kind.rmw]: true,
};

/**
 * The children of choices about what a word's operation reads: Abdulla, Atig, Jonsson, Lång, Ngo,
 * Sagonas, "Optimal stateless model checking for reads-from equivalence under sequential
 * consistency", OOPSLA 2019. A write that comes later makes a child of the choice in which its
 * reader had to be content with another one.
 */
export class WordChildren {
  private readonly events: ClassEvents;
  private readonly linearizer: Linearizer;

  constructor(events: ClassEvents, linearizer: Linearizer) {
    this.events = events;
    this.linearizer = linearizer;
  }

  /** What the operation can read of the events before the choice, which are all there are. */
  begin(node: ClassNode): void {
    const { events } = this;
    const writes = this.writesOf(node.doing.object);
    const all = events.equivalence === 'observers';
    for (const set of all ? this.setsOf(node.doing.agent, node.doing.index, writes) : [undefined]) {
      for (const source of [initialCode, ...writes.map((id) => events.codeOf(id))]) {
        const id = this.reader(node, source);
        if (id < 0) continue;
        if (set !== undefined) events.views.set(set, id * events.width);
        if (!this.isLast(id)) continue;
        this.add(node, [id]);
      }
    }
  }

  /**
   * A write that comes after the operation, in this execution, could be read instead. If the
   * operation is not there (-1), any of the writes before the choice may be, or not.
   */
  readLater(node: ClassNode, head: number, write: number): void {
    const { events } = this;
    const { views, width, clocks } = events;
    const { doing } = node;
    const past = clocks.subarray(write * width, (write + 1) * width);
    const all = events.equivalence === 'observers';
    let sets: Int32Array[] = [new Int32Array(width)];
    if (all && head >= 0) sets = [views.slice(head * width, (head + 1) * width)];
    else if (all)
      sets = this.setsOf(doing.agent, doing.index, this.writesOf(doing.object, node.counts));
    for (const set of sets) {
      widen(set, past);
      this.readAny(node, set, write);
    }
  }

  /**
   * The operation reads the write (which may be the scratch event 1), or with observers any other
   * one of those that it follows: the write is before it then all the same.
   */
  private readAny(node: ClassNode, past: Int32Array, write: number): void {
    const { events } = this;
    const { agent, index, views, width, value } = events;
    const all = events.equivalence === 'observers';
    const others = all ? this.writesOf(node.doing.object, past) : [];
    for (const from of [write, ...others.filter((id) => id !== write)]) {
      if (from !== write && events.codeOf(from) === events.codeOf(write)) continue;
      const id = this.reader(node, events.codeOf(from), value[from]!);
      if (id < 0) continue;
      if (all) this.seeAll(id, past);
      const at = id * width + agent[write]!;
      if (all) views[at] = Math.max(views[at]!, index[write]! + 1);
      if (all && !this.isLast(id)) continue;
      this.add(node, write < events.length ? [id] : [id, write]);
    }
  }

  /**
   * An operation that reads and writes comes after the head: it could come before it, reading
   * something else, and the head read what it writes. `what` is the scratch event 1 for it.
   */
  overtake(node: ClassNode, head: number, what: number): void {
    const { events } = this;
    const { kind, clocks, width, index, agent } = events;
    if (!readsAndWrites[kind[what]!]) return;
    const needed = Int32Array.from(node.counts);
    widen(needed, clocks, head * width);
    needed[agent[head]!] = index[head]!;
    if (index[what]! > 0)
      widen(needed, clocks, events.idOf(agent[what]!, index[what]! - 1) * width);
    if (needed[agent[what]!] !== index[what]) return;
    const writes = this.writesOf(node.doing.object, needed);
    const both = Role.reads | Role.writes;
    const all = events.equivalence === 'observers';
    if (all && writes.some((id) => (events.role[id]! & both) !== both)) {
      for (const set of this.setsOf(agent[what]!, index[what]!, writes)) {
        for (const source of [initialCode, ...writes.map((id) => events.codeOf(id))]) {
          this.overtakeBy(node, head, what, source, set);
        }
      }
    } else if ((events.role[head]! & both) === both) {
      const set = events.views.slice(head * width, (head + 1) * width);
      this.overtakeBy(node, head, what, events.source[head]!, set);
    }
  }

  private overtakeBy(
    node: ClassNode,
    head: number,
    what: number,
    source: number,
    set: Int32Array,
  ): void {
    const { events } = this;
    const { role, views, width, agent, clocks } = events;
    const all = events.equivalence === 'observers';
    events.source[what] = source;
    events.enact(what, events.found(events.object[head]!, source));
    if ((role[what]! & Role.writes) === 0) return;
    const at = what * width;
    views.set(set, at);
    views[at + agent[what]!] = 0;
    events.close(what);
    if (all) {
      this.seeAll(what, clocks.slice(at, at + width));
      if (!this.isLast(what)) return;
    }
    const past = Int32Array.from(clocks.subarray(at, at + width));
    if (all) widen(past, views, head * width);
    this.readAny(node, past, what);
  }

  /** The agent at a `waitUntil` never goes on, if the word can come to rest at such a value. */
  freeze(node: ClassNode): void {
    if (node.has(frozenKey)) return;
    const { events } = this;
    const { agent } = node.doing;
    const order = this.restOf(node);
    if (order === undefined || !node.claim(frozenKey)) return;
    const { agents, bars } = node.barred;
    const barred: Barred = { agents: agents | (1 << agent), bars };
    node.pending.push(childOf(events, frozenKey, order, undefined, barred));
  }

  /**
   * An order of the events before the choice, where its word can come to rest at a value that its
   * agent does not wait for: if possible one that ends with such a value; undefined: it cannot.
   */
  private restOf(node: ClassNode): number[] | undefined {
    const { events, linearizer } = this;
    const { agent, index, object } = node.doing;
    const { counts } = node;
    let later = false;
    const writes = this.writesOf(object);
    // Not in the order of this execution: others must come to the same.
    writes.sort((one, other) => events.codeOf(one) - events.codeOf(other));
    for (const write of writes) {
      if (this.holds(node, events.value[write]!)) continue;
      const before = index < events.counts[agent]! ? events.idOf(agent, index) : -1;
      if (before >= 0 && events.follows(write, agent, index)) continue;
      if (events.index[write]! >= counts[events.agent[write]!]!) {
        later = true;
        continue;
      }
      const finals = [{ object, code: events.codeOf(write) }];
      const order = linearizer.order({ counts, scratch: [], finals });
      if (order !== undefined) return order;
    }
    return later ? linearizer.order({ counts, scratch: [] }) : undefined;
  }

  /** An order of all events after which none of these waits could go on; undefined: none. */
  restAll(waits: readonly ClassNode[]): number[] | undefined {
    return this.rest(waits, 0, []);
  }

  private rest(waits: readonly ClassNode[], from: number, finals: Final[]): number[] | undefined {
    const { events } = this;
    const ideal: Ideal = { counts: events.counts, scratch: [], finals };
    if (from === waits.length) return this.linearizer.order(ideal);
    const wait = waits[from]!;
    for (const write of this.writesOf(wait.doing.object)) {
      if (this.holds(wait, events.value[write]!)) continue;
      const final = { object: wait.doing.object, code: events.codeOf(write) };
      const order = this.rest(waits, from + 1, [...finals, final]);
      if (order !== undefined) return order;
    }
    return undefined;
  }

  /** Events that write the word: all, or those within these counts. */
  private writesOf(object: number, counts = this.events.counts): number[] {
    const { below, role, top, agent, index } = this.events;
    const found: number[] = [];
    for (let id = top[object]!; id >= 0; id = below[id]!) {
      if ((role[id]! & Role.writes) !== 0 && index[id]! < counts[agent[id]!]!) found.push(id);
    }
    return found;
  }

  /** Which writes an operation may follow: for each agent, how many of its first ones. */
  private setsOf(mine: number, at: number, writes: readonly number[]): Int32Array[] {
    const { events } = this;
    const { width, agent, index, clocks } = events;
    let sets = [new Int32Array(width)];
    for (let other = 0; other < width; other++) {
      if (other === mine) continue;
      const counts = writes.filter((id) => agent[id] === other).map((id) => index[id]! + 1);
      const before = at === 0 ? -1 : events.idOf(mine, at - 1);
      const known = before < 0 ? 0 : clocks[before * width + other]!;
      const least = Math.max(0, ...counts.filter((count) => count <= known));
      const choices = [0, ...counts].filter((count) => count >= least);
      sets = sets.flatMap((set) =>
        choices.map((count) => {
          const next = Int32Array.from(set);
          next[other] = count;
          return next;
        }),
      );
    }
    return sets;
  }

  /** The scratch event 0: the choice's operation, where it reads this. -1: it would wait. */
  private reader(node: ClassNode, source: number, value?: number): number {
    const { events } = this;
    const { object } = node.doing;
    const found = value ?? events.found(object, source);
    if (node.sort === 'wait' && !this.holds(node, found)) return -1;
    const id = events.sketch(0, node.doing);
    events.source[id] = source;
    events.enact(id, found);
    if (source !== initialCode) {
      const agent = source % 32;
      events.views[id * events.width + agent] = Math.floor(source / 32) + 1;
    }
    return id;
  }

  private holds({ doing }: ClassNode, value: number): boolean {
    return holdsFor(doing, value);
  }

  /** Whether what it reads is the last write of its agent that it follows. */
  private isLast(id: number): boolean {
    const { source, views, width, agent } = this.events;
    const code = source[id]!;
    if (this.events.equivalence === 'reads-from') return true;
    const others = views.subarray(id * width, (id + 1) * width);
    if (code === initialCode) return others.every((count, i) => count === 0 || i === agent[id]);
    if (code % 32 === agent[id]) return true;
    return others[code % 32] === Math.floor(code / 32) + 1;
  }

  /** The operation observes all writes within these events. */
  private seeAll(id: number, counts: Int32Array): void {
    const { events } = this;
    const { agent, index, views, width } = events;
    for (const write of this.writesOf(events.object[id]!)) {
      const own = agent[write]!;
      if (own === agent[id] || index[write]! >= counts[own]!) continue;
      const at = id * width + own;
      views[at] = Math.max(views[at]!, index[write]! + 1);
    }
  }

  /** Whatever the scratch events need, and they themselves, as a child. */
  private add(node: ClassNode, scratch: readonly number[]): void {
    const { events } = this;
    const id = scratch[0]!;
    const own = events.agent[id]!;
    events.views[id * events.width + own] = 0;
    events.close(id, scratch[1]);
    const counts = Int32Array.from(node.counts);
    widen(counts, events.clocks, id * events.width);
    if (counts[own]! !== events.index[id]! + 1) return;
    const ideal = { counts, scratch };
    const key = keyOf(events, node.counts, ideal);
    if (node.has(key)) return;
    const order = this.linearizer.order(ideal);
    if (order === undefined || !node.claim(key)) return;
    const head = { agent: own, index: events.index[id]! };
    node.pending.push(childOf(events, key, order, head, node.barred));
  }
}

const oneWord = new Int32Array(1);

/** Whether a `waitUntil` may go on where its word is this. */
export function holdsFor({ agent, argument, argument2 }: Doing, value: number): boolean {
  oneWord[0] = value;
  return enabledOf[Kind.waitUntil]!(oneWord, agent, 0, argument, argument2);
}
