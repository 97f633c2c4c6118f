import { Kind } from '../../program/kinds.ts';
import { operationTable } from '../../program/operation-table.ts';
import { monotonicMs } from '../clock.ts';
import { AgentAt, agentLine, AgentState } from './control.ts';

/** Milliseconds without any agent's moving after which waiting agents count as stuck. */
const stallMs = 400;

/** Looks that must agree on a cycle: one may catch a thread that is just being woken. */
const cycleLooksMin = 2;

/** An agent that waits, as the watchdog sees it. @public */
export interface ObservedWait {
  readonly agent: number;
  /** Kind of the operation that it waits in (`program/kinds.ts`), and its object. */
  readonly kind: number;
  readonly object: number;
  /** Agents that it waits for, as far as locks tell, as a mask; 0: nobody in particular. */
  readonly blockers: number;
  /** Milliseconds since the watchdog first saw it there: up to a look's distance too few. */
  readonly waitedMs: number;
}

/**
 * Reads from the arena and the control block who waits for whom, while the threads run. A deadlock
 * is a cycle of waits in which nobody has moved between two looks; or every agent that is left
 * waits, for good, and has for a while.
 */
export class Watchdog {
  private readonly memory: Int32Array;
  private readonly control: Int32Array;
  private readonly agents: number;
  /** What the last look saw of each agent: operations performed, kind and object of its wait. */
  private readonly before: Int32Array;
  private readonly now: Int32Array;
  /** For each agent: when it was first seen where it is. */
  private readonly sinceMs: Float64Array;
  private unmovedSinceMs = 0;
  /** Looks in a row that saw a cycle in which nobody moved. */
  private cycleLooks = 0;

  constructor(memory: Int32Array, control: Int32Array, agents: number) {
    this.memory = memory;
    this.control = control;
    this.agents = agents;
    this.before = new Int32Array(agents * 3).fill(-1);
    this.now = new Int32Array(agents * 3);
    this.sinceMs = new Float64Array(agents);
  }

  begin(): void {
    this.before.fill(-1);
    this.cycleLooks = 0;
    this.unmovedSinceMs = monotonicMs();
  }

  /** Looks once; whether the agents are deadlocked. */
  look(): boolean {
    this.observe();
    const cycle = this.inCycle();
    let moved = false;
    let stuck = true;
    let cycleMoved = false;
    for (let agent = 0; agent < this.agents; agent++) {
      const same = [0, 1, 2].every(
        (at) => this.now[agent * 3 + at] === this.before[agent * 3 + at],
      );
      if (!same) {
        moved = true;
        this.sinceMs[agent] = monotonicMs();
      }
      if (!same && (cycle & (1 << agent)) !== 0) cycleMoved = true;
      if (!this.waitsForGood(agent) && !this.hasEnded(agent)) stuck = false;
    }
    this.before.set(this.now);
    if (moved) this.unmovedSinceMs = monotonicMs();
    this.cycleLooks = cycle !== 0 && !cycleMoved ? this.cycleLooks + 1 : 0;
    if (this.cycleLooks >= cycleLooksMin) return true;
    return stuck && !moved && monotonicMs() - this.unmovedSinceMs > stallMs;
  }

  /** Who waits for what since when, as of the last look. */
  waits(): ObservedWait[] {
    return Array.from({ length: this.agents }, (_, agent) => agent)
      .filter((agent) => this.waitsForGood(agent) && !this.hasEnded(agent))
      .map((agent) => ({
        agent,
        kind: this.now[agent * 3 + 1]!,
        object: this.now[agent * 3 + 2]!,
        blockers: this.waitsFor(agent),
        waitedMs: monotonicMs() - this.sinceMs[agent]!,
      }));
  }

  private observe(): void {
    const { control, now } = this;
    for (let agent = 0; agent < this.agents; agent++) {
      const line = agentLine(agent);
      const operations = Atomics.load(control, line + AgentAt.operations);
      const kind = Atomics.load(control, line + AgentAt.waitKind);
      now[agent * 3 + 2] = Atomics.load(control, line + AgentAt.waitObject);
      // One wait's kind with another's object would be looked up in memory that is no such lock.
      const torn =
        kind !== Atomics.load(control, line + AgentAt.waitKind) ||
        operations !== Atomics.load(control, line + AgentAt.operations);
      now[agent * 3] = operations;
      now[agent * 3 + 1] = torn ? Kind.none : kind;
    }
  }

  private hasEnded(agent: number): boolean {
    const state = Atomics.load(this.control, agentLine(agent) + AgentAt.state);
    return state === AgentState.done || state === AgentState.failed;
  }

  private waitsForGood(agent: number): boolean {
    const kind = this.now[agent * 3 + 1]!;
    return kind !== Kind.none && kind !== Kind.sleep && kind !== Kind.retry;
  }

  /** The agents that this one waits for, as far as locks tell. */
  private waitsFor(agent: number): number {
    const kind = this.now[agent * 3 + 1]!;
    if (kind === Kind.none || this.hasEnded(agent)) return 0;
    const object = this.now[agent * 3 + 2]!;
    // Threads go on meanwhile: a count of references may still have who has just gone, and the
    // search for it leads out of the object.
    const all = 2 ** this.agents - 1;
    return (operationTable[kind]!.blockers?.(this.memory, agent, object) ?? 0) & all;
  }

  /** The agents that wait for themselves through others. */
  private inCycle(): number {
    let cycle = 0;
    for (let agent = 0; agent < this.agents; agent++) {
      let reached = this.waitsFor(agent);
      for (let grown = true; grown;) {
        let next = reached;
        for (let left = reached; left !== 0; left &= left - 1)
          next |= this.waitsFor(31 - Math.clz32(left & -left));
        grown = next !== reached;
        reached = next;
      }
      if ((reached & (1 << agent)) !== 0) cycle |= 1 << agent;
    }
    return cycle;
  }
}
