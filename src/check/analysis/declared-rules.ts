import { Mode, Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { LockKind } from '../../trace/format/trace-names.ts';
import { listOf, type TraceRules, type TraceSection } from '../../trace/format/trace-rules.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { reportMisdeed } from './held-report.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, HeldEntry, TraceState } from './trace-state.ts';

/** Kinds of locks that put who waits for them to sleep. */
const sleeping: ReadonlySet<LockKind> = new Set<LockKind>([
  'mutex',
  'rwsem',
  'percpu_rwsem',
  'rtmutex',
  'ww_mutex',
  'active_ref',
]);

/** The guards of a word, by name. */
interface WordGuards {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/**
 * What the header declares beside the data (`rules`): guards of words, orders, levels and leaves of
 * locks, under which nobody may wait, how long they may be held, and what functions need. One agent
 * breaks such a rule by itself, in a trace in which nothing comes of it.
 */
export class DeclaredRules implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  private readonly rules: TraceRules;
  private readonly guards = new Map<number, WordGuards>();
  /** For each lock class those that must not be held when it is asked for. */
  private readonly orders = new Map<string, Set<string>>();
  private readonly sections: ReadonlyMap<string, TraceSection>;
  private readonly levels: ReadonlyMap<string, number>;
  private readonly limits: ReadonlyMap<string, number>;
  /**
   * Memory that was brought back, by word: what comes back in one go is its agent's own until
   * another agent touches any of it, as in executions (`check/unguarded-access.ts`).
   */
  private readonly memory = new Map<number, { agent: number }>();
  private reviving: { agent: number } | undefined;
  private readonly leaves: readonly string[];
  private readonly noWaits: readonly string[];

  constructor(state: TraceState, findings: AnalysisFindings, rules: TraceRules) {
    this.state = state;
    this.findings = findings;
    this.rules = rules;
    for (const [word, guard] of Object.entries(rules.guards ?? {})) {
      const both = listOf(guard.guardedBy);
      this.guards.set(state.names.word(word), {
        writes: [...both, ...listOf(guard.writesNeed)],
        reads: [...both, ...listOf(guard.readsNeed)],
      });
    }
    this.declareOrders();
    this.sections = new Map(Object.entries(rules.sections ?? {}));
    this.levels = new Map(Object.entries(rules.level ?? {}));
    this.limits = new Map(Object.entries(rules.heldAtMost ?? {}));
    this.leaves = rules.leaf ?? [];
    this.noWaits = rules.mayNotWait ?? [];
  }

  before(event: TraceEvent, agent: AgentState): void {
    if (event.op !== Op.revive) this.reviving = undefined;
    switch (event.op) {
      case Op.revive:
        this.reviving ??= { agent: event.agent };
        this.memory.set(event.object, this.reviving);
        return;
      case Op.read:
        return this.access(event, agent, false);
      case Op.write:
      case Op.readModifyWrite:
        return this.access(event, agent, true);
      case Op.wait:
      case Op.acquire:
        // What the agent began to wait for has been looked at then.
        if (event.op === Op.acquire && agent.waiting?.lock === event.object) return;
        this.acquire(event, agent);
        if (!event.tried && sleeping.has(this.state.names.locks[event.object]!.kind)) {
          this.wait(event, agent);
        }
        return;
      case Op.await:
      case Op.waitOn:
      case Op.join:
      case Op.conditionWait:
        return this.wait(event, agent);
      case Op.release:
        return this.release(event, agent);
      case Op.enter:
        return this.enter(event, agent);
      default:
    }
  }

  private declareOrders(): void {
    const { orders } = this;
    for (const chain of this.rules.order ?? []) {
      const classes = chain.map((name) => this.classOf(name));
      for (const [at, one] of classes.entries()) {
        const after = orders.get(one) ?? new Set<string>();
        orders.set(one, after);
        for (const other of classes.slice(at + 1)) after.add(other);
      }
    }
    for (const middle of orders.keys()) {
      for (const after of orders.values()) {
        if (after.has(middle)) for (const last of orders.get(middle)!) after.add(last);
      }
    }
  }

  /** A declaration names a lock, and then stands for its class, or a class. */
  private classOf(name: string): string {
    return this.state.names.locks.find(({ id }) => id === name)?.class ?? name;
  }

  private isNamed(lock: number, name: string): boolean {
    const { id, class: of } = this.state.names.locks[lock]!;
    return id === name || of === name;
  }

  private holds(agent: AgentState, name: string, forWriting: boolean): boolean {
    return agent.held.some(
      ({ lock, mode }) => this.isNamed(lock, name) && (!forWriting || mode === Mode.write),
    );
  }

  /** Whether the word lies in memory that this agent alone has touched since it came back. */
  private owns(event: TraceEvent): boolean {
    if (this.memory.size === 0) return false;
    const memory = this.memory.get(event.object);
    if (memory === undefined) return false;
    if (memory.agent !== event.agent) memory.agent = -1;
    return memory.agent === event.agent;
  }

  private access(event: TraceEvent, agent: AgentState, writes: boolean): void {
    const own = this.owns(event);
    const guards = this.guards.get(event.object);
    if (guards === undefined || own) return;
    const { writes: all, reads: any } = guards;
    let missing: string | undefined;
    if (writes) missing = all.find((name) => !this.holds(agent, name, true));
    else if (any.length > 0 && !any.some((name) => this.holds(agent, name, false))) {
      missing = any.join(' or ');
    }
    if (missing === undefined) return;
    const word = this.state.names.wordNames[event.object]!;
    const without = `without ${missing}${writes ? ' held for writing' : ''}`;
    reportMisdeed(this.state, this.findings, event, agent, {
      kind: 'unguarded-access',
      title: `unguarded access: ${word} is ${writes ? 'written' : 'read'} ${without}`,
      deed: `${writes ? 'writes' : 'reads'} ${word}`,
      problem: ` ${without}`,
      words: [event.object],
    });
  }

  private acquire(event: TraceEvent, agent: AgentState): void {
    const { names } = this.state;
    const wanted = names.locks[event.object]!.class;
    for (const { lock } of agent.held) {
      const held = names.locks[lock]!.class;
      if (this.leaves.some((name) => this.isNamed(lock, name))) {
        this.fail(event, agent, `declared leaf broken: ${wanted} is acquired under ${held}`);
      }
      if (event.tried) continue;
      if (this.orders.get(wanted)?.has(held) === true) {
        this.fail(event, agent, `declared order broken: ${wanted} is acquired under ${held}`);
      }
      const [inner, outer] = [this.levelOf(event.object), this.levelOf(lock)];
      if (inner !== undefined && outer !== undefined && inner <= outer && held !== wanted) {
        this.fail(
          event,
          agent,
          `declared level broken: ${wanted} (level ${inner}) is acquired under ` +
            `${held} (level ${outer})`,
        );
      }
    }
  }

  private levelOf(lock: number): number | undefined {
    if (this.levels.size === 0) return undefined;
    const { id, class: of } = this.state.names.locks[lock]!;
    return this.levels.get(id) ?? this.levels.get(of);
  }

  private wait(event: TraceEvent, agent: AgentState): void {
    if (this.noWaits.length === 0) return;
    const { names } = this.state;
    for (const { lock } of agent.held) {
      if (!this.noWaits.some((name) => this.isNamed(lock, name))) continue;
      const what =
        event.op === Op.join
          ? names.agentName(event.object)
          : event.op === Op.waitOn
            ? names.wordNames[event.object]!
            : names.locks[event.object]!.class;
      const held = names.locks[lock]!.class;
      const title = `waiting is not allowed under ${held}: an agent may wait for ${what}`;
      this.fail(event, agent, title, `may wait for ${what}`);
    }
  }

  private release(event: TraceEvent, agent: AgentState): void {
    const entry: HeldEntry | undefined = agent.held[agent.indexOf(event.object)];
    if (entry === undefined) return;
    const { id, class: of } = this.state.names.locks[event.object]!;
    const limit = this.limits.size === 0 ? undefined : (this.limits.get(id) ?? this.limits.get(of));
    const time = event.time - entry.time;
    if (limit !== undefined && time > limit) {
      const title = `held too long: ${of}, for more than ${limit} ns`;
      this.fail(event, agent, title, `gives back ${id}, held for ${time} ns`);
    }
    if (this.sections.size === 0) return;
    for (const call of new Set(agent.calls)) {
      const pinned = listOf(this.sections.get(call)?.pinned);
      if (!pinned.some((name) => this.isNamed(event.object, name))) continue;
      this.fail(event, agent, `pinned lock released: ${of}, within ${call}`, `gives back ${id}`);
    }
  }

  private enter(event: TraceEvent, agent: AgentState): void {
    const { text: name } = event;
    const section = this.sections.get(name);
    if (section === undefined) return;
    const say = (problem: string): void => {
      this.fail(event, agent, `${name} ${problem}`, `enters ${name}`);
    };
    for (const lock of new Set([...listOf(section.requires), ...listOf(section.pinned)])) {
      if (!this.holds(agent, lock, false)) say(`is entered without ${lock}, which it requires`);
    }
    for (const lock of listOf(section.excludes)) {
      if (this.holds(agent, lock, false)) say(`is entered with ${lock} held, which it excludes`);
    }
    if (section.noneHeld === true && agent.held.length > 0) {
      say('is entered with locks held, where none may be');
    }
  }

  private fail(event: TraceEvent, agent: AgentState, title: string, deed?: string): void {
    const { names } = this.state;
    const isLock = event.op === Op.acquire || event.op === Op.release || event.op === Op.await;
    reportMisdeed(this.state, this.findings, event, agent, {
      kind: 'lock-rule-broken',
      title,
      deed: deed ?? `acquires ${names.lockName(event.object)}`,
      problem: '',
      locks: isLock ? [event.object] : [],
    });
  }
}
