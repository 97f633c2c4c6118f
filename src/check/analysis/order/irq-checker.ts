import { Context, contextNames, Mode, Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings } from '../analysis-finding.ts';
import type { LockClass } from '../lock-classes.ts';
import type { AgentState, HeldEntry, TraceState } from '../trace-state.ts';
import {
  pathOf,
  type DependencyGraph,
  type DependencySite,
  type Reached,
} from './dependency-graph.ts';
import { irqStateNames, LockUsage, usageBit, usageName, type UsageSite } from './lock-usage.ts';
import { columns, edgeLines, heldLines, lockCell, siteOf, whereText } from './order-text.ts';

/** A lock as a usage is about it. */
interface Used {
  readonly lock: number;
  readonly class: LockClass;
  readonly mode: number;
}

/**
 * Locks against interrupts, as in lockdep: a class that is taken in an interrupt (safe) must not be
 * held, nor depend on one that is held, while that interrupt may come (unsafe). Two things can
 * break it: a new usage of a class with old dependencies, and a new dependency between classes with
 * old usages.
 */
export class IrqChecker {
  readonly usage: LockUsage = new LockUsage();
  private readonly state: TraceState;
  private readonly graph: DependencyGraph;
  private readonly findings: AnalysisFindings;

  constructor(state: TraceState, graph: DependencyGraph, findings: AnalysisFindings) {
    this.state = state;
    this.graph = graph;
    this.findings = findings;
  }

  /** The usages that an acquisition shows (mark_usage). */
  acquired(agent: AgentState, event: TraceEvent, lockClass: LockClass, tried: boolean): void {
    const { object: lock, mode, op } = event;
    // Who only waits for all who hold it does not hold it with interrupts enabled.
    const synced = op === Op.sync;
    const shown = usagesShown(agent, mode !== Mode.write, tried, synced);
    if ((this.usage.mask(lockClass.number) & shown) === shown) return;
    const used: Used = { lock, class: lockClass, mode };
    const site = siteAt(lock, event);
    if (!tried) {
      if ((agent.context & 2) !== 0) this.mark(agent, used, Context.hardirq, false, site);
      if ((agent.context & 1) !== 0) this.mark(agent, used, Context.softirq, false, site);
    }
    if (agent.irqsOff || synced) return;
    this.mark(agent, used, Context.hardirq, true, site);
    if (!agent.softirqsOff) this.mark(agent, used, Context.softirq, true, site);
  }

  /** What is held becomes unsafe when interrupts are let in (mark_held_locks). */
  enabled(agent: AgentState, event: TraceEvent): void {
    const hardirq = event.context === Context.hardirq;
    if (hardirq ? !agent.irqsOff : !agent.softirqsOff) return;
    if (!hardirq && agent.irqsOff) return;
    for (const entry of agent.held) {
      if (!entry.class.checked) continue;
      const site = siteAt(entry.lock, event);
      if (hardirq) this.mark(agent, entry, Context.hardirq, true, site);
      if (!hardirq || !agent.softirqsOff) this.mark(agent, entry, Context.softirq, true, site);
    }
  }

  /** A dependency that is new (check_irq_usage): safe before it, unsafe after it. */
  depends(agent: AgentState, prev: HeldEntry, next: Used, site: DependencySite): void {
    for (const irqState of [Context.hardirq, Context.softirq]) {
      if (!this.everUsed(irqState)) continue;
      const safe = this.search(irqState, true, prev);
      if (safe === undefined) continue;
      const unsafe = this.search(irqState, false, next);
      if (unsafe === undefined) continue;
      this.reportOrder(agent, irqState, safe, unsafe, site);
    }
  }

  private everUsed(irqState: number): boolean {
    const ever = this.usage.everSet;
    const both = (enabled: boolean): number =>
      usageBit(irqState, enabled, false) | usageBit(irqState, enabled, true);
    return (ever & both(false)) !== 0 && (ever & both(true)) !== 0;
  }

  /** Backwards for what is taken in the interrupt, forwards for what it may interrupt. */
  private search(
    irqState: number,
    backwards: boolean,
    from: Used,
    without = -1,
  ): Reached | undefined {
    const weak = backwards ? from.mode !== Mode.write : from.mode === Mode.recursiveRead;
    const { all } = this.state.classes;
    return this.graph.search(
      backwards,
      from.class.number,
      weak,
      (reached) =>
        reached.class !== without &&
        this.usage.match(reached.class, irqState, !backwards, reached.weak) !== 0,
      (lockClass) => all[lockClass]!.perCpu,
    );
  }

  /** A usage (mark_lock, mark_lock_irq). */
  private mark(
    agent: AgentState,
    used: Used,
    irqState: number,
    enabled: boolean,
    site: UsageSite,
  ): void {
    const { usage } = this;
    const { number } = used.class;
    const read = used.mode !== Mode.write;
    if (!usage.set(number, usageBit(irqState, enabled, read), site)) return;
    const opposite = usage.match(number, irqState, !enabled, read);
    if (opposite !== 0) {
      this.reportState(agent, used, irqState, enabled, opposite, site);
    }
    if (!this.everUsed(irqState)) return;
    const found = this.search(irqState, enabled, used, opposite === 0 ? -1 : number);
    if (found === undefined) return;
    const bit = usage.match(found.class, irqState, !enabled, found.weak);
    if (found.class === number) this.reportState(agent, used, irqState, enabled, bit, site);
    else this.reportInversion(agent, used, irqState, enabled, found, site);
  }

  private reportState(
    agent: AgentState,
    used: Used,
    irqState: number,
    enabled: boolean,
    bit: number,
    site: UsageSite,
  ): void {
    const { names } = this.state;
    const isRead = bit === usageBit(irqState, !enabled, true);
    const old = this.usage.site(used.class.number, bit)!;
    const states =
      `{${usageName(irqState, !enabled, isRead)}} -> ` +
      `{${usageName(irqState, enabled, used.mode !== Mode.write)}}`;
    const cell = lockCell(used.class, used.mode);
    this.findings.add(
      {
        kind: 'inconsistent-lock-state',
        level: 'possible',
        title: `inconsistent lock state: ${used.class.name} ${states}`,
        agents: [...new Set([old.agent, site.agent])],
        locks: [...new Set([old.lock, used.lock])],
        words: [],
        lines: [old.line, site.line],
        text: [
          `inconsistent ${states} usage of ${used.class.name}`,
          `first ${usageText(irqState, !enabled)}: ${this.siteText(old)}`,
          `then ${usageText(irqState, enabled)}: ${this.siteText(site)}`,
          '',
          'Possible unsafe locking scenario:',
          '',
          ...columns(['CPU0'], [[cell], ['<Interrupt>'], [`  ${cell}`], ['*** DEADLOCK ***']]),
          '',
          ...heldLines(names, agent),
        ],
      },
      [used.class.name, irqStateNames[irqState]!],
    );
  }

  /** A new usage against an old one beyond old dependencies (print_irq_inversion_bug). */
  private reportInversion(
    agent: AgentState,
    used: Used,
    irqState: number,
    enabled: boolean,
    found: Reached,
    site: UsageSite,
  ): void {
    const other = this.state.classes.all[found.class]!;
    const bit = this.usage.match(found.class, irqState, !enabled, found.weak);
    const old = this.usage.site(found.class, bit)!;
    const [safe, unsafe] = enabled ? [other, used.class] : [used.class, other];
    const sites = pathOf(found).map(({ edge, kinds }) => siteOf(edge, kinds));
    const state = irqStateNames[irqState]!;
    this.add(
      `possible irq lock inversion dependency: ${safe.name} (${state}-safe) before ` +
        `${unsafe.name} (${state}-unsafe)`,
      {
        safe,
        unsafe,
        irqState,
        safeSite: enabled ? old : site,
        unsafeSite: enabled ? site : old,
        sites: enabled ? sites.reverse() : sites,
      },
      agent,
    );
  }

  /** A new dependency between old usages (print_bad_irq_dependency). */
  private reportOrder(
    agent: AgentState,
    irqState: number,
    before: Reached,
    after: Reached,
    site: DependencySite,
  ): void {
    const { all } = this.state.classes;
    const [safe, unsafe] = [all[before.class]!, all[after.class]!];
    const state = irqStateNames[irqState]!;
    const usageAt = (reached: Reached, enabled: boolean): UsageSite =>
      this.usage.site(
        reached.class,
        this.usage.match(reached.class, irqState, enabled, reached.weak),
      )!;
    const sites = [
      ...pathOf(before)
        .map(({ edge, kinds }) => siteOf(edge, kinds))
        .reverse(),
      site,
      ...pathOf(after).map(({ edge, kinds }) => siteOf(edge, kinds)),
    ];
    this.add(
      `${state}-safe -> ${state}-unsafe lock order: ${safe.name} -> ${unsafe.name}`,
      {
        safe,
        unsafe,
        irqState,
        safeSite: usageAt(before, false),
        unsafeSite: usageAt(after, true),
        sites,
      },
      agent,
    );
  }

  private add(
    title: string,
    inversion: {
      safe: LockClass;
      unsafe: LockClass;
      irqState: number;
      safeSite: UsageSite;
      unsafeSite: UsageSite;
      sites: readonly DependencySite[];
    },
    agent: AgentState,
  ): void {
    const { safe, unsafe, irqState, safeSite, unsafeSite, sites } = inversion;
    const { names } = this.state;
    const lines = [safeSite.line, unsafeSite.line, ...sites.map(({ line }) => line)];
    this.findings.add(
      {
        kind: 'irq-inversion',
        level: 'possible',
        title,
        agents: [...new Set([safeSite, unsafeSite, ...sites].map((one) => one.agent))],
        locks: [...new Set(sites.flatMap(({ held, lock }) => [held, lock]))],
        words: [],
        lines: [...new Set(lines)].sort((one, other) => one - other),
        text: [
          `${safe.name} is ${usageText(irqState, false)}: ${this.siteText(safeSite)}`,
          `${unsafe.name} is ${usageText(irqState, true)}: ${this.siteText(unsafeSite)}`,
          `the order from ${safe.name} to ${unsafe.name}:`,
          ...sites.flatMap((one) => edgeLines(names, one)).map((line) => `  ${line}`),
          '',
          'Possible interrupt unsafe locking scenario:',
          '',
          ...columns(
            ['CPU0', 'CPU1'],
            [
              [`lock(${unsafe.name})`, ''],
              ['', 'local_irq_disable()'],
              ['', `lock(${safe.name})`],
              ['', `lock(${unsafe.name})`],
              ['<Interrupt>', ''],
              [`  lock(${safe.name})`, ''],
              ['*** DEADLOCK ***', ''],
            ],
          ),
          '',
          ...heldLines(names, agent),
        ],
      },
      [safe.name, unsafe.name, irqStateNames[irqState]!],
    );
  }

  private siteText(site: UsageSite): string {
    const { names } = this.state;
    return (
      `${names.lockName(site.lock)} by ${names.agentName(site.agent)}` +
      whereText(names, site.line, site.place)
    );
  }
}

/** The bits of the usages that an acquisition shows. */
function usagesShown(agent: AgentState, read: boolean, tried: boolean, synced: boolean): number {
  let shown = 0;
  if (!tried) {
    if ((agent.context & 2) !== 0) shown |= usageBit(Context.hardirq, false, read);
    if ((agent.context & 1) !== 0) shown |= usageBit(Context.softirq, false, read);
  }
  if (agent.irqsOff || synced) return shown;
  shown |= usageBit(Context.hardirq, true, read);
  if (!agent.softirqsOff) shown |= usageBit(Context.softirq, true, read);
  return shown;
}

/** What lockdep's usage names mean. */
function usageText(irqState: number, enabled: boolean): string {
  const handler = contextNames[irqState]!;
  return enabled ? `held with ${handler}s enabled` : `taken in a ${handler} handler`;
}

function siteAt(lock: number, event: TraceEvent): UsageSite {
  return { agent: event.agent, lock, line: event.line, place: event.place };
}
