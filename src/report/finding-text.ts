import type { Finding, HeldLock, Party } from '../check/finding.ts';
import { Mode } from '../check/held-locks.ts';
import type { FindingRecord, Origin } from '../schedule/finding-record.ts';
import { accountOf, heldAt } from './account-text.ts';
import { confirmationText } from './confirmation-text.ts';
import { dependenceText } from './dependence-text.ts';
import { inversionText } from './inversion-text.ts';
import { scheduleText } from './schedule-text.ts';
import { atText, sitesIn, sitesOf, siteText } from './sites.ts';
import { column, plainStyle, type Style } from './style.ts';

/** How a report looks. @public */
export interface ReportOptions {
  /** Default: no colours. */
  readonly style?: Style;
  /** What a reader types to see it again. */
  readonly replay?: string;
}

/** Callers that are named of each place, at the most. */
const callersMax = 5;

/**
 * A finding for a reader: what broke, which agents and where, the shortest schedule, the replay
 * command, a hint (in this order).
 *
 * @public
 */
export function findingText(record: FindingRecord, options: ReportOptions = {}): string {
  const style = options.style ?? plainStyle;
  const { finding, steps, preemptions } = record;
  const paint = finding.level === 'guarded' ? style.yellow : style.red;
  const lines = [style.bold(paint(finding.title)), style.dim(originText(record)), ''];
  if (finding.kind === 'lock-inversion') lines.push(...inversionText(record));
  else lines.push(...finding.parties.flatMap((party) => partyText(record, party)));
  lines.push(...accountOf(record));
  if (finding.alsoStuck !== undefined && finding.alsoStuck.length > 0) {
    lines.push('', 'Stuck behind them:');
    lines.push(...finding.alsoStuck.flatMap((party) => partyText(record, party)));
  }
  const count = steps.agents.length;
  const size = `${count} ${count === 1 ? 'step' : 'steps'}`;
  const switches = `${preemptions} ${preemptions === 1 ? 'preemption' : 'preemptions'}`;
  if (count === 0) lines.push('', 'It comes to this before the first step.');
  else {
    lines.push('', `How it comes to this (${size}, ${switches}):`, ...scheduleText(record, style));
  }
  const dependence = dependenceText(record);
  if (dependence.length > 0) lines.push('', ...dependence);
  const { confirmation } = record;
  if (confirmation !== undefined) lines.push('', confirmationText(confirmation, record));
  if (options.replay !== undefined) lines.push('', `Replay it: ${style.bold(options.replay)}`);
  const hint = hintOf(finding);
  if (hint !== undefined) lines.push('', `Hint: ${hint}`);
  return lines.join('\n');
}

/** Kind, how sure, fingerprint, and where it was met first. */
function originText({ finding, fingerprint, origin, occurrences }: FindingRecord): string {
  const met = occurrences === 1 ? '' : `, met ${occurrences} times`;
  const what = `${finding.kind}, ${finding.level}`;
  return `${what} · fingerprint ${fingerprint} · ${firstMet(origin)}${met}`;
}

function firstMet({ strategy, seed, execution, predicted }: Origin): string {
  const of = strategy === 'threads' ? `iteration ${execution} on` : `execution ${execution} of`;
  if (predicted === true) return `predicted from ${of} ${strategy}, seed ${seed}`;
  if (strategy === 'replay') return 'replayed';
  if (strategy === 'threads') return `first in iteration ${execution} on threads, seed ${seed}`;
  return `first in execution ${execution} of ${strategy}, seed ${seed}`;
}

/** Who did what, where, holding which locks. */
function partyText(record: FindingRecord, party: Party): string[] {
  const { subject, finding } = record;
  const width = Math.max(...subject.agentNames.map((name) => name.length)) + 2;
  const name = subject.agentNames[party.agent] ?? '?';
  const object = party.object === 0 ? '' : ` ${subject.name(party.object)}`;
  const mode = party.mode === Mode.write || party.mode < 0 ? '' : ' for reading';
  // What threw knows its place better than the operation before it does.
  const thrown = sitesIn(finding.stack, name);
  const places = thrown.length > 0 ? thrown : sitesOf(record, party.event);
  const lines = [`  ${column(name, width)}${party.action}${object}${mode}${atText(places[0])}`];
  const indent = `  ${column('', width)}  `;
  const callers = places.slice(1, 1 + callersMax).map((place) => place.function);
  if (callers.length > 0) lines.push(`${indent}called by ${callers.join(' <- ')}`);
  const held = heldAt(record, party);
  for (const lock of held) lines.push(`${indent}holding ${heldText(record, lock)}`);
  if (held.length === 0) lines.push(`${indent}holding no lock`);
  return lines;
}

/** A held lock, how, and where it was taken. */
export function heldText(record: FindingRecord, lock: HeldLock): string {
  const mode = lock.mode === Mode.write ? '' : ' for reading';
  const taken = siteText(record, lock.event).replace(', at', ', taken at');
  return `${record.subject.name(lock.object)}${mode}${taken}`;
}

/** What the checker says, or what helps with every finding of the kind. */
function hintOf(finding: Finding): string | undefined {
  if (finding.hint !== undefined) return finding.hint;
  switch (finding.kind) {
    case 'deadlock':
      return finding.parties.length < 2
        ? 'Release the lock in `finally`, and do not ask for a lock that the agent holds already.'
        : 'Let all agents take these locks in one order, or hold one common lock around both.';
    case 'lock-inversion':
      return finding.level === 'guarded'
        ? 'Keep the guard on every path, or give both sides one order and do without it.'
        : 'Let both sides take the locks in one order, or hold one common lock around both.';
    case 'data-race':
      return 'Take one lock around both accesses, or make both atomic if any order will do.';
    case 'unguarded-access':
      return 'Take the lock that is declared beside the word, or declare what really keeps it.';
    case 'lock-rule-broken':
      return 'Let the lock go first, or take the locks in the order that is declared.';
    case 'use-after-remove':
      return 'Let the user hold what keeps the memory there, and the remover wait for it.';
    default:
      return undefined;
  }
}
