import { Kind } from '../../../program/kinds.ts';
import { RwAt } from '../../../program/layout.ts';
import { Access, accessOf, effectOf, enabledOf } from '../../../program/operation-table.ts';
import type { TurnRead } from '../../../execute/retry-loops.ts';
import type { ClassEvents } from './class-events.ts';
import type { Linearizer } from './linearize.ts';
import {
  childOf,
  frozenKey,
  keyOf,
  widen,
  type Barred,
  type ClassNode,
  type Head,
} from './class-node.ts';

/**
 * The children of choices about operations whose order counts: those on locks and everything else
 * but words. An operation that came later is had before the head, with as much of what lies
 * between them as does not depend on the head.
 */
export class LockChildren {
  private readonly events: ClassEvents;
  private readonly linearizer: Linearizer;
  private readonly memory: Int32Array;
  /** For each event: whether it depends on the head. */
  private above = new Uint8Array(128);

  constructor(events: ClassEvents, linearizer: Linearizer) {
    this.events = events;
    this.linearizer = linearizer;
    this.memory = Int32Array.from(events.initially);
  }

  /** `what` came after the head, or was never performed (scratch event 0). */
  before(node: ClassNode, head: number, what: number): void {
    const { events } = this;
    const { width, clocks, agent, index } = events;
    const pending = what >= events.length;
    const previous = index[what] === 0 ? -1 : events.idOf(agent[what]!, index[what]! - 1);
    this.mark(head);
    const headPast = Int32Array.from(node.counts);
    widen(headPast, clocks, head * width);
    headPast[agent[head]!] = index[head]!;
    for (const withHead of [false, true]) {
      for (const between of pending ? ['needed', 'all'] : ['needed', 'past', 'all']) {
        const counts = withHead ? Int32Array.from(headPast) : Int32Array.from(node.counts);
        if (previous >= 0) widen(counts, clocks, previous * width);
        if (between !== 'needed') this.addBetween(counts, head, what, between === 'past');
        if (counts[agent[what]!] !== index[what]) continue;
        this.put(node, head, what, counts);
      }
    }
  }

  /**
   * Users come before a writer of a lock whose readers do not queue behind writers, or before a
   * drain; or it never goes on, as they never leave. Then it waits until one more has come.
   */
  defer(node: ClassNode, head: number, what: number): void {
    const { events } = this;
    if (head < 0 || !this.isDeferrable(node) || node.has(frozenKey)) return;
    if (!comesIn(events.kind[what]!)) return;
    const counts = Int32Array.from(node.counts);
    const { index, agent, clocks, width } = events;
    if (index[what]! > 0) {
      widen(counts, clocks, events.idOf(agent[what]!, index[what]! - 1) * width);
    }
    const { object, kind } = node.doing;
    const drains = kind === Kind.drain;
    if (!drains && this.changesBeyond(node, counts)) return;
    if (!node.claim(frozenKey)) return;
    const { agents, bars } = node.barred;
    const shares = sharesOf(events, object, node.counts);
    const bar = { object, shares, agent: drains ? node.doing.agent : -1 };
    const barred: Barred = { agents, bars: [...bars, bar] };
    const order = this.orderOf(node.counts, []);
    node.pending.push(childOf(events, frozenKey, order, undefined, barred));
  }

  /** Whether users may come in while its operation could go, and keep it from going. */
  private isDeferrable({ doing }: ClassNode): boolean {
    if (doing.kind === Kind.drain) return true;
    const { initially } = this.events;
    return doing.kind === Kind.writeAcquire && initially[doing.object + RwAt.queues] === 0;
  }

  /** Whether somebody has shared the object beyond the choice. */
  private sharedBeyond({ doing, counts: before }: ClassNode, counts: Int32Array): boolean {
    return (
      sharesOf(this.events, doing.object, counts) > sharesOf(this.events, doing.object, before)
    );
  }

  /** Of what lies between the head and `what` all that does not depend on the head. */
  private addBetween(counts: Int32Array, head: number, what: number, past: boolean): void {
    const { events, above } = this;
    const { agent, index } = events;
    const end = Math.min(what, events.length);
    for (let id = 0; id < end; id++) {
      if (above[id] !== 0 || id === head) continue;
      if (past && !events.follows(what, agent[id]!, index[id]!)) continue;
      if (agent[id] === agent[what] && index[id]! >= index[what]!) continue;
      counts[agent[id]!] = Math.max(counts[agent[id]!]!, index[id]! + 1);
    }
  }

  private mark(head: number): void {
    const { events } = this;
    while (this.above.length < events.length + 2) {
      this.above = new Uint8Array(this.above.length * 2);
    }
    const { agent, index } = events;
    for (let id = 0; id < events.length; id++) {
      this.above[id] = events.follows(id, agent[head]!, index[head]!) ? 1 : 0;
    }
  }

  /** After these events `what`, and then the choice's operation if it is not first. */
  private put(node: ClassNode, head: number, what: number, counts: Int32Array): void {
    const { events, memory } = this;
    const { kind, agent, object, argument, argument2 } = events;
    this.restore(kind[what] === Kind.retry ? node.doing.object : object[what]!, counts);
    if (!this.mayGo(what, counts, -1)) return;
    const one = this.scratchOf(what);
    this.look(one, counts, -1);
    const changes = events.access[one] === Access.write;
    if (this.isDeferrable(node)) {
      if (events.access[one] === Access.share || this.sharedBeyond(node, counts)) return;
    }
    if (node.sort === 'first') {
      if (this.changesBeyond(node, counts)) return;
      if (changes) {
        this.add(node, [one], one);
        return;
      }
      const mine = node.doing.agent === agent[head] && node.doing.index === events.index[head];
      if (!mine) return;
    }
    effectOf[kind[one]!]!(memory, agent[one]!, object[one]!, argument[one]!, argument2[one]!);
    const two = events.sketch(1, node.doing);
    if (!this.mayGo(two, counts, one)) return;
    this.look(two, counts, one);
    if (events.views[two * events.width + agent[one]!]! <= events.index[one]!) return;
    this.add(node, [one, two], two);
  }

  /** Whether it can go after these events, and after another one. */
  private mayGo(id: number, counts: Int32Array, beside: number): boolean {
    const { kind, agent, object, argument, argument2 } = this.events;
    if (kind[id] === Kind.retry) return this.mayRetry(id, counts, beside);
    const enabled = enabledOf[kind[id]!];
    const { memory } = this;
    return (
      enabled === undefined ||
      enabled(memory, agent[id]!, object[id]!, argument[id]!, argument2[id]!)
    );
  }

  /** Whether something that a retry's turn has read has been changed since by somebody else. */
  private mayRetry(id: number, counts: Int32Array, beside: number): boolean {
    const { events } = this;
    const { agent, index, top, below } = events;
    const mine = agent[id]!;
    return events.footprints.readsOf(events.turn[id]!).some((read) => {
      const first = this.firstOf(id, read);
      if (beside >= 0 && changes(events, beside, read)) return true;
      for (let other = top[read.object]!; other >= 0; other = below[other]!) {
        const own = agent[other]!;
        if (own === mine || index[other]! >= counts[own]!) continue;
        if (changes(events, other, read) && !events.follows(first, own, index[other]!)) return true;
      }
      return false;
    });
  }

  /** The event with which a retry's turn has read this. */
  private firstOf(id: number, { object, writesOnly }: TurnRead): number {
    const { events } = this;
    const mine = events.agent[id]!;
    for (let at = events.began[id]!; at < events.index[id]!; at++) {
      const one = events.idOf(mine, at);
      const shares = accessOf[events.kind[one]!] === Access.share;
      if (events.object[one] === object && shares === writesOnly) return one;
    }
    throw new Error('[internal] a retry follows what its turn has not read');
  }

  private scratchOf(what: number): number {
    const { events } = this;
    return what >= events.length ? what : events.sketch(0, events.doing(what));
  }

  /** The view of a scratch event that comes after these events, and after another one. */
  private look(id: number, counts: Int32Array, beside: number): void {
    const { events } = this;
    const { access, agent, index, views, width, kind } = events;
    if (kind[id] !== Kind.retry) access[id] = events.accessIn(id, this.memory);
    const at = id * width;
    views.fill(0, at, at + width);
    events.see(id, counts);
    if (beside >= 0 && events.clash(beside, id)) views[at + agent[beside]!] = index[beside]! + 1;
    events.close(id, beside);
  }

  /** Whether the object is changed beyond the choice, or its agent has gone on. */
  private changesBeyond(node: ClassNode, counts: Int32Array): boolean {
    const { events } = this;
    const { agent, index, access, below, top } = events;
    const { doing } = node;
    if (counts[doing.agent]! > doing.index) return true;
    for (let id = top[doing.object]!; id >= 0; id = below[id]!) {
      const own = agent[id]!;
      if (access[id] !== Access.write || index[id]! >= counts[own]!) continue;
      if (index[id]! >= node.counts[own]!) return true;
    }
    return false;
  }

  /** The object's words after these events. */
  private restore(object: number, counts: Int32Array): void {
    const { events, memory } = this;
    const { agent, index, kind, argument, argument2, below, top } = events;
    memory.set(events.initially);
    const path: number[] = [];
    for (let id = top[object]!; id >= 0; id = below[id]!) {
      if (index[id]! < counts[agent[id]!]!) path.push(id);
    }
    for (const id of path.reverse()) {
      effectOf[kind[id]!]!(memory, agent[id]!, object, argument[id]!, argument2[id]!);
    }
  }

  /** The same in whatever execution it is asked for: what follows an answer depends on it. */
  private orderOf(counts: Int32Array, scratch: readonly number[]): number[] {
    const order = this.linearizer.order({ counts, scratch });
    if (order === undefined) throw new Error('[internal] an answer has no order');
    return order;
  }

  /** What the last of the scratch events needs, and they themselves, as a child. */
  private add(node: ClassNode, scratch: readonly number[], last: number): void {
    const { events } = this;
    const { agent, index, clocks, width } = events;
    const counts = Int32Array.from(node.counts);
    widen(counts, clocks, last * width);
    const own = agent[last]!;
    if (counts[own]! !== index[last]! + 1) return;
    if (node.doing.agent !== own && counts[node.doing.agent]! !== node.doing.index) return;
    const inside = scratch.filter((id) => index[id]! < counts[agent[id]!]!);
    const key = keyOf(events, node.counts, { counts, scratch: inside });
    if (!node.claim(key)) return;
    const order = this.orderOf(counts, inside);
    const head: Head = { agent: own, index: index[last]! };
    node.pending.push(childOf(events, key, order, head, node.barred));
  }
}

/** Whether an event changes what was read in a turn. */
function changes({ access, object }: ClassEvents, id: number, read: TurnRead): boolean {
  if (object[id] !== read.object) return false;
  return access[id] === Access.write || (access[id] === Access.share && !read.writesOnly);
}

function comesIn(kind: number): boolean {
  return kind === Kind.readAcquire || kind === Kind.readTryAcquire || kind === Kind.refTryAcquire;
}

/** Whether an operation of this kind may change its object so that others cannot go. */
export function mayChange(kind: number): boolean {
  return accessOf[kind] === Access.write;
}

/** How many events on an object share it: all, or those within these counts. */
export function sharesOf(
  events: ClassEvents,
  object: number,
  counts: Int32Array = events.counts,
): number {
  const { top, below, access, agent, index } = events;
  let shares = 0;
  for (let id = top[object]!; id >= 0; id = below[id]!) {
    if (access[id] === Access.share && index[id]! < counts[agent[id]!]!) shares++;
  }
  return shares;
}
