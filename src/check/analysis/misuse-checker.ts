import { Mode, Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { AnalysisFindings, AnalysisKind } from './analysis-finding.ts';
import { heldLines, whereText } from './order/order-text.ts';
import { PinChecker } from './pin-checker.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/**
 * Locks used against their rules: given back unheld, freed or initialised while held, still held at
 * the end of their agent.
 */
export class MisuseChecker implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  /** In a trace that may begin while locks are held: what each agent was seen to take. */
  private readonly seen = new Set<string>();
  /** Once something has been pinned. */
  private pins: PinChecker | undefined;

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  operations(): readonly number[] {
    const ofAll = [Op.lost, Op.pin, Op.unpin, Op.release, Op.downgrade, Op.init, Op.free, Op.wait];
    const ofAgents = [Op.agentExit, Op.join, Op.returnToUser, Op.freeze, Op.acquired];
    const { partial } = this.state.names.options;
    return [...ofAll, ...ofAgents, ...(partial ? [Op.acquire] : [])];
  }

  before(event: TraceEvent, agent: AgentState): void {
    const { partial } = this.state.names.options;
    switch (event.op) {
      case Op.acquire:
        if (partial) this.seen.add(`${agent.agent} ${event.object}`);
        return;
      case Op.lost:
        this.seen.clear();
        return;
      case Op.pin:
      case Op.unpin:
        this.pins ??= new PinChecker(this.state, this.findings);
        return this.pins.before(event, agent);
      case Op.release:
        this.pins?.before(event, agent);
        if (agent.indexOf(event.object) !== -1) return;
        if (partial && !this.seen.has(`${agent.agent} ${event.object}`)) return;
        return this.report(
          'bad-unlock',
          'bad unlock balance',
          event,
          agent,
          'gives back',
          ', but does not hold it',
        );
      case Op.downgrade:
        return this.downgrade(event, agent);
      case Op.init:
        this.pins?.before(event, agent);
        return this.heldByAnyone(event, 'held-lock-reinitialised', 'held lock initialised again');
      case Op.free:
        this.pins?.before(event, agent);
        return this.heldByAnyone(event, 'held-lock-freed', 'held lock freed');
      case Op.agentExit:
        return this.leaves(event, agent);
      case Op.join:
        return this.leaves(event, this.state.agent(event.object));
      case Op.returnToUser:
        return this.stillHeld(event, agent, 'lock held when returning to user space', 'returns');
      case Op.freeze:
        return this.stillHeld(event, agent, 'lock held by a frozen agent', 'is frozen');
      case Op.acquired:
      case Op.wait:
        return this.contend(event, agent);
      default:
    }
  }

  /** lock_contended and lock_acquired are about a lock that lock_acquire has told before. */
  private contend(event: TraceEvent, agent: AgentState): void {
    const { exclusive, partial } = this.state.names.options;
    if (exclusive || agent.indexOf(event.object) !== -1) return;
    if (partial && !this.seen.has(`${agent.agent} ${event.object}`)) return;
    const verb = event.op === Op.wait ? 'waits for' : 'has got';
    const problem = ', but has not asked for it';
    this.report('lock-misuse', 'bad contention', event, agent, verb, problem);
  }

  private downgrade(event: TraceEvent, agent: AgentState): void {
    const index = agent.indexOf(event.object);
    if (index === -1) {
      this.report(
        'bad-unlock',
        'bad unlock balance (downgrade)',
        event,
        agent,
        'downgrades',
        ', but does not hold it',
      );
    } else if (agent.held[index]!.mode !== Mode.write) {
      this.report(
        'lock-misuse',
        'downgrade of a lock held for reading',
        event,
        agent,
        'downgrades',
        ', which it holds for reading already',
      );
    }
  }

  private heldByAnyone(event: TraceEvent, kind: AnalysisKind, title: string): void {
    for (const agent of this.state.agents) {
      if (agent.indexOf(event.object) === -1) continue;
      const verb = kind === 'held-lock-freed' ? 'is freed' : 'is initialised';
      const { names } = this.state;
      const where = whereText(names, event.line, event.place);
      this.add(
        kind,
        title,
        event,
        agent,
        `${names.lockName(event.object)} ${verb} by ${names.agentName(event.agent)}${where} ` +
          `while ${names.agentName(agent.agent)} holds it`,
      );
    }
  }

  private leaves(event: TraceEvent, agent: AgentState): void {
    if (agent.exited) return;
    this.stillHeld(event, agent, 'agent exits with a lock held', 'has ended');
    agent.exited = true;
  }

  private stillHeld(event: TraceEvent, agent: AgentState, title: string, verb: string): void {
    const { names } = this.state;
    for (const { lock, line, place } of agent.held) {
      this.add(
        'lock-held-at-exit',
        title,
        { ...event, object: lock },
        agent,
        `${names.agentName(agent.agent)} ${verb} and still holds ${names.lockName(lock)}, ` +
          `taken${whereText(names, line, place)}`,
      );
    }
  }

  private report(
    kind: AnalysisKind,
    title: string,
    event: TraceEvent,
    agent: AgentState,
    verb: string,
    problem: string,
  ): void {
    const { names } = this.state;
    const where = whereText(names, event.line, event.place);
    const text = `${names.agentName(agent.agent)} ${verb} ${names.lockName(event.object)}${where}`;
    this.add(kind, title, event, agent, `${text}${problem}`);
  }

  private add(
    kind: AnalysisKind,
    title: string,
    event: TraceEvent,
    agent: AgentState,
    text: string,
  ): void {
    const { names, classes } = this.state;
    const { name } = classes.of(event.object, event.subclass);
    this.findings.add(
      {
        kind,
        level: 'happened',
        title: `${title}: ${name}`,
        agents: [...new Set([agent.agent, event.agent])],
        locks: [event.object],
        words: [],
        lines: [event.line],
        text: [text, ...heldLines(names, agent)],
      },
      [name, title],
    );
  }
}
