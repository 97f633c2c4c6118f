import { Mode } from '../../trace/format/operation.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { heldLines, modeText, whereText } from './order/order-text.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/**
 * Deadlocks in which the trace ends: agents that wait for each other and can never move again.
 *
 * Nobody who can go on is assumed to keep a lock for ever, so an agent is stuck if somebody whom it
 * waits for is. Who waits for a completion is stuck only if nobody at all can go on.
 */
export class DeadlockChecker implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  end(): void {
    const waiting = this.state.agents.filter((agent) => agent.waiting !== undefined);
    if (waiting.length === 0) return;
    const stuck = this.stuck(waiting);
    const told = new Set<AgentState>();
    for (const agent of stuck) {
      if (told.has(agent)) continue;
      const cycle = this.cycleFrom(agent, stuck);
      if (cycle.some((one) => told.has(one))) continue;
      for (const one of cycle) told.add(one);
      this.report(
        cycle,
        [...stuck].filter((one) => !cycle.includes(one)),
      );
    }
  }

  /** All who cannot move: takes away who can until nothing changes. */
  private stuck(waiting: readonly AgentState[]): Set<AgentState> {
    const stuck = new Set(waiting);
    const movers = (): number =>
      this.state.agents.filter((agent) => !agent.exited && !stuck.has(agent)).length;
    for (let changed = true; changed;) {
      changed = false;
      for (const agent of stuck) {
        const { lock } = agent.waiting!;
        const free =
          this.state.names.locks[lock]!.kind === 'completion'
            ? movers() > 0
            : this.blockers(agent).every((other) => !stuck.has(other) && !other.exited);
        if (!free) continue;
        stuck.delete(agent);
        changed = true;
      }
    }
    return stuck;
  }

  /** Whom an agent waits for: who holds the lock, and for a reader the writers queued before it. */
  private blockers(agent: AgentState): AgentState[] {
    const { lock, mode, line } = agent.waiting!;
    const shared = mode !== Mode.write;
    const { exclusive } = this.state.names.options;
    return this.state.agents.filter((other) => {
      // Where an acquisition is told before it is granted, who waits for the lock has not got it.
      const asks = !exclusive && other.waiting?.lock === lock;
      const holds =
        !asks &&
        other.held.some((entry) => entry.lock === lock && (!shared || entry.mode === Mode.write));
      if (holds) return true;
      const queued = other.waiting;
      return (
        mode === Mode.read &&
        other !== agent &&
        queued?.lock === lock &&
        queued.mode === Mode.write &&
        queued.line < line
      );
    });
  }

  /** From one who is stuck along whom it waits for, until somebody comes up again. */
  private cycleFrom(start: AgentState, stuck: ReadonlySet<AgentState>): AgentState[] {
    const path: AgentState[] = [];
    for (let at: AgentState | undefined = start; at !== undefined;) {
      const known = path.indexOf(at);
      if (known !== -1) return path.slice(known);
      path.push(at);
      const blockers = this.blockers(at);
      at = blockers.find((other) => stuck.has(other));
    }
    return path;
  }

  private report(cycle: readonly AgentState[], others: readonly AgentState[]): void {
    const { names } = this.state;
    const waits = (agent: AgentState): string => {
      const { lock, mode, line, place } = agent.waiting!;
      return (
        `${names.agentName(agent.agent)} waits for ${names.lockName(lock)}${modeText(mode)}` +
        whereText(names, line, place)
      );
    };
    const locks = cycle.map((agent) => agent.waiting!.lock);
    const lockNames = locks.map((lock) => names.lockName(lock)).sort();
    this.findings.add(
      {
        kind: 'deadlock',
        level: 'happened',
        title: `deadlock: ${cycle.length} waiting for ${lockNames.join(', ')}`,
        agents: cycle.map(({ agent }) => agent),
        locks,
        words: [],
        lines: cycle.map((agent) => agent.waiting!.line).sort((one, other) => one - other),
        text: [
          ...cycle.flatMap((agent) => [
            waits(agent),
            ...heldLines(names, agent).map((line) => `  ${line}`),
          ]),
          ...(others.length === 0 ? [] : ['cannot move either:', ...others.map(waits)]),
        ],
      },
      lockNames,
    );
  }
}
