import type { Finding } from '../check/finding.ts';
import type { Machine } from '../execute/machine.ts';
import { firstOf } from '../execute/strategy.ts';
import { Kind, ObjectType } from '../program/kinds.ts';
import { operationTable } from '../program/operation-table.ts';
import type { Subject } from '../trace/subject.ts';

/** Somebody holds a lock of one class and wants a lock of another: numbers of lock classes. */
export interface GoalEdge {
  readonly from: number;
  readonly to: number;
}

/**
 * The deadlock that a lock-order report warns of, as a goal to search for: agents that wait for
 * each other along these edges. Which agents, and which locks of the classes, is left open, as the
 * report itself is about classes (DeadlockFuzzer: Joshi, Park, Sen, Naik, PLDI 2009, abstracts
 * likewise).
 */
export class LockCycleGoal {
  readonly edges: readonly GoalEdge[];
  private readonly subject: Subject;
  private readonly wanted: string;
  /** Locks of one class are taken inside of each other: the cycle is among its instances. */
  private readonly recursive: boolean;
  /** It is a reader of one lock who asks for it again, behind a writer. */
  private readonly again: boolean;
  /** The locks of each class that an edge starts from. */
  private readonly locksOf = new Map<number, number[]>();

  /** @param finding - a lock inversion, or a possible recursive locking */
  constructor(finding: Finding, subject: Subject) {
    this.subject = subject;
    this.edges = finding.parties.map(({ from, object }) => ({
      from: subject.classes[from!.object]!,
      to: subject.classes[object]!,
    }));
    this.recursive = this.edges.every(({ from, to }) => from === to);
    this.again = finding.parties.every(({ from, object }) => from!.object === object);
    this.wanted = signatureOf(this.edges);
    for (const { from } of this.edges) this.locksOf.set(from, locksOfClass(from, subject));
  }

  /** Whether the deadlock is this one. */
  shownBy(finding: Finding): boolean {
    if (finding.kind !== 'deadlock') return false;
    return this.isCycle(finding.parties.map(({ object }) => object));
  }

  /** Whether agents wait for each other in this way now; nothing ever ends such waits. */
  closedIn(machine: Machine, agents: number): boolean {
    for (let agent = 0; agent < agents; agent++) {
      if (this.closes(machine, agent, agent, 1 << agent, [])) return true;
    }
    return false;
  }

  /** The edges that an agent is at, as a mask: it wants the lock while it holds the other. */
  edgesAt(machine: Machine, agent: number): number {
    const kind = machine.pendingKind[agent]!;
    const object = machine.pendingObject[agent]!;
    if (operationTable[kind]!.blockers === undefined) return 0;
    const to = this.subject.classes[object]!;
    let mask = 0;
    for (const [at, edge] of this.edges.entries()) {
      if (edge.to === to && this.holds(machine, agent, edge.from, object)) mask |= 1 << at;
    }
    return mask;
  }

  /**
   * Whether the agent holds some lock of this class: another than it wants, or that very one if
   * this is about asking again.
   */
  private holds({ memory }: Machine, agent: number, lockClass: number, wanted: number): boolean {
    return this.locksOf.get(lockClass)!.some((lock) => {
      if ((lock === wanted) !== this.again) return false;
      const asked = exclusiveKind(this.subject.types[lock]!);
      const holders = operationTable[asked]!.blockers!(memory, agent, lock);
      return (holders & (1 << agent)) !== 0;
    });
  }

  /** Follows the waits from `agent`; whether some way leads back to `start` along the edges. */
  private closes(
    machine: Machine,
    start: number,
    agent: number,
    visited: number,
    objects: number[],
  ): boolean {
    const { blockers } = operationTable[machine.pendingKind[agent]!]!;
    if (blockers === undefined || (machine.enabled & (1 << agent)) !== 0) return false;
    const object = machine.pendingObject[agent]!;
    objects.push(object);
    for (let left = blockers(machine.memory, agent, object); left !== 0; left &= left - 1) {
      const next = firstOf(left);
      if (next === start && this.isCycle(objects)) return true;
      // Every cycle is walked from its smallest agent.
      if (next <= start || (visited & (1 << next)) !== 0) continue;
      if (this.closes(machine, start, next, visited | (1 << next), objects)) return true;
    }
    objects.pop();
    return false;
  }

  /**
   * Whether waits for these objects, each by the holder of the one before it, are the cycle. Who
   * waits in the queue of a lock behind another is no edge of its own.
   */
  private isCycle(objects: readonly number[]): boolean {
    const { classes } = this.subject;
    const edges = objects.map((object, at) => ({
      from: classes[objects[(at + objects.length - 1) % objects.length]!]!,
      to: classes[object]!,
    }));
    if (this.recursive) {
      const locks = new Set(objects).size;
      const other = this.again ? locks === 1 && objects.length > 1 : locks > 1;
      return other && signatureOf(edges) === this.wanted;
    }
    return signatureOf(edges.filter(({ from, to }) => from !== to)) === this.wanted;
  }
}

function signatureOf(edges: readonly GoalEdge[]): string {
  return [...new Set(edges.map(({ from, to }) => `${from}>${to}`))].sort().join(' ');
}

function locksOfClass(lockClass: number, subject: Subject): number[] {
  const locks: number[] = [];
  for (let object = 1; object < subject.wordCount; object++) {
    if (subject.record(object) === undefined || subject.classes[object] !== lockClass) continue;
    if (exclusiveKind(subject.types[object]!) !== Kind.none) locks.push(object);
  }
  return locks;
}

/** The operation that waits for everybody who holds an object of this type. */
function exclusiveKind(type: number): number {
  switch (type) {
    case ObjectType.mutex:
    case ObjectType.spinLock:
      return Kind.acquire;
    case ObjectType.rwLock:
    case ObjectType.rwSemaphore:
    case ObjectType.percpuRwSemaphore:
      return Kind.writeAcquire;
    case ObjectType.activeRef:
      return Kind.drain;
    default:
      return Kind.none;
  }
}
