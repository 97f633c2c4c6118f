import { Role, type ClassEvents } from './class-events.ts';
import type { Doing } from './doing.ts';
import type { Ideal } from './linearize.ts';

/** An operation that waits until its object has been shared once more than so often. */
export interface Bar {
  readonly object: number;
  readonly shares: number;
  /** The agent whose operation it is; -1: that of anybody who would change the object. */
  readonly agent: number;
}

/** Who may not go on in a part of the search: agents for good, others for a time. */
export interface Barred {
  readonly agents: number;
  readonly bars: readonly Bar[];
}

/** The event that a choice is about, as it is in some execution. */
export interface Head {
  readonly agent: number;
  readonly index: number;
}

/** One answer to a choice: the events that it needs, in an order in which they can be run. */
export interface Child {
  readonly key: string;
  readonly agents: readonly number[];
  readonly kinds: readonly number[];
  readonly objects: readonly number[];
  /** Undefined: the agent that the choice is about never goes on. */
  readonly head: Head | undefined;
  readonly barred: Barred;
}

/**
 * What a choice is about.
 *
 * - `view`: what the operation observes; it can always be performed, some time.
 * - `first`: which of the operations that change the object is the next one.
 * - `wait`: what a `waitUntil` observes, or that it waits for ever.
 */
export type NodeSort = 'view' | 'first' | 'wait';

/**
 * A choice. Before it lies a set of events with their views, and each class of executions that has
 * these has exactly one of its children: what the operation's past adds to the set.
 */
export class ClassNode {
  readonly sort: NodeSort;
  /** How many events of each agent lie before it. */
  readonly counts: Int32Array;
  readonly doing: Doing;
  readonly barred: Barred;
  /** Children that are still to be explored. */
  pending: Child[] = [];
  /** The child that is being explored. */
  head: Head | undefined;
  /** Of all children that it has had. */
  readonly keys: Set<string>;

  constructor(
    { sort, counts, doing, barred }: Pick<ClassNode, 'sort' | 'counts' | 'doing' | 'barred'>,
    keys: readonly string[] = [],
  ) {
    this.sort = sort;
    this.counts = counts;
    this.doing = doing;
    this.barred = barred;
    this.keys = new Set(keys);
  }

  /** Whether there was no such child yet; now there is. */
  claim(key: string): boolean {
    const before = this.keys.size;
    this.keys.add(key);
    return this.keys.size > before;
  }

  /** This child is being explored. */
  enter(key: string): void {
    if (!this.claim(key)) this.pending = this.pending.filter((child) => child.key !== key);
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }
}

/** The key of a child that leaves its agent where it is for ever. */
export const frozenKey = 'never';

/** What a set of events adds to those before a choice: the same in every execution. */
export function keyOf(events: ClassEvents, from: Int32Array, ideal: Ideal): string {
  const { width, role, source, views, equivalence } = events;
  let text = '';
  for (let agent = 0; agent < width; agent++) {
    if (ideal.counts[agent] === from[agent]) continue;
    text += `|${agent}`;
    for (let index = from[agent]!; index < ideal.counts[agent]!; index++) {
      let id = ideal.scratch.find((one) => {
        return events.agent[one] === agent && events.index[one] === index;
      });
      id ??= events.idOf(agent, index);
      const what = role[id]!;
      text += ',';
      if ((what & Role.reads) !== 0) text += source[id];
      if (what !== 0 && equivalence === 'reads-from') continue;
      for (let other = 0; other < width; other++) {
        if (other !== agent) text += `.${views[id * width + other]}`;
      }
    }
  }
  return text;
}

/** The child that an order of events is. */
export function childOf(
  events: ClassEvents,
  key: string,
  order: readonly number[],
  head: Head | undefined,
  barred: Barred,
): Child {
  return {
    key,
    agents: order.map((id) => events.agent[id]!),
    kinds: order.map((id) => events.kind[id]!),
    objects: order.map((id) => events.object[id]!),
    head,
    barred,
  };
}

/** The larger count of each agent, in the first. */
export function widen(counts: Int32Array, by: Int32Array, at = 0): void {
  for (let agent = 0; agent < counts.length; agent++) {
    if (by[at + agent]! > counts[agent]!) counts[agent] = by[at + agent]!;
  }
}
