import type { Subject } from '../trace/subject.ts';
import { Kind, ObjectType } from '../program/kinds.ts';
import { Mode, type HeldLocks } from './held-locks.ts';
import type { Finding, Party } from './finding.ts';

/** Waits for no lock. */
const modeless: ReadonlySet<number> = new Set([
  Kind.waitUntil,
  Kind.await,
  Kind.retry,
  Kind.futexWake,
]);

/**
 * Deadlock: agents that can never move again. A cycle of agents that wait for locks is seen when it
 * closes, though others go on, and the shortest one through the agent that closed it is told; an
 * execution in which nobody can go on is a deadlock too, and where there is no cycle of locks, it
 * is the waits that nobody is left to end that are named (a lost wake-up).
 */
export class Deadlocks {
  /**
   * For each agent: the kind of the operation it waits in (0: it does not wait), its object, and
   * the event.
   */
  private readonly kind: Int32Array;
  private readonly object: Int32Array;
  private readonly event: Int32Array;
  private readonly ended: Uint8Array;
  /** Agents of the first cycle that closed, in its order; empty if none has. */
  private cycle: number[] = [];
  private cycleEvent = -1;
  private stalledAt = -1;
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    this.kind = new Int32Array(subject.agentCount);
    this.object = new Int32Array(subject.agentCount);
    this.event = new Int32Array(subject.agentCount);
    this.ended = new Uint8Array(subject.agentCount);
  }

  begin(): void {
    for (let agent = 0; agent < this.kind.length; agent++) {
      this.kind[agent] = 0;
      this.ended[agent] = 0;
    }
    if (this.cycleEvent >= 0) this.cycle = [];
    this.cycleEvent = -1;
    this.stalledAt = -1;
  }

  /** The agent cannot go on at an operation of this kind. */
  wait(agent: number, kind: number, object: number, event: number): void {
    this.kind[agent] = kind;
    this.object[agent] = object;
    this.event[agent] = event;
    if (this.cycleEvent >= 0 || !this.mayCloseCycle(agent)) return;
    const ring = this.ringThrough(agent);
    if (ring === undefined) return;
    this.cycle = ring;
    this.cycleEvent = event;
  }

  /** The agent went on. */
  proceed(agent: number): void {
    this.kind[agent] = 0;
  }

  exit(agent: number): void {
    this.ended[agent] = 1;
  }

  /** Nobody can go on, and not all have ended. */
  stall(event: number): void {
    this.stalledAt = event;
  }

  /** Reports what the execution showed; whether that was a deadlock. */
  end(): boolean {
    if (this.cycleEvent >= 0) this.reportCycle();
    else if (this.stalledAt >= 0) this.reportStall();
    else return false;
    return true;
  }

  /**
   * Whether somebody that the agent waits for waits, too, or is the agent itself: most often not.
   */
  private mayCloseCycle(agent: number): boolean {
    for (let left = this.waitsFor(agent); left !== 0; left &= left - 1) {
      const other = 31 - Math.clz32(left & -left);
      if (other === agent || this.kind[other] !== 0) return true;
    }
    return false;
  }

  /** The agents that this one waits for, as far as locks tell. */
  private waitsFor(agent: number): number {
    const object = this.object[agent]!;
    switch (this.kind[agent]) {
      case Kind.acquire:
      case Kind.writeAcquire:
      case Kind.writeGrant:
      case Kind.deactivate:
      case Kind.drain:
        return this.held.holders(object, true);
      case Kind.readAcquire:
        return this.held.holders(object, false);
      default:
        return 0;
    }
  }

  /** A shortest ring of agents that wait for each other with this one in it, in its order. */
  private ringThrough(start: number): number[] | undefined {
    const parents = new Map<number, number>();
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      const agent = queue[at]!;
      for (let left = this.waitsFor(agent); left !== 0; left &= left - 1) {
        const next = 31 - Math.clz32(left & -left);
        if (next === start) {
          const ring = [agent];
          while (ring[0] !== start) ring.unshift(parents.get(ring[0]!)!);
          return ring;
        }
        if (parents.has(next)) continue;
        parents.set(next, agent);
        queue.push(next);
      }
    }
    return undefined;
  }

  private party(agent: number): Party {
    const kind = this.kind[agent]!;
    const object = this.object[agent]!;
    let mode: number = Mode.write;
    if (kind === Kind.readAcquire) mode = this.held.readMode(object);
    else if (modeless.has(kind)) mode = -1;
    const action =
      kind === Kind.retry ? 'retries, until something that it read changes' : 'waits for';
    return { agent, event: this.event[agent]!, action, object, mode, held: this.held.list(agent) };
  }

  private stuck(except: readonly number[]): Party[] {
    const list: Party[] = [];
    for (let agent = 0; agent < this.kind.length; agent++) {
      const waits = this.kind[agent] !== 0 && this.ended[agent] === 0;
      if (waits && !except.includes(agent)) list.push(this.party(agent));
    }
    return list;
  }

  private reportCycle(): void {
    const { subject, cycle } = this;
    const parties = cycle.map((agent) => this.party(agent));
    // Who else waits for somebody of the cycle is stuck with it; on a stall, everybody who waits
    // is.
    const alsoStuck = this.stuck(cycle).filter(
      (party) => this.stalledAt >= 0 || this.leadsInto(party.agent, cycle, 0),
    );
    const waits = parties.map(
      (party) => `${subject.agentNames[party.agent]} ${subject.className(party.object)}`,
    );
    const recursion = cycle.length === 1;
    const names = parties.map((party) => subject.className(party.object));
    const agents = parties.map((party) => subject.agentNames[party.agent]!).sort();
    this.report({
      kind: 'deadlock',
      level: 'happened',
      title: recursion
        ? `deadlock: ${subject.agentNames[cycle[0]!]} waits for ${names[0]}, which it holds itself`
        : `deadlock: ${agents.join(' and ')} wait for each other`,
      key: `deadlock ${[...waits].sort().join(' / ')}`,
      event: this.cycleEvent,
      parties,
      alsoStuck,
    });
  }

  private leadsInto(agent: number, cycle: readonly number[], visited: number): boolean {
    for (let left = this.waitsFor(agent); left !== 0; left &= left - 1) {
      const next = 31 - Math.clz32(left & -left);
      if (cycle.includes(next)) return true;
      if ((visited & (1 << next)) !== 0) continue;
      if (this.leadsInto(next, cycle, visited | (1 << next))) return true;
    }
    return false;
  }

  private neverComing(party: Party | undefined): string {
    if (party === undefined) return 'an event that never comes';
    if (this.kind[party.agent] === Kind.futexWake) return 'a notify that never comes';
    const type = this.subject.types[party.object];
    const valued = type === ObjectType.word || type === ObjectType.cell;
    return valued ? 'a value that never comes' : 'an event that never comes';
  }

  private reportStall(): void {
    const { subject } = this;
    const all = this.stuck([]);
    // The roots wait for something that no agent that is alive and stuck could be waited for with.
    const isRoot = (party: Party): boolean => {
      for (let left = this.waitsFor(party.agent); left !== 0; left &= left - 1) {
        if (this.ended[31 - Math.clz32(left & -left)] === 0) return false;
      }
      return true;
    };
    const parties = all.filter(isRoot);
    const alsoStuck = all.filter((party) => !isRoot(party));
    const waits = parties.map((party) => {
      const name = party.object === 0 ? 'a change' : subject.name(party.object);
      return `${subject.agentNames[party.agent]} for ${name}`;
    });
    const orphan = parties.some((party) => this.waitsFor(party.agent) !== 0);
    const killed = parties.some(({ agent }) => (this.waitsFor(agent) & subject.mortals) !== 0);
    const gone = killed ? 'was killed' : 'has ended';
    const what = orphan ? `a lock whose holder ${gone}` : this.neverComing(parties[0]);
    this.report({
      kind: 'deadlock',
      level: 'happened',
      title: `deadlock: waiting for ${what} (${waits.join(', ')})`,
      key: `deadlock stall ${[...waits].sort().join(' / ')}`,
      event: this.stalledAt,
      parties,
      alsoStuck,
      ...(orphan
        ? {}
        : { hint: 'A lost wake-up: nobody who could end the wait is left, or it came too early.' }),
    });
  }
}
