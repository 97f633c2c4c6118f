import type { HeldLock, Party } from '../check/finding.ts';
import { Mode } from '../check/held-locks.ts';
import { Kind } from '../program/kinds.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { operationText } from './schedule-text.ts';
import { siteText } from './sites.ts';

/** The locks that a party held, whether or not the checker knew them at the time. */
export function heldAt(record: FindingRecord, party: Party): readonly HeldLock[] {
  return party.held.length > 0 ? party.held : (record.details.held[party.event] ?? []);
}

/**
 * What there is to say on a finding beyond its parties: why the locks did not help, who removed.
 */
export function accountOf(record: FindingRecord): string[] {
  switch (record.finding.kind) {
    case 'data-race':
      return ['', ...raceText(record)];
    case 'use-after-remove':
      return ['', removalText(record)];
    case 'invariant-violated':
      return [brokenAtText(record)];
    default:
      return [];
  }
}

/** Which locks the two sides of a race have in common, and why that is not enough. */
function raceText(record: FindingRecord): string[] {
  const { subject, finding } = record;
  const [one, other] = finding.parties.map((party) => heldAt(record, party));
  if (one === undefined || other === undefined) return [];
  const lines: string[] = [];
  const common = one.filter((lock) => other.some(({ object }) => object === lock.object));
  for (const { object, mode } of common) {
    const modes = [mode, other.find((lock) => lock.object === object)!.mode];
    const readers = modes.every((each) => each !== Mode.write);
    lines.push(
      readers
        ? `  Both hold ${subject.name(object)}, but only for reading: readers are not kept apart.`
        : `  Both hold ${subject.name(object)}: was it initialised again, or released by another?`,
    );
  }
  if (common.length === 0) lines.push('  No lock is held by both.');
  for (const lock of one) {
    const name = subject.className(lock.object);
    const twin = other.find(
      ({ object }) => object !== lock.object && subject.className(object) === name,
    );
    if (twin === undefined) continue;
    const [first, second] = [subject.name(lock.object), subject.name(twin.object)];
    lines.push(`  ${first} and ${second} are two locks, though of one class (${name}).`);
  }
  const atomic = finding.parties.filter(({ action }) => action.endsWith('atomically'));
  if (atomic.length === 1) {
    lines.push('  One of the accesses is atomic; that orders nothing while the other is plain.');
  }
  return lines;
}

/** Who removed the memory, and where. */
function removalText(record: FindingRecord): string {
  const { subject, finding, details } = record;
  const { log } = details;
  const used = finding.parties[0]!.object;
  for (let event = finding.event - 1; event >= 0; event--) {
    const covers = log.object(event) <= used && used <= log.argument(event);
    if (log.kind(event) !== Kind.retire || !covers) continue;
    const who = subject.agentNames[log.agent(event)]!;
    return `  ${who} removed it before${siteText(record, event)}.`;
  }
  return '  It was not there from the start, and nobody has brought it in yet.';
}

/** The operation after which a condition no longer held. */
function brokenAtText(record: FindingRecord): string {
  const { subject, finding, details } = record;
  const { log } = details;
  const { event } = finding;
  if (event < 0 || event >= log.length || log.kind(event) === Kind.exit) {
    return '  It does not hold at the end, when every agent has ended.';
  }
  const who = subject.agentNames[log.agent(event)]!;
  const what = `${operationText(record, event)}${siteText(record, event)}`;
  return `  It no longer holds after ${who}: ${what}.`;
}
