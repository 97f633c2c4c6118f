import type { Finding } from '../check/finding.ts';
import { fingerprintOf } from '../trace/fingerprint.ts';
import { placesOf } from '../trace/places.ts';
import type { Subject } from '../trace/subject.ts';
import type { Details } from '../execute/details.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { Dependence } from './orderings.ts';

/** Where a finding was met first. @public */
export interface Origin {
  /** The strategy's name, or `threads` or `replay`. */
  readonly strategy: string;
  readonly seed: number;
  /** Number of the execution, from 0. */
  readonly execution: number;
  /** Whether it was predicted from that execution, in which it did not happen. */
  readonly predicted?: boolean;
}

/** What became of a lock-order report (`confirm.ts`). @public */
export interface Confirmation {
  /**
   * `confirmed`: the deadlock was reached. `refuted`: no state of the program is that deadlock, all
   * were visited. `open`: the budget ended before that.
   */
  readonly outcome: 'confirmed' | 'refuted' | 'open';
  /** Executions that were run, those that were a part of another included. */
  readonly executions: number;
  /** Executions of them that an agent's exception ended: what lay behind it was not looked for. */
  readonly failed: number;
  /** For `confirmed`: the deadlock, with its schedule. */
  readonly deadlock?: FindingRecord;
}

/** A finding with all that a report and a schedule file need. @public */
export interface FindingRecord {
  readonly finding: Finding;
  /**
   * Stable: kind, level, lock classes or words, and functions; not the schedule, not line numbers.
   */
  readonly fingerprint: string;
  /** The schedule that shows it, minimised; ends where the finding becomes true. */
  readonly steps: RecordedSteps;
  /** Switches away from an agent that could have gone on and did not pause, sleep or retry. */
  readonly preemptions: number;
  /** Everything that happened when that schedule was replayed. */
  readonly details: Details;
  /** Names of the agents and objects that the numbers stand for. */
  readonly subject: Subject;
  readonly origin: Origin;
  /** Executions in which it was met. */
  occurrences: number;
  /** The few orderings that it depends on; undefined if they were not looked for, or not found. */
  dependence?: Dependence | undefined;
  /** Of a lock order that could deadlock: what a search for the deadlock came to. */
  confirmation?: Confirmation;
}

/** The fingerprint of a finding whose events have been replayed with their places. */
export function fingerprint(finding: Finding, subject: Subject, details: Details): string {
  const parties = finding.parties.map((party) => {
    // What an agent throws has a place of its own; the last event may be somebody else's.
    const place = placesOf(finding.stack ?? details.stacks[party.event])[0];
    const object = party.object === 0 ? '' : subject.className(party.object);
    return `${party.action} ${object} in ${place?.function ?? '?'}`;
  });
  const guards = (finding.guards ?? []).map((guard) => subject.name(guard));
  const title = finding.parties.length < 2 ? finding.title : '';
  return fingerprintOf([finding.kind, finding.level, title, ...parties.sort(), ...guards.sort()]);
}
