import type { HeldLock, Party } from '../check/finding.ts';
import { Mode } from '../check/held-locks.ts';
import { placesOf, placeText } from '../trace/places.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { inversionText } from './inversion-text.ts';
import { scheduleText } from './schedule-text.ts';
import { column, plainStyle, type Style } from './style.ts';

export interface ReportOptions {
  readonly style?: Style;
  /** What a reader types to see it again. */
  readonly replay?: string;
}

/**
 * A finding for a reader: what broke, which agents and where, the shortest schedule, the replay
 * command, a hint (in this order).
 */
export function findingText(record: FindingRecord, options: ReportOptions = {}): string {
  const style = options.style ?? plainStyle;
  const { finding, fingerprint, origin, occurrences, steps, preemptions } = record;
  const paint = finding.level === 'guarded' ? style.yellow : style.red;
  const lines = [
    style.bold(paint(finding.title)),
    style.dim(
      `${finding.kind}, ${finding.level} · fingerprint ${fingerprint} · met in ${occurrences} ` +
        `${occurrences === 1 ? 'execution' : 'executions'}, first in number ${origin.execution} of ` +
        `${origin.strategy} with seed ${origin.seed}`,
    ),
    '',
  ];
  if (finding.kind === 'lock-inversion') lines.push(...inversionText(record));
  else lines.push(...finding.parties.flatMap((party) => partyText(record, party)));
  if (finding.alsoStuck !== undefined && finding.alsoStuck.length > 0) {
    lines.push('', 'These are stuck with them:');
    lines.push(...finding.alsoStuck.flatMap((party) => partyText(record, party)));
  }
  const count = steps.agents.length;
  const switches = `${preemptions} ${preemptions === 1 ? 'preemption' : 'preemptions'}`;
  lines.push(
    '',
    `How it comes to this (${count} steps, ${switches}):`,
    ...scheduleText(record, style),
  );
  if (options.replay !== undefined) lines.push('', `Replay it: ${style.bold(options.replay)}`);
  if (finding.hint !== undefined) lines.push('', `Hint: ${finding.hint}`);
  return lines.join('\n');
}

/** Who did what, where, holding which locks. */
function partyText(record: FindingRecord, party: Party): string[] {
  const { subject, details } = record;
  const width = Math.max(...subject.agentNames.map((name) => name.length)) + 2;
  const name = column(subject.agentNames[party.agent] ?? '?', width);
  const object = party.object === 0 ? '' : ` ${subject.name(party.object)}`;
  const mode = party.mode === Mode.write || party.mode < 0 ? '' : ' for reading';
  const places = placesOf(details.stacks[party.event]);
  const first = places[0];
  const at = first === undefined ? '' : `, at ${placeText(first)} in ${first.function}`;
  const lines = [`  ${name}${party.action}${object}${mode}${at}`];
  const callers = places.slice(1, 6).map((place) => place.function);
  if (callers.length > 0) lines.push(`  ${column('', width)}  called by ${callers.join(' <- ')}`);
  const held = party.held.length > 0 ? party.held : (details.held[party.event] ?? []);
  for (const lock of held) lines.push(`  ${column('', width)}  holding ${heldText(record, lock)}`);
  if (held.length === 0) lines.push(`  ${column('', width)}  holding no lock`);
  return lines;
}

/** A held lock, how, and where it was taken. */
export function heldText(record: FindingRecord, lock: HeldLock): string {
  const mode = lock.mode === Mode.write ? '' : ' for reading';
  const place = placesOf(record.details.stacks[lock.event])[0];
  const at = place === undefined ? '' : `, taken at ${placeText(place)} in ${place.function}`;
  return `${record.subject.name(lock.object)}${mode}${at}`;
}
