import { Kind } from '../program/kinds.ts';
import { notGranted, operationTable } from '../program/operation-table.ts';
import { placeText } from '../trace/places.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { accessText, isAccess } from './access-text.ts';
import { sitesOf } from './sites.ts';
import { column, type Style } from './style.ts';

/** Steps that are shown at the most; of longer schedules the middle is left out. */
const shownMax = 80;
const textWidthMax = 48;

/** What `Atomics.wait` comes to, by the result. */
const waitResults = ['not equal', 'ok', 'timed out'];
const waits: Readonly<Record<number, readonly string[]>> = {
  [Kind.futexWait]: waitResults,
  [Kind.futexTimedWait]: waitResults,
  [Kind.futexWake]: waitResults,
  [Kind.futexTimedWake]: waitResults,
  [Kind.futexEnqueue]: ['not equal', 'queued'],
};

/** One line of the schedule. */
interface Row {
  readonly agent: number;
  readonly text: string;
  readonly place: string;
  /** From 1; 0 for what is no step: a wait, an end. */
  readonly step: number;
}

/**
 * The schedule, one operation a line: step, agent (where another one goes on), operation, place.
 */
export function scheduleText(record: FindingRecord, style: Style): string[] {
  const names = record.subject.agentNames;
  const rows = rowsOf(record);
  const nameWidth = Math.max(...names.map((name) => name.length)) + 2;
  const textWidth = Math.min(
    textWidthMax,
    Math.max(20, ...rows.map(({ text }) => text.length)) + 2,
  );
  const lines: string[] = [];
  let before = -1;
  for (const [at, row] of rows.entries()) {
    if (rows.length > shownMax && at >= shownMax / 2 && at < rows.length - shownMax / 2) {
      const hidden = `        ... ${rows.length - shownMax} more ...`;
      if (at === shownMax / 2) lines.push(style.dim(hidden));
      before = -1;
      continue;
    }
    const number = (row.step === 0 ? '' : String(row.step)).padStart(4);
    const name = column(row.agent === before ? '' : names[row.agent]!, nameWidth);
    before = row.agent;
    const text = column(row.text, textWidth);
    lines.push(`  ${number}  ${name}${text}${style.dim(row.place)}`.trimEnd());
  }
  return lines;
}

/** All steps up to the finding, with the waits and the ends in between. */
function rowsOf(record: FindingRecord): Row[] {
  const { log } = record.details;
  const rows: Row[] = [];
  let step = 0;
  for (let event = 0; event <= record.finding.event && event < log.length; event++) {
    const kind = log.kind(event);
    const { visible } = operationTable[kind]!;
    if (visible) step++;
    else if (kind !== Kind.wait && kind !== Kind.exit) continue;
    const place = kind === Kind.exit ? undefined : sitesOf(record, event)[0];
    rows.push({
      agent: log.agent(event),
      text: operationText(record, event),
      place: place === undefined ? '' : `${placeText(place)} ${place.function}`,
      step: visible ? step : 0,
    });
  }
  return rows;
}

/** What an event was, and what came of it. */
export function operationText(record: FindingRecord, event: number): string {
  const { subject, details } = record;
  const kind = details.log.kind(event);
  const object = details.log.object(event);
  const name = object === 0 ? '' : ` ${subject.name(object)}`;
  if (kind === Kind.wait) return `waits for${name === '' ? ' a change' : name}`;
  if (kind === Kind.exit) return 'ends';
  if (isAccess(kind)) return accessText(record, event);
  return `${operationTable[kind]!.name}${name}${outcome(record, event)}`;
}

function outcome(record: FindingRecord, event: number): string {
  const { log } = record.details;
  const kind = log.kind(event);
  const result = log.result(event);
  if (result === notGranted && operationTable[kind]!.followUp !== Kind.none) return ': queued';
  if (operationTable[kind]!.truth) return result === 1 ? ': yes' : ': no';
  if (kind === Kind.futexNotify) return `: wakes ${result === 0 ? 'nobody' : result}`;
  if (waits[kind] !== undefined) return `: ${waits[kind][result]}`;
  if (kind === Kind.read || kind === Kind.load) return ` = ${result}`;
  if (kind === Kind.write || kind === Kind.store) return ` := ${log.argument(event)}`;
  return '';
}
