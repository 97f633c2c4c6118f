import { initialCode, Role, type ClassEvents } from './class-events.ts';

/** A word whose last write must be this one (a code) when all is done. */
export interface Final {
  readonly object: number;
  readonly code: number;
}

/** What a search for an order is to order. */
export interface Ideal {
  /** How many events of each agent. */
  readonly counts: Int32Array;
  /** Scratch events among them. */
  readonly scratch: readonly number[];
  readonly finals?: readonly Final[];
}

/** How far a search has come: events of each agent, and each word's last write. */
interface Front {
  readonly done: Int32Array;
  readonly last: Map<number, number>;
  readonly order: number[];
}

/**
 * An order of events in which each reads what its view says, or none: sequential consistency of a
 * reads-from relation. It is NP-hard in general; here the search goes through sets of events (how
 * far each agent has come), of which there are at most as many as the product of the agents'
 * lengths, and branches only where a write that is read might come too early.
 */
export class Linearizer {
  private readonly events: ClassEvents;
  private ideal: Ideal = { counts: new Int32Array(0), scratch: [] };
  /** The reads of each word. */
  private readonly readers = new Map<number, number[]>();
  private readonly finals = new Map<number, number>();
  private readonly met = new Set<string>();
  private total = 0;

  constructor(events: ClassEvents) {
    this.events = events;
  }

  /** The events in such an order; undefined if there is none. */
  order(ideal: Ideal): number[] | undefined {
    this.ideal = ideal;
    this.readers.clear();
    this.finals.clear();
    this.met.clear();
    this.total = 0;
    for (const { object, code } of ideal.finals ?? []) {
      if (this.finals.has(object) && this.finals.get(object) !== code) return undefined;
      this.finals.set(object, code);
    }
    const { counts } = ideal;
    for (let agent = 0; agent < counts.length; agent++) {
      this.total += counts[agent]!;
      for (let index = 0; index < counts[agent]!; index++) this.note(this.at(agent, index));
    }
    return this.search({ done: new Int32Array(counts.length), last: new Map(), order: [] });
  }

  private note(id: number): void {
    const { role, object } = this.events;
    if ((role[id]! & Role.reads) === 0) return;
    const known = this.readers.get(object[id]!);
    if (known === undefined) this.readers.set(object[id]!, [id]);
    else known.push(id);
  }

  private at(agent: number, index: number): number {
    const { events, ideal } = this;
    for (const id of ideal.scratch) {
      if (events.agent[id] === agent && events.index[id] === index) return id;
    }
    return events.idOf(agent, index);
  }

  private search(front: Front): number[] | undefined {
    const open = this.advance(front);
    if (front.order.length === this.total) return this.endsWell(front) ? front.order : undefined;
    if (open.length === 0) return undefined;
    const key = front.done.join();
    if (this.met.has(key)) return undefined;
    this.met.add(key);
    for (const id of open) {
      const next = {
        done: Int32Array.from(front.done),
        last: new Map(front.last),
        order: [...front.order],
      };
      this.take(next, id);
      const found = this.search(next);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Takes all that can do no harm; what is left are writes that somebody reads. */
  private advance(front: Front): number[] {
    const { counts } = this.ideal;
    for (;;) {
      let moved = false;
      const open: number[] = [];
      for (let agent = 0; agent < counts.length; agent++) {
        while (front.done[agent]! < counts[agent]!) {
          const id = this.at(agent, front.done[agent]!);
          if (!this.mayGo(front, id)) break;
          if (this.matters(id)) {
            open.push(id);
            break;
          }
          this.take(front, id);
          moved = true;
        }
      }
      if (!moved) return open;
    }
  }

  private take(front: Front, id: number): void {
    const { events } = this;
    const agent = events.agent[id]!;
    front.done[agent] = front.done[agent]! + 1;
    front.order.push(id);
    if ((events.role[id]! & Role.writes) !== 0) {
      front.last.set(events.object[id]!, events.codeOf(id));
    }
  }

  private mayGo(front: Front, id: number): boolean {
    const { events } = this;
    const { views, width, role, object, source } = events;
    const own = events.agent[id]!;
    for (let agent = 0, at = id * width; agent < width; agent++) {
      if (agent !== own && front.done[agent]! < views[at + agent]!) return false;
    }
    const what = role[id]!;
    if (what === 0) return true;
    const last = front.last.get(object[id]!) ?? initialCode;
    if ((what & Role.reads) !== 0 && source[id] !== last) return false;
    return (what & Role.writes) === 0 || this.mayWrite(front, id, last);
  }

  /** Whoever is to read before the write has done so. */
  private mayWrite(front: Front, id: number, last: number): boolean {
    const { events } = this;
    const { agent, index, views, width, source, object } = events;
    if (last !== initialCode && this.finals.get(object[id]!) === last) return false;
    const all = events.equivalence === 'observers';
    for (const reader of this.readers.get(object[id]!) ?? []) {
      if (reader === id || front.done[agent[reader]!]! > index[reader]!) continue;
      if (source[reader] === last) return false;
      if (!all || agent[reader] === agent[id]) continue;
      if (views[reader * width + agent[id]!]! <= index[id]!) return false;
    }
    return true;
  }

  /** Whether a write is read, so that nobody may write after it for a while. */
  private matters(id: number): boolean {
    const { events } = this;
    const what = events.role[id]!;
    // One that reads, too, comes right after what it reads: there is no choice.
    if ((what & Role.writes) === 0 || (what & Role.reads) !== 0) return false;
    const code = events.codeOf(id);
    const object = events.object[id]!;
    if (this.finals.get(object) === code) return true;
    for (const reader of this.readers.get(object) ?? []) {
      if (events.source[reader] === code) return true;
    }
    return false;
  }

  private endsWell(front: Front): boolean {
    for (const [object, code] of this.finals) {
      if ((front.last.get(object) ?? initialCode) !== code) return false;
    }
    return true;
  }
}
