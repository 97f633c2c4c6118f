import { Analysis, checkNames, type CheckName } from '../../src/check/analysis/analysis.ts';
import type { CountedFinding } from '../../src/check/analysis/analysis-finding.ts';
import { readLines, type TraceFormat } from '../../src/trace/format/read-trace.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';

/** What a trace has shown. */
export interface Analysed {
  readonly analysis: Analysis;
  readonly findings: readonly CountedFinding[];
  /** `kind level` of each. */
  readonly kinds: readonly string[];
}

export function analysed(
  lines: readonly string[],
  format?: TraceFormat,
  checks: readonly CheckName[] = checkNames,
): Analysed {
  const names = new TraceNames();
  const analysis = new Analysis('trace', names, { checks, statistics: true });
  readLines('trace', lines, format, names, analysis);
  const findings = analysis.end();
  const kinds = findings.map(({ finding }) => `${finding.kind} ${finding.level}`);
  return { analysis, findings, kinds };
}

/**
 * A trace in short: one event a word, `agent.operation.object`, as `A.acquire.L`; further fields
 * as `name=value`.
 *
 * @param more - further fields of the header
 */
export function trace(
  events: string,
  locks: object = {},
  options: object = {},
  more: object = {},
): string[] {
  const lines = events
    .split(/\s+/)
    .filter((text) => text !== '')
    .map((text) => {
      const [head = '', ...pairs] = text.split(',');
      const [agent, op = '', object] = head.split('.');
      const field = fieldOf(op);
      const more = pairs.map((pair) => {
        const [name = '', value = ''] = pair.split('=');
        return [name, /^(true|false|\d+)$/.test(value) ? (JSON.parse(value) as unknown) : value];
      });
      const named = object === undefined ? [] : [[field, object]];
      return JSON.stringify(Object.fromEntries([['op', op], ['agent', agent], ...named, ...more]));
    });
  return [JSON.stringify({ heddleTrace: 1, locks, options, ...more }), ...lines];
}

function fieldOf(op: string): string {
  if (op === 'fork' || op === 'join' || op === 'wait-join') return 'other';
  if (op.startsWith('irq') || op === 'assert-context') return 'context';
  if (op === 'enter') return 'name';
  const ofWords = ['read', 'write', 'rmw', 'retire', 'revive', 'wait-on', 'notify'];
  return ofWords.includes(op) || op.startsWith('assert-exclusive') ? 'word' : 'lock';
}
