import type { Party } from '../check/finding.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { heldText } from './finding-text.ts';
import { siteText } from './sites.ts';
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
  const asked = `${subject.name(last.object)}${siteText(record, last.event)}`;
  const lines = [
    `  ${name(last.agent)} is trying to acquire ${asked}`,
    `  but already holds ${heldText(record, last.from!)}.`,
    `  The existing order is the other way round:`,
  ];
  for (const edge of edges.slice(1)) {
    lines.push(
      `    ${name(edge.agent)} took ${subject.name(edge.object)}${siteText(record, edge.event)}`,
      `      while holding ${heldText(record, edge.from!)}`,
    );
  }
  const guards = (finding.guards ?? []).map((guard) => subject.name(guard)).join(' and ');
  const agents = new Set(edges.map((edge) => edge.agent));
  lines.push('');
  if (guards !== '') {
    lines.push(
      `  Both sides hold ${guards}: while all do, this cannot deadlock.`,
      `  Without ${guards} this schedule would:`,
    );
  } else if (agents.size === 1) {
    lines.push('  One agent did both. Two that do the same could deadlock like this:');
  } else {
    lines.push('  Possible unsafe schedule (it did not happen in this execution):');
  }
  lines.push('');
  return [...lines, ...unsafeSchedule(record, edges)];
}

/** First every side takes its first lock, then every side asks for its second one. */
function unsafeSchedule(record: FindingRecord, edges: readonly Party[]): string[] {
  const { subject } = record;
  const lock = (object: number, mode: number): string =>
    `${mode === 0 ? 'lock' : 'rlock'}(${subject.className(object)})`;
  const seen = new Set<number>();
  const title = ({ agent }: Party): string => {
    const again = seen.has(agent);
    seen.add(agent);
    return `${again ? 'another ' : ''}${subject.agentNames[agent]!}`;
  };
  const cells = edges.map((edge) => ({
    agent: title(edge),
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
