import { Op } from '../../../trace/format/operation.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { AnalysisFindings, WitnessPart } from '../analysis-finding.ts';
import { modeText, whereText } from '../order/order-text.ts';
import { waitText, type PredictedDeadlock } from './deadlock-prediction.ts';
import type { Ideal } from './ideal.ts';
import type { PredictedRace } from './race-prediction.ts';
import type { TraceStore } from './trace-store.ts';

/** Words predictions as findings, with the reordering that shows them. */
export class PredictionReports {
  private readonly store: TraceStore;
  private readonly names: TraceNames;
  private readonly findings: AnalysisFindings;

  constructor(store: TraceStore, names: TraceNames, findings: AnalysisFindings) {
    this.store = store;
    this.names = names;
    this.findings = findings;
  }

  race({ first, second, ideal }: PredictedRace): void {
    const { store, names } = this;
    const word = store.object.at(first);
    const name = names.wordNames[word]!;
    const verbs = [first, second].map(
      (index) =>
        (store.isWrite(index) ? 'writes' : 'reads') + (store.isMarked(index) ? ' (marked)' : ''),
    );
    const parts = [first, second]
      .map((index, side) => `${verbs[side]!} ${this.spot(index)}`)
      .sort();
    // What happened need not be predicted.
    if (this.findings.has('data-race', [name, ...parts])) return;
    this.findings.add(
      {
        kind: 'data-race',
        level: 'predicted',
        title: `data race on ${name}: ${[...verbs].sort().join(' / ')}`,
        agents: [store.agent.at(first), store.agent.at(second)],
        locks: [],
        words: [word],
        lines: [store.line.at(first), store.line.at(second)],
        witness: this.reach(ideal),
        text: [
          ...[first, second].flatMap((index, side) => [
            `${names.agentName(store.agent.at(index))} ${verbs[side]!} ${name}${this.where(index)}`,
            `  while holding ${this.heldText(index)}`,
          ]),
          'In this trace the two are ordered by locks only. Another correct order of the same',
          'events brings them side by side:',
          ...this.witness(ideal),
        ],
      },
      [name, ...parts],
    );
  }

  deadlock({ pattern, events, ideal }: PredictedDeadlock): void {
    const { store, names } = this;
    const sides = pattern.map((node) => {
      const held = node.held.map(({ lock }) => names.lockName(lock)).sort();
      return `holds ${held.join(', ') || 'nothing'}, waits ${waitText(node, names)}`;
    });
    const locks = pattern.flatMap(({ op, object, held }) => [
      ...held.map(({ lock }) => lock),
      ...(names.locks[object] !== undefined && op !== Op.join ? [object] : []),
    ]);
    this.findings.add(
      {
        kind: 'predicted-deadlock',
        level: 'predicted',
        title: `predicted deadlock: ${rotated(sides).join('; ')}`,
        agents: pattern.map(({ agent }) => agent),
        locks: [...new Set(locks)],
        words: [],
        lines: events.map((event) => store.line.at(event)).sort((one, other) => one - other),
        witness: this.reach(ideal),
        text: [
          'Another correct order of the same events ends in a deadlock:',
          ...this.witness(ideal),
          'then',
          ...pattern.map(
            (node, side) =>
              `  ${names.agentName(node.agent)} waits ${waitText(node, names)}` +
              `${modeText(node.mode)}${this.where(events[side]!)}, ` +
              `holding ${this.heldText(events[side]!)}`,
          ),
        ],
      },
      rotated(sides),
    );
  }

  /** How far each agent gets that does anything. */
  private reach(ideal: Ideal): WitnessPart[] {
    const parts: WitnessPart[] = [];
    for (const agent of this.store.agents.keys()) {
      const count = ideal.counts[agent]!;
      if (count > 0) parts.push({ agent, line: this.lineOf(agent, count) });
    }
    return parts;
  }

  /** The line of an agent's event before the one at this position. */
  private lineOf(agent: number, count: number): number {
    const { store } = this;
    const { events, ticks, line } = store.agents[agent]!;
    if (count === ticks) return line;
    let last = 0;
    for (let at = 0; at < events.length; at++) {
      const row = events.at(at);
      const local = store.local.at(row);
      if (local === count - 1) return store.line.at(row);
      if (local === count) return store.lineBefore.at(row);
      if (local < count) last = Math.max(last, store.line.at(row));
      else if (last === 0) return store.lineBefore.at(row);
    }
    return last;
  }

  /** A set of events, in the order of the trace, is the reordering: how far each agent gets. */
  private witness(ideal: Ideal): string[] {
    const lines: string[] = [];
    for (const { agent, line } of this.reach(ideal)) {
      lines.push(`    ${this.names.agentName(agent)} up to line ${line}`);
    }
    if (lines.length === 0) return ['  nothing before them need run'];
    return ['  run these, in the order of the trace, and nothing else:', ...lines];
  }

  /** What stays the same when lines move: the function if it is known, else the place. */
  private spot(index: number): string {
    const inside = this.store.functionOf(index);
    return inside === '' ? (this.names.placeName(this.store.place.at(index)) ?? '') : inside;
  }

  private where(index: number): string {
    return whereText(this.names, this.store.line.at(index), this.store.place.at(index));
  }

  private heldText(index: number): string {
    const held = this.store.heldSets.set(this.store.held.at(index));
    if (held.length === 0) return 'no locks';
    return held.map(({ lock, mode }) => `${this.names.lockName(lock)}${modeText(mode)}`).join(', ');
  }
}

/** A ring from its least text on. */
function rotated(texts: readonly string[]): string[] {
  let best = 0;
  for (let at = 1; at < texts.length; at++) if (texts[at]! < texts[best]!) best = at;
  return [...texts.slice(best), ...texts.slice(0, best)];
}
