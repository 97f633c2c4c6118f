import { knows, type VectorClock } from './vector-clock.ts';

/** A held lock with its mode. */
export interface HeldLockMode {
  readonly lock: number;
  readonly mode: number;
}

/** One access, as far as a report needs it. Whoever keeps one keeps a copy. */
export interface Access {
  agent: number;
  tick: number;
  line: number;
  place: number;
  in: string;
  held: readonly HeldLockMode[];
}

export function copyOf({ agent, tick, line, place, in: inside, held }: Access): Access {
  return { agent, tick, line, place, in: inside, held };
}

/** Overwrites an access, since to make another for each access of a trace would cost the most. */
function overwrite(kept: Access, access: Access): void {
  kept.agent = access.agent;
  kept.tick = access.tick;
  kept.line = access.line;
  kept.place = access.place;
  kept.in = access.in;
  kept.held = access.held;
}

const none: readonly HeldLockMode[] = [];

/**
 * The last accesses of one sort to some bytes: one, as long as each was ordered after the one
 * before (FastTrack's epoch), the last of each agent otherwise (its vector). The one is this
 * object itself: most words have no more, and another object for each would be far away in memory.
 */
export class LastAccesses implements Access {
  /** Of the only one; -1: there is none, or there are several. */
  agent = -1;
  tick = 0;
  line = 0;
  place = -1;
  in = '';
  held: readonly HeldLockMode[] = none;
  /** By agent. */
  private several: (Access | undefined)[] | undefined = undefined;

  clone(): LastAccesses {
    const copy = new LastAccesses();
    overwrite(copy, this);
    copy.several = this.several?.map((access) => access && copyOf(access));
    return copy;
  }

  /** Whether it is plain that none is unordered: the short way, for nearly all accesses. */
  allKnown(agent: number, clock: VectorClock): boolean {
    const only = this.agent;
    if (only === -1) return this.several === undefined;
    return only === agent || (only < clock.length && clock[only]! >= this.tick);
  }

  clear(): void {
    this.agent = -1;
    this.several = undefined;
  }

  /** Takes an access as the only one: all before it are ordered before it. */
  replace(access: Access): void {
    overwrite(this, access);
    this.several = undefined;
  }

  /** Adds one of several accesses that are in no order. */
  addOneOf(access: Access): void {
    this.agent = -1;
    (this.several ??= [])[access.agent] = access;
  }

  /** Adds an access of an agent that knows what its clock says. */
  add(access: Access, clock: VectorClock): void {
    if (this.several !== undefined) {
      const own = this.several[access.agent];
      if (own === undefined) this.several[access.agent] = copyOf(access);
      else overwrite(own, access);
    } else if (this.allKnown(access.agent, clock)) {
      overwrite(this, access);
    } else {
      this.several = [];
      this.several[this.agent] = copyOf(this);
      this.several[access.agent] = copyOf(access);
      this.agent = -1;
    }
  }

  /** Calls `visit` for each access of another agent that this clock does not know of. */
  unordered(agent: number, clock: VectorClock, visit: (access: Access) => void): boolean {
    if (this.several === undefined) {
      if (this.allKnown(agent, clock)) return false;
      visit(this);
      return true;
    }
    let any = false;
    for (const access of this.several) {
      if (access === undefined || access.agent === agent) continue;
      if (knows(clock, access.agent, access.tick)) continue;
      any = true;
      visit(access);
    }
    return any;
  }
}
