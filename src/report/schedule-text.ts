import { Kind } from '../program/kinds.ts';
import { notGranted, operationTable } from '../program/operation-table.ts';
import { placesOf, placeText } from '../trace/places.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { column, type Style } from './style.ts';

/** Steps that are shown at the most; of longer schedules the middle is left out. */
const shownMax = 80;

/**
 * The schedule, one operation a line: step, agent, operation, place; a rule where another agent
 * goes on.
 */
export function scheduleText(record: FindingRecord, style: Style): string[] {
  const { subject, details, finding } = record;
  const { log } = details;
  const nameWidth = Math.max(...subject.agentNames.map((name) => name.length)) + 2;
  const rows: { agent: number; text: string; place: string; step: number }[] = [];
  let step = 0;
  for (let event = 0; event <= finding.event && event < log.length; event++) {
    const kind = log.kind(event);
    const row = operationTable[kind]!;
    const waits = kind === Kind.wait;
    if (row.visible) step++;
    else if (!waits && kind !== Kind.exit) continue;
    const agent = log.agent(event);
    const name = log.object(event) === 0 ? '' : ` ${subject.name(log.object(event))}`;
    const place = placesOf(details.stacks[event])[0];
    const text = waits
      ? `waits for${name === '' ? ' a change' : name}`
      : `${row.name}${name}${outcome(record, event)}`;
    const where =
      place === undefined || kind === Kind.exit ? '' : `${placeText(place)} ${place.function}`;
    rows.push({ agent, text, place: where, step: row.visible ? step : 0 });
  }
  const textWidth = Math.min(48, Math.max(20, ...rows.map((row) => row.text.length)) + 2);
  const lines: string[] = [];
  let before = -1;
  for (const [at, row] of rows.entries()) {
    const hidden = rows.length > shownMax && at >= shownMax / 2 && at < rows.length - shownMax / 2;
    if (hidden) {
      if (at === shownMax / 2)
        lines.push(style.dim(`        ... ${rows.length - shownMax} more ...`));
      continue;
    }
    const name = row.agent === before ? '' : subject.agentNames[row.agent]!;
    before = row.agent;
    const number = row.step === 0 ? '' : String(row.step);
    lines.push(
      `  ${number.padStart(4)}  ${column(name, nameWidth)}${column(row.text, textWidth)}${style.dim(row.place)}`.trimEnd(),
    );
  }
  return lines;
}

function outcome(record: FindingRecord, event: number): string {
  const { log } = record.details;
  const kind = log.kind(event);
  const result = log.result(event);
  if (result === notGranted && operationTable[kind]!.followUp !== Kind.none) return ': queued';
  if (operationTable[kind]!.truth) return result === 1 ? ': yes' : ': no';
  if (kind === Kind.read || kind === Kind.load) return ` = ${result}`;
  if (kind === Kind.write || kind === Kind.store) return ` := ${log.argument(event)}`;
  return '';
}
