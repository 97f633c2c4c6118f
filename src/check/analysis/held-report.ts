import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { AnalysisFinding, AnalysisFindings, AnalysisKind } from './analysis-finding.ts';
import { heldLines, whereText } from './order/order-text.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/** What one agent did, and why that is wrong. */
export interface Misdeed {
  readonly kind: AnalysisKind;
  readonly level?: AnalysisFinding['level'];
  /** One line, with names and without lines and times. */
  readonly title: string;
  /** What it did: "gives back L". The place follows. */
  readonly deed: string;
  /** What is wrong with it. */
  readonly problem: string;
  readonly locks?: readonly number[];
  readonly words?: readonly number[];
}

/** Adds a finding that a single event of one agent shows, with what the agent holds. */
export function reportMisdeed(
  state: TraceState,
  findings: AnalysisFindings,
  event: TraceEvent,
  agent: AgentState,
  misdeed: Misdeed,
): void {
  const { names } = state;
  const { kind, level = 'happened', title, deed, problem, locks = [], words = [] } = misdeed;
  const inside = agent.calls.at(-1) ?? '';
  const where = whereText(names, event.line, event.place, inside);
  findings.add(
    {
      kind,
      level,
      title,
      agents: [agent.agent],
      locks,
      words,
      lines: [event.line],
      text: [
        `${names.agentName(agent.agent)} ${deed}${where}${problem}`,
        ...heldLines(names, agent),
      ],
    },
    [title],
  );
}
