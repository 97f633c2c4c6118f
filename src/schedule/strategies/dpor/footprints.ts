import { Access, accessesCommute } from '../../../program/operation-table.ts';
import type { TurnRead } from '../../../execute/retry-loops.ts';

/**
 * The access of a `retry`, which follows a change of anything that was read in its turn. In place
 * of an object it has the number of its set of reads.
 */
export const turnAccess = 5;

/** How many accesses there are. */
export const accesses = 6;

const clashing = Uint8Array.from({ length: accesses * accesses }, (_, pair) => {
  const one = Math.floor(pair / accesses);
  const other = pair % accesses;
  return one < turnAccess && other < turnAccess && !accessesCommute(one, other) ? 1 : 0;
});

/** Whether two accesses to one object do not commute; no retries. */
export function accessesClash(one: number, other: number): boolean {
  return clashing[one * accesses + other] !== 0;
}

/**
 * Which steps depend on each other. What a step touched is three numbers: the first and the last
 * word (the same one, but for a region that comes or goes) and the access; the access is that of
 * the step's outcome, so that a failed compare-exchange, for one, is a read.
 */
export class Footprints {
  private readonly turns: (readonly TurnRead[])[] = [];
  private readonly known = new Map<string, number>();

  /** The number of a set of reads. */
  turn(reads: readonly TurnRead[]): number {
    const key = reads.map(({ object, writesOnly }) => `${object}${writesOnly ? 'w' : ''}`).join();
    let number = this.known.get(key);
    if (number === undefined) {
      number = this.turns.length;
      this.turns.push(reads);
      this.known.set(key, number);
    }
    return number;
  }

  /** The set of reads of a number. */
  readsOf(turn: number): readonly TurnRead[] {
    return this.turns[turn]!;
  }

  /** Whether two steps of different agents do not commute. */
  clash(
    object: number,
    last: number,
    access: number,
    otherObject: number,
    otherLast: number,
    otherAccess: number,
  ): boolean {
    if (access === turnAccess || otherAccess === turnAccess) {
      if (access === otherAccess) return false;
      return access === turnAccess
        ? this.changes(object, otherObject, otherLast, otherAccess)
        : this.changes(otherObject, object, last, access);
    }
    return (
      clashing[access * accesses + otherAccess] !== 0 && object <= otherLast && otherObject <= last
    );
  }

  /** Whether a step changes something that was read in the turn. */
  private changes(turn: number, object: number, last: number, access: number): boolean {
    if (access !== Access.share && access !== Access.write) return false;
    return this.turns[turn]!.some(
      (read) =>
        object <= read.object &&
        read.object <= last &&
        (access === Access.write || !read.writesOnly),
    );
  }
}
