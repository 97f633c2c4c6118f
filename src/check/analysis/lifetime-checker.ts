import { Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { whereText } from './order/order-text.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

interface Retirement {
  /** -1 if it was gone when the trace began. */
  readonly agent: number;
  readonly line: number;
  readonly place: number;
}

const accesses: ReadonlySet<number> = new Set([
  Op.read,
  Op.write,
  Op.readModifyWrite,
  Op.waitOn,
  Op.notify,
]);

/** Words that are touched after their memory has gone, and memory that goes twice. */
export class LifetimeChecker implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  private readonly retired = new Map<number, Retirement>();

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  start(): void {
    for (const word of this.state.names.retiredWords) {
      this.retired.set(word, { agent: -1, line: 1, place: -1 });
    }
  }

  operations(): readonly number[] {
    return [...accesses, Op.retire, Op.revive];
  }

  before(event: TraceEvent, agent: AgentState): void {
    const { op, object, line, place } = event;
    if (op === Op.revive) {
      this.retired.delete(object);
      return;
    }
    if (op !== Op.retire && (this.retired.size === 0 || !accesses.has(op))) return;
    // An access to no bytes touches nothing.
    if (event.end === event.start) return;
    const gone = this.retired.get(object);
    if (gone !== undefined) this.report(event, agent, gone);
    else if (op === Op.retire) this.retired.set(object, { agent: agent.agent, line, place });
  }

  private report(event: TraceEvent, agent: AgentState, gone: Retirement): void {
    const { names } = this.state;
    const word = names.wordNames[event.object]!;
    const verb =
      event.op === Op.retire ? 'removes again' : event.op === Op.read ? 'reads' : 'touches';
    this.findings.add(
      {
        kind: 'use-after-remove',
        level: 'happened',
        title: `use after remove: ${word}`,
        agents: [...new Set([agent.agent, gone.agent])].filter((one) => one >= 0),
        locks: [],
        words: [event.object],
        lines: [gone.line, event.line],
        text: [
          `${names.agentName(agent.agent)} ${verb} ${word}` +
            whereText(names, event.line, event.place),
          gone.agent < 0
            ? 'which is gone from the start (line 1)'
            : `which ${names.agentName(gone.agent)} removed` +
              whereText(names, gone.line, gone.place),
        ],
      },
      [word, verb, names.placeName(event.place) ?? ''],
    );
  }
}
