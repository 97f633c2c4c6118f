import { Mode } from '../../../trace/format/operation.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { LockClass } from '../lock-classes.ts';
import type { AgentState, HeldEntry } from '../trace-state.ts';
import type { DependencySite, Edge } from './dependency-graph.ts';

/** Where something happened: the place, if the trace has one, and the line. */
export function whereText(names: TraceNames, line: number, place: number, inside = ''): string {
  const text = names.placeName(place);
  const called = inside === '' ? '' : ` in ${inside}`;
  return `${called}${text === undefined ? '' : ` at ${text}`} (line ${line})`;
}

export function modeText(mode: number): string {
  if (mode === Mode.write) return '';
  return mode === Mode.read ? ' for reading' : ' for reading, overtaking';
}

/** "3 locks held by A:" and each with its place, outermost first. */
export function heldLines(
  names: TraceNames,
  state: AgentState,
  more: (entry: HeldEntry) => string = () => '',
): string[] {
  const { held, agent } = state;
  const one = held.length === 1 ? 'lock' : 'locks';
  const title = `${held.length} ${one} held by ${names.agentName(agent)}`;
  if (held.length === 0) return [`no locks held by ${names.agentName(agent)}`];
  return [
    `${title}:`,
    ...held.map(
      (entry, index) =>
        ` #${index}: ${names.lockName(entry.lock)}${more(entry)}${modeText(entry.mode)}, ` +
        `taken${whereText(names, entry.line, entry.place, entry.in)}`,
    ),
  ];
}

/** An edge as one sentence: who took what at which place while holding what, taken where. */
export function edgeLines(names: TraceNames, site: DependencySite): string[] {
  return [
    `${names.agentName(site.agent)} took ${names.lockName(site.lock)}${modeText(site.mode)}` +
      whereText(names, site.line, site.place, site.in),
    `  while holding ${names.lockName(site.held)}${modeText(site.heldMode)}, ` +
      `taken${whereText(names, site.heldLine, site.heldPlace, site.heldIn)}`,
  ];
}

/** The first site of an edge that was of one of these kinds. */
export function siteOf(edge: Edge, kinds: number): DependencySite {
  const found = edge.sites.find(({ kind }) => (kind & kinds) !== 0);
  return (found ?? edge.sites[0]!).site;
}

/** One column an agent: what each does, line by line. */
export function columns(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]! + 3))
      .join('')
      .trimEnd();
  return [
    line(titles),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => line(titles.map((_, column) => row[column] ?? ''))),
  ];
}

/** How a scenario's cell says that a lock is asked for. */
export function lockCell(lockClass: LockClass, mode: number): string {
  return `${mode === Mode.write ? 'lock' : 'rlock'}(${lockClass.name})`;
}

/** The place of an entry that is held. */
export function entryWhere(names: TraceNames, entry: HeldEntry): string {
  return whereText(names, entry.line, entry.place, entry.in);
}
