import { Mode } from '../../trace/format/operation.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { heldLines, modeText, whereText } from './order/order-text.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/**
 * Deadlocks in which the trace ends: agents that wait for each other and can never move again.
 *
 * Nobody who can go on is assumed to keep a lock for ever, so an agent is stuck if somebody whom it
 * waits for is. Who waits for a completion is stuck only if nobody at all can go on. Of those who
 * are stuck a report names the smallest set that is stuck by itself: a shortest ring, or one agent
 * that nobody is left to let go on. All others wait for such a set.
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
    const sets = this.smallestSets(stuck);
    const inSets = new Set(sets.flat());
    for (const set of sets) {
      const behind = [...stuck].filter(
        (agent) => !inSets.has(agent) && this.leadsInto(agent, new Set(set)),
      );
      this.report(set, behind);
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
        const free = this.awaits(agent)
          ? movers() > 0
          : this.blockers(agent).every((other) => !stuck.has(other) && !other.exited);
        if (!free) continue;
        stuck.delete(agent);
        changed = true;
      }
    }
    return stuck;
  }

  /** Whether it waits for a completion, which anybody may complete. */
  private awaits(agent: AgentState): boolean {
    const { lock } = agent.waiting!;
    return lock >= 0 && this.state.names.locks[lock]!.kind === 'completion';
  }

  /**
   * Whom an agent waits for: another for its end, who holds the lock, and for a reader the writers
   * that queued before it.
   */
  private blockers(agent: AgentState): AgentState[] {
    const { lock, mode, line, agent: joined } = agent.waiting!;
    if (joined >= 0) return [this.state.agent(joined)].filter(({ exited }) => !exited);
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

  /** Sets that are stuck by themselves, smallest first; no two have an agent in common. */
  private smallestSets(stuck: ReadonlySet<AgentState>): AgentState[][] {
    const sets: AgentState[][] = [];
    for (const agent of stuck) {
      const alone = this.awaits(agent) || this.blockers(agent).some(({ exited }) => exited);
      const ring = alone ? [agent] : this.ringThrough(agent, stuck);
      if (ring !== undefined) sets.push(ring);
    }
    const taken = new Set<AgentState>();
    return sets
      .sort((one, other) => one.length - other.length)
      .filter((set) => {
        if (set.some((agent) => taken.has(agent))) return false;
        for (const agent of set) taken.add(agent);
        return true;
      });
  }

  /** A shortest ring of agents that wait for each other with this one in it. */
  private ringThrough(start: AgentState, stuck: ReadonlySet<AgentState>): AgentState[] | undefined {
    const parents = new Map<AgentState, AgentState>();
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      const agent = queue[at]!;
      if (this.awaits(agent)) continue;
      for (const next of this.blockers(agent)) {
        if (next === start) {
          const ring = [agent];
          while (ring[0] !== start) ring.unshift(parents.get(ring[0]!)!);
          return ring;
        }
        if (!stuck.has(next) || parents.has(next)) continue;
        parents.set(next, agent);
        queue.push(next);
      }
    }
    return undefined;
  }

  /** Whether an agent waits, over any number of others, for one of the set. */
  private leadsInto(start: AgentState, set: ReadonlySet<AgentState>): boolean {
    const seen = new Set([start]);
    for (const agent of seen) {
      if (agent.waiting === undefined || this.awaits(agent)) continue;
      for (const next of this.blockers(agent)) {
        if (set.has(next)) return true;
        seen.add(next);
      }
    }
    return false;
  }

  /** Who is in the way, where that is not plain from what the others hold. */
  private why(agent: AgentState): string {
    const { names } = this.state;
    const { lock, line } = agent.waiting!;
    if (lock < 0) return '';
    if (this.awaits(agent)) return ', and nobody is left to complete it';
    const texts = this.blockers(agent).map((other) => {
      const name = other === agent ? 'itself' : names.agentName(other.agent);
      if (other.exited) return `${name}, which has ended and still holds it`;
      const queued = other.waiting?.lock === lock && other.indexOf(lock) === -1;
      return queued && other.waiting!.line < line ? `${name}, which has queued to write` : name;
    });
    return texts.length === 0 ? '' : `; in its way: ${texts.join(' and ')}`;
  }

  private report(cycle: readonly AgentState[], others: readonly AgentState[]): void {
    const { names } = this.state;
    const waited = (agent: AgentState): string => {
      const { lock, agent: joined } = agent.waiting!;
      return joined >= 0 ? `the end of ${names.agentName(joined)}` : names.lockName(lock);
    };
    const waits = (agent: AgentState): string => {
      const { lock, mode, line, place } = agent.waiting!;
      const how = lock < 0 ? '' : modeText(mode);
      const where = whereText(names, line, place, agent.calls.at(-1) ?? '');
      const name = names.agentName(agent.agent);
      return `${name} waits for ${waited(agent)}${how}${where}${this.why(agent)}`;
    };
    const locks = cycle.map((agent) => agent.waiting!.lock).filter((lock) => lock >= 0);
    const lockNames = cycle.map(waited).sort();
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
