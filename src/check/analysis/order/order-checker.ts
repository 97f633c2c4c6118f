import { Mode, Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings, CountedFinding } from '../analysis-finding.ts';
import type { LockClass } from '../lock-classes.ts';
import type { TraceChecker } from '../trace-checker.ts';
import type { AgentState, HeldEntry, TraceState } from '../trace-state.ts';
import { Cycles } from './cycles.ts';
import { DependencyGraph, kindOf, pathOf, type DependencySite } from './dependency-graph.ts';
import { IrqChecker } from './irq-checker.ts';
import { chainBelow, LockChains } from './lock-chains.ts';
import { heldMode, LockDependencies, siteAt } from './lock-dependency.ts';
import { heldLines } from './order-text.ts';
import { nestingHolds, Recursion } from './recursion.ts';
import { checkWaitContext } from './wait-context.ts';

/** What an agent asks for. */
interface Wanted {
  readonly lock: number;
  readonly class: LockClass;
  readonly mode: number;
  readonly tried: boolean;
  readonly nest: number;
}

/** What a chain of locks has led to, so that meeting it again only counts. */
interface Consequences {
  readonly cycles: string[];
  readonly findings: CountedFinding[];
}

/**
 * The order of locks as lockdep sees it (kernel/locking/lockdep.c, v6.12): an acquisition is
 * checked against everything that was ever held at once, whoever did it.
 *
 * Beyond lockdep it goes on below an overtaking reader. Since v5.10 the kernel adds dependencies
 * from the held locks down to the first one that was not got by a try, an overtaking reader or
 * not; but the path through such a reader is weak, so for W(A), R(B), W(C) it never learns of A
 * before C. It reports all that it finds, and says which cycles a common lock makes harmless.
 */
export class OrderChecker implements TraceChecker {
  readonly graph: DependencyGraph = new DependencyGraph();
  readonly chains: LockChains = new LockChains();
  readonly irqs: IrqChecker;
  readonly cycles: Cycles;
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  private readonly dependencies = new LockDependencies();
  private readonly recursion: Recursion;
  private readonly consequences = new Map<number, Consequences>();

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
    this.irqs = new IrqChecker(state, this.graph, findings);
    this.cycles = new Cycles(state.names);
    this.recursion = new Recursion(state, findings);
  }

  before(event: TraceEvent, agent: AgentState): void {
    switch (event.op) {
      case Op.acquire:
        // What the agent began to wait for has been looked at then.
        if (this.isAwaited(event, agent)) return;
        return this.ask(event, agent, event.tried);
      case Op.wait:
        // In a trace of lockdep's own events the acquisition has been told before.
        if (!this.state.names.options.exclusive) return;
        return this.ask(event, agent, false);
      case Op.await:
        if (this.isAwaited(event, agent)) return;
        return this.ask(event, agent, false);
      case Op.mightLock:
      case Op.sync:
      case Op.refused:
        return this.ask(event, agent, false);
      case Op.complete:
        return this.complete(event, agent);
      case Op.irqEnable:
        return this.irqs.enabled(agent, event);
      default:
    }
  }

  after(event: TraceEvent, agent: AgentState): void {
    switch (event.op) {
      case Op.acquire: {
        const entry = agent.held.at(-1)!;
        entry.chain = this.chainOf(agent.held, agent.held.length - 1);
        return;
      }
      case Op.release:
        if (this.state.releasedIndex >= 0) this.revalidate(event, agent, this.state.releasedIndex);
        return;
      case Op.downgrade:
      case Op.setSubclass: {
        const index = agent.indexOf(event.object);
        if (index >= 0) this.revalidate(event, agent, index);
        return;
      }
      default:
    }
  }

  end(): void {
    this.cycles.report(this.findings, this.dependencies);
    this.recursion.report();
  }

  private isAwaited(event: TraceEvent, agent: AgentState): boolean {
    return agent.waiting !== undefined && agent.waiting.lock === event.object;
  }

  private chainOf(held: readonly HeldEntry[], index: number): number {
    const entry = held[index]!;
    const below = held[index - 1];
    const chain = below !== undefined && below.context === entry.context ? below.chain : 0;
    if (!entry.class.checked) return chain;
    const { lock, subclass, mode, tried } = entry;
    return this.chains.follow(chain, lock, subclass, mode, tried);
  }

  /** An acquisition, in the order in which __lock_acquire works. */
  private ask(event: TraceEvent, agent: AgentState, tried: boolean): void {
    const { object: lock, mode, nest } = event;
    const wanted: Wanted = {
      lock,
      class: this.state.classes.of(lock, event.subclass),
      mode,
      tried,
      nest,
    };
    if (this.state.names.options.waitContexts && !tried) {
      checkWaitContext(this.state.names, this.findings, agent, wanted.class, event);
    }
    if (nest >= 0 && agent.indexOf(nest) === -1) this.reportNest(event, agent, wanted);
    if (!wanted.class.checked) return;
    const top = agent.held.at(-1);
    // The same class again under a named outer lock is counted, no more.
    if (nest >= 0 && top !== undefined && top.class === wanted.class) return;
    this.irqs.acquired(agent, wanted, tried, event, event.op === Op.sync);
    const below = chainBelow(agent.held, agent.context);
    const chain = this.chains.follow(below, lock, event.subclass, mode, tried);
    if (!this.chains.isNew) {
      this.again(chain);
      return;
    }
    if (tried) return;
    const noted: Consequences = { cycles: [], findings: [] };
    const found = this.recursion.check(event, agent, wanted, agent.held.length);
    if (found !== undefined) noted.findings.push(found);
    if (!nestingHolds(agent.held, wanted, agent.held.length)) {
      this.depend(event, agent, wanted, agent.held.length, noted);
    }
    if (noted.cycles.length + noted.findings.length > 0) this.consequences.set(chain, noted);
  }

  private again(chain: number): void {
    const noted = this.consequences.get(chain);
    if (noted === undefined) return;
    for (const key of noted.cycles) this.cycles.again(key);
    for (const finding of noted.findings) finding.count++;
  }

  /** Adds what the wanted lock now depends on, and looks for what that breaks (check_prevs_add). */
  private depend(
    event: TraceEvent,
    agent: AgentState,
    wanted: Wanted,
    depth: number,
    noted: Consequences,
  ): void {
    const { held } = agent;
    const site = (entry: HeldEntry): DependencySite => siteAt(entry, wanted, event, agent);
    this.noteDependency(event, agent, wanted, depth);
    for (let index = depth - 1; index >= 0; index--) {
      const entry = held[index]!;
      if (entry.context !== agent.context) break;
      if (!entry.class.checked) continue;
      this.addEdge(agent, entry, wanted, site(entry), index === depth - 1, noted);
      // Whoever waited for this lock depends on what is below it already, by a path that is
      // strong unless it passes an overtaking reader.
      if (!entry.tried && entry.mode !== Mode.recursiveRead) break;
    }
  }

  private addEdge(
    agent: AgentState,
    prev: HeldEntry,
    next: Wanted,
    site: DependencySite,
    direct: boolean,
    noted: Consequences,
  ): void {
    const { graph } = this;
    const [from, to] = [prev.class.number, next.class.number];
    if (from === to) return;
    const kind = kindOf(prev.mode, next.mode);
    const known = graph.edge(from, to);
    if (known !== undefined && (known.kinds & kind) !== 0) {
      known.direct ||= direct;
      return;
    }
    const weak = next.mode === Mode.recursiveRead;
    const found = graph.search(
      false,
      to,
      weak,
      (reached) => reached.class === from && (prev.mode === Mode.write || !reached.weak),
    );
    if (found !== undefined) {
      const path = pathOf(found);
      const { all } = this.state.classes;
      const classes = [next.class, ...path.map(({ edge }) => all[edge.to]!)];
      const held = heldLines(this.state.names, agent);
      noted.cycles.push(this.cycles.add(classes, path, site, held));
    }
    this.irqs.depends(agent, prev, next, site);
    graph.add(from, to, kind, direct, site);
  }

  private noteDependency(
    event: TraceEvent,
    agent: AgentState,
    wanted: Wanted,
    depth: number,
  ): void {
    if (depth === 0) return;
    const entries = agent.held.slice(0, depth);
    const first = entries.findIndex(({ context }) => context === agent.context);
    this.dependencies.add({
      held: entries.map(heldMode),
      first: first === -1 ? entries.length : first,
      wanted: { lock: wanted.lock, class: wanted.class.number, mode: wanted.mode },
      site: siteAt(entries.at(-1)!, wanted, event, agent),
    });
  }

  /** What lies above an entry that went away, or became shared, is as if taken again. */
  private revalidate(event: TraceEvent, agent: AgentState, from: number): void {
    const { held } = agent;
    for (let index = from; index < held.length; index++) {
      const entry = held[index]!;
      const chain = this.chainOf(held, index);
      if (entry.class.checked && this.chains.isNew && !entry.tried) {
        const at = { ...event, line: entry.line, place: entry.place };
        const noted: Consequences = { cycles: [], findings: [] };
        const nestGone = entry.nest >= 0 && agent.indexOf(entry.nest) === -1;
        if (nestGone) this.reportNest(at, agent, entry);
        if (nestGone || event.op === Op.setSubclass) {
          this.recursion.check(at, agent, entry, index);
        }
        if (!nestingHolds(held, entry, index)) this.dependAgain(at, agent, entry, index, noted);
      }
      entry.chain = chain;
    }
  }

  private dependAgain(
    event: TraceEvent,
    agent: AgentState,
    entry: HeldEntry,
    depth: number,
    noted: Consequences,
  ): void {
    // Dependencies only: nobody waits, so there is no new wait to be guarded.
    for (let index = depth - 1; index >= 0; index--) {
      const below = agent.held[index]!;
      if (below.context !== entry.context) break;
      if (!below.class.checked) continue;
      const site = siteAt(below, entry, event, agent);
      this.addEdge(agent, below, entry, site, index === depth - 1, noted);
      if (!below.tried && below.mode !== Mode.recursiveRead) break;
    }
  }

  /**
   * An event that others wait for: whoever completes while it holds a lock had to get that lock
   * first, so that the completion depends on the lock (as DEPT has it, not lockdep).
   */
  private complete(event: TraceEvent, agent: AgentState): void {
    const completion: HeldEntry = {
      lock: event.object,
      class: this.state.classes.of(event.object, -1),
      mode: Mode.write,
      tried: false,
      nest: -1,
      subclass: -1,
      line: event.line,
      place: event.place,
      time: event.time,
      context: agent.context,
      chain: 0,
      in: agent.calls.at(-1) ?? '',
    };
    const noted: Consequences = { cycles: [], findings: [] };
    for (const [index, entry] of agent.held.entries()) {
      if (entry.tried || entry.context !== agent.context || !entry.class.checked) continue;
      const known = this.graph.edge(completion.class.number, entry.class.number);
      if (known !== undefined) continue;
      const site = siteAt(completion, entry, { ...event, line: entry.line }, agent);
      this.dependencies.add({
        held: [...agent.held.slice(0, index).map(heldMode), heldMode(completion)],
        first: 0,
        wanted: heldMode(entry),
        site,
      });
      this.addEdge(agent, completion, entry, site, true, noted);
    }
  }

  private reportNest(event: TraceEvent, agent: AgentState, wanted: Wanted): void {
    const { names } = this.state;
    const outer = names.lockName(wanted.nest);
    this.findings.add(
      {
        kind: 'nest-lock-not-held',
        level: 'happened',
        title: `nested lock was not taken: ${outer}, for ${wanted.class.name}`,
        agents: [agent.agent],
        locks: [wanted.nest, wanted.lock],
        words: [],
        lines: [event.line],
        text: [
          `${names.agentName(agent.agent)} takes ${names.lockName(wanted.lock)} and names ` +
            `${outer} as the lock that serialises it, but does not hold that`,
          ...heldLines(names, agent),
        ],
      },
      [outer, wanted.class.name],
    );
  }
}
