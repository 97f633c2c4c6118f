import { Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { reportMisdeed } from './held-report.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/** A pin without a cookie of its own. */
const anyCookie = -1;

/**
 * Pinned locks (lockdep_pin_lock): between `pin` and `unpin` nobody who is called may give the lock
 * up. A cookie says which `unpin` belongs to which `pin`.
 */
export class PinChecker implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  /** Cookies of pins that have not been taken back, by agent, then by lock. */
  private readonly pins: Map<number, number[]>[] = [];

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  before(event: TraceEvent, agent: AgentState): void {
    switch (event.op) {
      case Op.pin:
        return this.pin(event, agent);
      case Op.unpin:
        return this.unpin(event, agent);
      case Op.release:
        return this.release(event, agent);
      case Op.free:
      case Op.init:
        for (const pins of this.pins) pins?.delete(event.object);
        return;
      default:
    }
  }

  private pin(event: TraceEvent, agent: AgentState): void {
    const { object: lock, cookie } = event;
    if (agent.indexOf(lock) === -1) return this.fail(event, agent, 'pins', 'it does not hold');
    const pins = (this.pins[agent.agent] ??= new Map<number, number[]>());
    const cookies = pins.get(lock);
    if (cookies === undefined) pins.set(lock, [cookie]);
    else cookies.push(cookie);
  }

  private unpin(event: TraceEvent, agent: AgentState): void {
    const { object: lock, cookie } = event;
    if (agent.indexOf(lock) === -1) return this.fail(event, agent, 'unpins', 'it does not hold');
    const cookies = this.pins[agent.agent]?.get(lock) ?? [];
    if (cookies.length === 0) return this.fail(event, agent, 'unpins', 'is not pinned');
    const at = cookie === anyCookie ? cookies.length - 1 : cookies.lastIndexOf(cookie);
    if (at === -1) {
      return this.fail(event, agent, 'unpins', `was pinned with ${cookies.join(' and ')}`, cookie);
    }
    cookies.splice(at, 1);
  }

  private release(event: TraceEvent, agent: AgentState): void {
    const pins = this.pins[agent.agent];
    if (pins === undefined) return;
    const cookies = pins.get(event.object) ?? [];
    pins.delete(event.object);
    if (cookies.length > 0) this.fail(event, agent, 'gives back', 'is pinned');
  }

  private fail(
    event: TraceEvent,
    agent: AgentState,
    verb: string,
    problem: string,
    cookie = anyCookie,
  ): void {
    const { state, findings } = this;
    const { name } = state.classes.of(event.object, event.subclass);
    const with_ = cookie === anyCookie ? '' : ` with the cookie ${cookie}`;
    const kindOf: Readonly<Record<string, string>> = {
      'gives back': 'release of a pinned lock',
      pins: 'pin of a lock that is not held',
    };
    reportMisdeed(state, findings, event, agent, {
      kind: 'lock-misuse',
      title: `${kindOf[verb] ?? 'unpin without its pin'}: ${name}`,
      deed: `${verb} ${state.names.lockName(event.object)}${with_}`,
      problem: `, which ${problem}`,
      locks: [event.object],
    });
  }
}
