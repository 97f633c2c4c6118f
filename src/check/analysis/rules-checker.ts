import { Mode, Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { heldLines, modeText, whereText } from './order/order-text.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/** What the program asserts of held locks: lockdep_assert_held and its kin. */
export class RulesChecker implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  before(event: TraceEvent, agent: AgentState): void {
    if (event.op !== Op.assertHeld && event.op !== Op.assertNotHeld) return;
    const held = agent.held.some(
      ({ lock, mode }) => lock === event.object && fits(mode, event.mode),
    );
    const wantsHeld = event.op === Op.assertHeld;
    if (held === wantsHeld) return;
    const { names } = this.state;
    const name = names.lockName(event.object);
    const mode =
      event.mode === Mode.any
        ? ''
        : event.mode === Mode.write
          ? ' for writing'
          : modeText(event.mode);
    const promise = `${name} is ${wantsHeld ? '' : 'not '}held${mode}`;
    this.findings.add(
      {
        kind: 'assertion-failed',
        level: 'happened',
        title: `assertion failed: ${promise}`,
        agents: [agent.agent],
        locks: [event.object],
        words: [],
        lines: [event.line],
        text: [
          `${names.agentName(agent.agent)} asserts that ${promise}` +
            whereText(names, event.line, event.place),
          ...heldLines(names, agent),
        ],
      },
      [promise, names.placeName(event.place) ?? ''],
    );
  }
}

/** Whether a lock held in one mode is held as asserted; shared is shared, overtaking or not. */
function fits(held: number, asserted: number): boolean {
  if (asserted === Mode.any) return true;
  return (held === Mode.write) === (asserted === Mode.write);
}
