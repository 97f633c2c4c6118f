import { Mode, Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings, CountedFinding } from '../analysis-finding.ts';
import type { LockClass } from '../lock-classes.ts';
import type { TraceChecker } from '../trace-checker.ts';
import type { AgentState, HeldEntry, TraceState } from '../trace-state.ts';
import { Cycles } from './cycles.ts';
import { DependencyGraph, kindOf, pathOf, type DependencySite } from './dependency-graph.ts';
import { IrqChecker } from './irq-checker.ts';
import { HeldChains } from './held-chains.ts';
import { Settled, type ClassChains } from './lock-chains.ts';
import { heldMode, LockDependencies, siteAt } from './lock-dependency.ts';
import { heldLines } from './order-text.ts';
import { orderedOperations, type OrderLimits } from './order-scope.ts';
import { nestingHolds, Recursion, reportNest } from './recursion.ts';
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
  readonly irqs: IrqChecker;
  readonly cycles: Cycles;
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  private readonly dependencies: LockDependencies;
  readonly heldChains: HeldChains;
  private readonly recursion: Recursion;
  private readonly consequences = new Map<number, Consequences>();

  /** @param limits - how much is kept, and whether all chains of locks are told apart */
  constructor(state: TraceState, findings: AnalysisFindings, limits: OrderLimits = {}) {
    const { waits, tellsApart = false } = limits;
    this.dependencies = new LockDependencies(waits);
    this.heldChains = new HeldChains(this.dependencies, tellsApart);
    this.state = state;
    this.findings = findings;
    this.irqs = new IrqChecker(state, this.graph, findings);
    this.cycles = new Cycles(state.names);
    this.recursion = new Recursion(state, findings);
  }

  /** Chains of classes that were held at once. */
  get chains(): ClassChains {
    return this.heldChains.ofClasses;
  }

  operations(): readonly number[] {
    return orderedOperations;
  }

  before(event: TraceEvent, agent: AgentState): void {
    switch (event.op) {
      case Op.acquire:
        this.heldChains.askedFor = -1;
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
        this.heldChains.noteTop(agent.held);
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

  /** An acquisition, in the order in which __lock_acquire works. */
  private ask(event: TraceEvent, agent: AgentState, tried: boolean): void {
    const { object: lock, mode, nest, subclass } = event;
    const { held } = agent;
    const lockClass = this.state.classes.of(lock, subclass);
    if (this.state.names.options.waitContexts && !tried) {
      checkWaitContext(this.state.names, this.findings, agent, lockClass, event);
    }
    if (nest >= 0 && agent.indexOf(nest) === -1) {
      reportNest(this.state, this.findings, agent, {
        lock,
        class: lockClass,
        nest,
        line: event.line,
      });
    }
    if (!lockClass.checked) return;
    const depth = held.length;
    // The same class again under a named outer lock is counted, no more.
    if (nest >= 0 && depth > 0 && held[depth - 1]!.class === lockClass) return;
    this.irqs.acquired(agent, event, lockClass, tried);
    const { heldChains } = this;
    const below = heldChains.classesBelow(held, agent.context);
    const chain = heldChains.ofClasses.follow(below, lockClass.number, mode, tried);
    if (nest < 0) heldChains.askedFor = chain;
    heldChains.lockChainAskedFor = -1;
    if (tried || heldChains.isPlain(chain, lockClass, held, depth)) return;
    const crosses = isHeldOutside(agent, lockClass);
    const lockChain = heldChains.ofWanted(held, agent.context, event);
    const { isNew } = heldChains;
    if (!isNew) this.again(lockChain, !crosses);
    if (!isNew && !crosses) return;
    const wanted: Wanted = { lock, class: lockClass, mode, tried, nest };
    const found = this.recursion.check(event, agent, wanted, depth);
    // A chain begins with its interrupt context: what crosses that border is not the chain's own.
    if (isNew) this.validate(event, agent, wanted, chain, lockChain, crosses ? undefined : found);
  }

  /** Looks at a chain of locks that is new, and at what may be so of its chain of classes. */
  private validate(
    event: TraceEvent,
    agent: AgentState,
    wanted: Wanted,
    chain: number,
    lockChain: number,
    found: CountedFinding | undefined,
  ): void {
    const { held } = agent;
    const depth = held.length;
    const noted: Consequences = { cycles: [], findings: found === undefined ? [] : [found] };
    const depends = !nestingHolds(held, wanted, depth);
    if (depends) this.depend(event, agent, wanted, depth, noted);
    if (noted.cycles.length + noted.findings.length > 0) {
      this.consequences.set(lockChain, noted);
      this.chains.settle(chain, Settled.never);
    } else if (depends && (depth === 0 || held[depth - 1]!.class.checked)) {
      // Under a lock that is not checked a dependency would not count as direct.
      this.chains.settle(chain, Settled.yes);
    }
  }

  /** Counts what a chain of locks has led to once more. */
  private again(chain: number, withFindings: boolean): void {
    const noted = this.consequences.get(chain);
    if (noted === undefined) return;
    for (const key of noted.cycles) this.cycles.again(key);
    if (withFindings) for (const finding of noted.findings) finding.count++;
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
    this.noteDependency(agent, wanted);
    for (let index = depth - 1; index >= 0; index--) {
      const entry = held[index]!;
      if (entry.context !== agent.context) break;
      if (!entry.class.checked) continue;
      if (!this.isKnown(entry, wanted, index === depth - 1)) {
        const site = siteAt(entry, wanted, event, agent);
        this.addEdge(agent, entry, wanted, site, index === depth - 1, noted);
      }
      // Whoever waited for this lock depends on what is below it already, by a path that is
      // strong unless it passes an overtaking reader.
      if (!entry.tried && entry.mode !== Mode.recursiveRead) break;
    }
  }

  /** Whether a dependency shows nothing new; notes whether nothing was held in between. */
  private isKnown(prev: HeldEntry, next: Wanted, direct: boolean): boolean {
    const from = prev.class.number;
    const to = next.class.number;
    if (from === to) return true;
    const known = this.graph.edge(from, to);
    if (known === undefined || (known.kinds & kindOf(prev.mode, next.mode)) === 0) return false;
    known.direct ||= direct;
    return true;
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
    if (this.isKnown(prev, next, direct)) return;
    const kind = kindOf(prev.mode, next.mode);
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

  private noteDependency({ held, context }: AgentState, wanted: Wanted): void {
    if (held.length === 0) return;
    const first = held.findIndex((entry) => entry.context === context);
    const { lock, class: of, mode } = wanted;
    const other = { lock, class: of.number, mode };
    this.dependencies.add(held, first === -1 ? held.length : first, other);
  }

  /** What lies above an entry that went away, or became shared, is as if taken again. */
  private revalidate(event: TraceEvent, agent: AgentState, from: number): void {
    const { held } = agent;
    for (let index = from; index < held.length; index++) {
      const entry = held[index]!;
      const isNew = this.heldChains.note(held, index);
      const { nest, tried, class: of } = entry;
      const nestGone = nest >= 0 && of.checked && !tried && agent.indexOf(nest) === -1;
      if (nestGone) reportNest(this.state, this.findings, agent, entry);
      if (isNew) {
        const at = { ...event, line: entry.line, place: entry.place };
        const noted: Consequences = { cycles: [], findings: [] };
        if (nestGone || event.op === Op.setSubclass) {
          this.recursion.check(at, agent, entry, index);
        }
        if (!nestingHolds(held, entry, index)) this.dependAgain(at, agent, entry, index, noted);
      }
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
      if (!this.isKnown(below, entry, index === depth - 1)) {
        const site = siteAt(below, entry, event, agent);
        this.addEdge(agent, below, entry, site, index === depth - 1, noted);
      }
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
      lockChain: -1,
      in: agent.calls.at(-1) ?? '',
    };
    const noted: Consequences = { cycles: [], findings: [] };
    for (const [index, entry] of agent.held.entries()) {
      if (entry.tried || entry.context !== agent.context || !entry.class.checked) continue;
      const known = this.graph.edge(completion.class.number, entry.class.number);
      if (known !== undefined) continue;
      const site = siteAt(completion, entry, { ...event, line: entry.line }, agent);
      const before = [...agent.held.slice(0, index), completion];
      this.dependencies.add(before, 0, heldMode(entry));
      this.addEdge(agent, completion, entry, site, true, noted);
    }
  }
}

/** Whether an agent holds a lock of a class that is in no chain with what it takes now. */
function isHeldOutside({ held, context }: AgentState, lockClass: LockClass): boolean {
  let depth = held.length;
  while (depth > 0 && held[depth - 1]!.context === context) depth--;
  for (let index = 0; index < depth; index++) if (held[index]!.class === lockClass) return true;
  return false;
}
