import type { Access } from './last-accesses.ts';
import { knows, type VectorClock } from './vector-clock.ts';

/** An assertion that nobody else writes, or accesses, some bytes meanwhile. */
export interface ExclusiveAssertion {
  readonly access: Access;
  readonly word: number;
  readonly start: number;
  readonly end: number;
  /** Whether nobody else may even read. */
  readonly againstReads: boolean;
  /** Its last tick; Infinity while its scope is open. */
  until: number;
}

/** The assertions of a trace: the last of each agent about the same bytes, and all open scopes. */
export class ExclusiveAssertions {
  private readonly byWord = new Map<number, ExclusiveAssertion[]>();

  get isEmpty(): boolean {
    return this.byWord.size === 0;
  }

  add(assertion: ExclusiveAssertion): void {
    const list = this.byWord.get(assertion.word) ?? [];
    // One that is over stands behind a later one of the same agent.
    const kept = list.filter((other) => other.until === Infinity || !isSame(other, assertion));
    this.byWord.set(assertion.word, [...kept, assertion]);
  }

  /** Ends the innermost open scope of an agent about these bytes. */
  close(word: number, agent: number, againstReads: boolean, tick: number): void {
    const open = this.byWord
      .get(word)
      ?.findLast(
        (one) =>
          one.until === Infinity && one.access.agent === agent && one.againstReads === againstReads,
      );
    if (open !== undefined) open.until = tick;
  }

  /** Calls `visit` for each assertion that an access of another agent breaks. */
  broken(
    access: { word: number; start: number; end: number; agent: number; writes: boolean },
    clock: VectorClock,
    visit: (assertion: ExclusiveAssertion) => void,
  ): void {
    for (const one of this.byWord.get(access.word) ?? []) {
      const { agent } = one.access;
      if (agent === access.agent || (!access.writes && !one.againstReads)) continue;
      if (one.start >= access.end || access.start >= one.end) continue;
      if (one.until === Infinity || !knows(clock, agent, one.until)) visit(one);
    }
  }
}

function isSame(one: ExclusiveAssertion, other: ExclusiveAssertion): boolean {
  return (
    one.access.agent === other.access.agent &&
    one.start === other.start &&
    one.end === other.end &&
    one.againstReads === other.againstReads
  );
}
