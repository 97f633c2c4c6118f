import type { ExpectedFinding, Variant } from '../program/scenario.ts';
import type { FindingRecord } from './finding-record.ts';

/** How what was found compares with what a variant declares. @public */
export interface Verdict {
  /** Nothing is missing and nothing is unexpected. */
  readonly asExpected: boolean;
  /** Declared in `shows`, and not found. */
  readonly missing: readonly ExpectedFinding[];
  /** Found, and declared in neither `shows` nor `allows`. A guarded inversion never is one. */
  readonly unexpected: readonly FindingRecord[];
}

/**
 * Compares findings with what a variant declares.
 *
 * @param records - all findings of the variant, in whatever form they were met
 * @public
 */
export function judge(variant: Variant, records: readonly FindingRecord[]): Verdict {
  const shows = variant.shows ?? [];
  const declared = [...shows, ...(variant.allows ?? [])];
  const missing = shows.filter((expected) => !records.some((record) => matches(expected, record)));
  const unexpected = records.filter(
    (record) =>
      record.finding.level !== 'guarded' && !declared.some((expected) => matches(expected, record)),
  );
  return { asExpected: missing.length === 0 && unexpected.length === 0, missing, unexpected };
}

/**
 * Whether a finding is what was declared: of that kind and level, and speaking of all those names.
 */
export function matches(expected: ExpectedFinding, record: FindingRecord): boolean {
  const { finding, subject } = record;
  if (finding.kind !== expected.kind) return false;
  if (expected.level !== undefined && finding.level !== expected.level) return false;
  const names = [finding.title, ...(finding.guards ?? []).map((guard) => subject.name(guard))];
  for (const party of finding.parties) {
    names.push(subject.agentNames[party.agent]!, subject.name(party.object));
    names.push(subject.className(party.object));
    if (party.from !== undefined) {
      names.push(subject.name(party.from.object), subject.className(party.from.object));
    }
  }
  return (expected.about ?? []).every((about) => names.some((name) => name.includes(about)));
}

/** A declared finding for a reader: "deadlock (happened) about firmware, udev". */
export function expectedText(expected: ExpectedFinding): string {
  const level = expected.level === undefined ? '' : ` (${expected.level})`;
  const about = expected.about === undefined ? '' : ` about ${expected.about.join(', ')}`;
  return `${expected.kind}${level}${about}`;
}
