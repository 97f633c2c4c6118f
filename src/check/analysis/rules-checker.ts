import { Context, contextNames, Mode, Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { DeclaredRules } from './declared-rules.ts';
import { reportMisdeed } from './held-report.ts';
import { heldLines, modeText, whereText } from './order/order-text.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/** What the program asserts of held locks and contexts, and what is declared beside its data. */
export class RulesChecker implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;

  private declared: DeclaredRules | undefined;

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  operations(): readonly number[] | undefined {
    if (this.state.names.rules !== undefined) return undefined;
    return [Op.assertHeld, Op.assertNotHeld, Op.assertNoneHeld, Op.assertContext];
  }

  before(event: TraceEvent, agent: AgentState): void {
    if (this.state.names.rules !== undefined) {
      this.declared ??= new DeclaredRules(this.state, this.findings, this.state.names.rules);
      this.declared.before(event, agent);
    }
    switch (event.op) {
      case Op.assertHeld:
      case Op.assertNotHeld:
        return this.assertLock(event, agent);
      case Op.assertNoneHeld:
        if (agent.held.length === 0) return;
        return this.fail(event, agent, 'no lock is held');
      case Op.assertContext:
        return this.assertContext(event, agent);
      default:
    }
  }

  /** lockdep_assert_irqs_enabled and its kin. */
  private assertContext(event: TraceEvent, agent: AgentState): void {
    const hardirq = event.context === Context.hardirq;
    const inside = (agent.context & (hardirq ? 2 : 1)) !== 0;
    const off = hardirq ? agent.irqsOff : agent.softirqsOff;
    const holds = [inside, !inside, !off, off][event.scope]!;
    if (holds) return;
    const name = contextNames[event.context]!;
    const says = [
      `in a ${name}`,
      `in no ${name}`,
      `with ${name}s enabled`,
      `with ${name}s disabled`,
    ];
    this.fail(event, agent, `it runs ${says[event.scope]!}`);
  }

  private fail(event: TraceEvent, agent: AgentState, promise: string): void {
    reportMisdeed(this.state, this.findings, event, agent, {
      kind: 'assertion-failed',
      title: `assertion failed: ${promise}`,
      deed: `asserts that ${promise}`,
      problem: '',
      locks: agent.held.map(({ lock }) => lock),
    });
  }

  private assertLock(event: TraceEvent, agent: AgentState): void {
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
