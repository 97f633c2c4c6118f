import type { Party } from '../check/finding.ts';
import { placesOf, placeText } from '../trace/places.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { heldText } from './finding-text.ts';
import { column } from './style.ts';

/**
 * A lock inversion as lockdep words it, in an order that a person can follow: who asks for what
 * while holding what, the order that stands against it, each edge with both of its places, and the
 * schedule that would deadlock.
 */
export function inversionText(record: FindingRecord): string[] {
  const { finding, subject } = record;
  const edges = [...finding.parties].sort((one, other) => other.event - one.event);
  const last = edges[0]!;
  const name = (agent: number): string => subject.agentNames[agent]!;
  const lines = [
    `  ${name(last.agent)} is trying to acquire ${subject.name(last.object)}${placeOf(record, last.event)}`,
    `  but already holds ${heldText(record, last.from!)}.`,
    `  The existing order is the other way round:`,
  ];
  for (const edge of edges.slice(1)) {
    lines.push(
      `    ${name(edge.agent)} took ${subject.name(edge.object)}${placeOf(record, edge.event)}`,
      `      while holding ${heldText(record, edge.from!)}`,
    );
  }
  const agents = new Set(edges.map((edge) => edge.agent));
  const guards = (finding.guards ?? []).map((guard) => subject.name(guard));
  if (guards.length > 0) {
    lines.push(
      '',
      `  Both sides hold ${guards.join(' and ')}, which keeps them apart: this cannot deadlock while all do.`,
    );
    lines.push('', `  Without ${guards[0]} this schedule would deadlock:`);
  } else if (agents.size === 1) {
    lines.push('', `  One agent did both; two that do the same could deadlock like this:`);
  } else {
    lines.push('', '  Possible unsafe schedule (it did not happen in this execution):');
  }
  return [...lines, ...scenarioColumns(record, edges)];
}

function placeOf(record: FindingRecord, event: number): string {
  const place = placesOf(record.details.stacks[event])[0];
  return place === undefined ? '' : `, at ${placeText(place)} in ${place.function}`;
}

/** First every side takes its first lock, then every side asks for its second one. */
function scenarioColumns(record: FindingRecord, edges: readonly Party[]): string[] {
  const { subject } = record;
  const lock = (object: number, mode: number): string =>
    `${mode === 0 ? 'lock' : 'rlock'}(${subject.className(object)})`;
  const cells = edges.map((edge) => ({
    agent: subject.agentNames[edge.agent]!,
    first: lock(edge.from!.object, edge.from!.mode),
    second: lock(edge.object, edge.mode),
  }));
  const width =
    Math.max(
      ...cells.map(({ agent, first, second }) =>
        Math.max(agent.length, first.length, second.length),
      ),
    ) + 4;
  const line = (texts: readonly string[]): string =>
    `    ${texts.map((text) => column(text, width)).join('')}`.trimEnd();
  const only = (at: number, text: string): string =>
    line(cells.map((_, i) => (i === at ? text : '')));
  return [
    line(cells.map((cell) => cell.agent)),
    ...cells.map((cell, at) => only(at, cell.first)),
    ...cells.map((cell, at) => only(at, cell.second)),
    '    *** DEADLOCK ***',
  ];
}
