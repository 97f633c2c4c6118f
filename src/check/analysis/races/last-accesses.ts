import type { HeldEntry } from '../trace-state.ts';
import { knows, type VectorClock } from './vector-clock.ts';

/** One access, as far as a report needs it. Whoever keeps one keeps a copy. */
export interface Access {
  agent: number;
  tick: number;
  line: number;
  place: number;
  in: string;
  held: readonly HeldEntry[];
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

/**
 * The last accesses of one sort to some bytes: one, as long as each was ordered after the one
 * before (FastTrack's epoch), the last of each agent otherwise (its vector).
 */
export class LastAccesses {
  /** The only one; undefined: none, or several. */
  only: Access | undefined;
  /** By agent. */
  private several: (Access | undefined)[] | undefined;

  clone(): LastAccesses {
    const copy = new LastAccesses();
    if (this.only !== undefined) copy.only = copyOf(this.only);
    copy.several = this.several?.map((access) => access && copyOf(access));
    return copy;
  }

  /** Whether it is plain that none is unordered: the short way, for nearly all accesses. */
  allKnown(agent: number, clock: VectorClock): boolean {
    const { only } = this;
    if (only === undefined) return this.several === undefined;
    return only.agent === agent || knows(clock, only.agent, only.tick);
  }

  clear(): void {
    this.only = undefined;
    this.several = undefined;
  }

  /** Takes an access as the only one: all before it are ordered before it. */
  replace(access: Access): void {
    if (this.only === undefined) this.only = copyOf(access);
    else overwrite(this.only, access);
    this.several = undefined;
  }

  /** Adds an access of an agent that knows what its clock says. */
  add(access: Access, clock: VectorClock): void {
    const { only } = this;
    if (this.several !== undefined) {
      const own = this.several[access.agent];
      if (own === undefined) this.several[access.agent] = copyOf(access);
      else overwrite(own, access);
    } else if (only === undefined) {
      this.only = copyOf(access);
    } else if (only.agent === access.agent || knows(clock, only.agent, only.tick)) {
      overwrite(only, access);
    } else {
      this.several = [];
      this.several[only.agent] = only;
      this.several[access.agent] = copyOf(access);
      this.only = undefined;
    }
  }

  /** Calls `visit` for each access of another agent that this clock does not know of. */
  unordered(agent: number, clock: VectorClock, visit: (access: Access) => void): boolean {
    const { only } = this;
    if (only !== undefined) {
      if (only.agent === agent || knows(clock, only.agent, only.tick)) return false;
      visit(only);
      return true;
    }
    if (this.several === undefined) return false;
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
