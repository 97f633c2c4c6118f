/**
 * What a checker says is wrong. Numbers refer to the subject; `report/` turns a finding into text.
 */
import type { FindingKind } from '../program/finding-kinds.ts';

/**
 * How sure it is. `happened`: it is in this execution. `predicted`: a correct reordering of this
 * execution reaches it. `possible`: the order rule is broken, nothing more is known. `guarded`: the
 * order rule is broken, but a common outer lock keeps the agents apart.
 *
 * @public
 */
export type Level = 'happened' | 'predicted' | 'possible' | 'guarded';

/** A lock that an agent holds. @public */
export interface HeldLock {
  readonly object: number;
  /** 0 for writing, 1 for reading, 2 for reading that may overtake queued writers. */
  readonly mode: number;
  /** The event at which it was taken. */
  readonly event: number;
}

/** One side of a finding: an agent, what it did or wants, and what it held. @public */
export interface Party {
  readonly agent: number;
  /** The event at which it did so; -1 if unknown. */
  readonly event: number;
  /** What it did, as a verb: reads, writes, acquires, waits for. */
  readonly action: string;
  readonly object: number;
  /** As in {@link HeldLock}; -1 where there is none. */
  readonly mode: number;
  readonly held: readonly HeldLock[];
  /** For an edge of a lock cycle: the held lock from which the edge starts. */
  readonly from?: HeldLock;
}

/** What is wrong. @public */
export interface Finding {
  readonly kind: FindingKind;
  readonly level: Level;
  /** One line, without anything that depends on the schedule. */
  readonly title: string;
  /** Equal for the same finding in another execution, as far as can be told without stacks. */
  readonly key: string;
  /** The event at which it became true; the schedule up to there shows it. */
  readonly event: number;
  readonly parties: readonly Party[];
  /** Locks that keep the agents apart, for the level `guarded`. */
  readonly guards?: readonly number[];
  /** Agents that cannot move either, though they are not part of it. */
  readonly alsoStuck?: readonly Party[];
  /** More that a reader wants to know. */
  readonly hint?: string;
  /** Where an exception came from. */
  readonly stack?: string;
}

export type { FindingKind } from '../program/finding-kinds.ts';
