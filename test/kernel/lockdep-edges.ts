import { Kind } from '../../src/program/kinds.ts';
import { operationTable } from '../../src/program/operation-table.ts';
import type { LockEvent } from './solo-run.ts';

/** A dependency as lockdep keeps it (struct lock_list). */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** How many held locks lie between the two, plus 1. */
  readonly distance: number;
  /** 8: the first was held exclusively; 4: for reading. Neither kind recurses. */
  readonly bits: number;
  /** The operation that made it first; distance and bits are those that it had then. */
  readonly madeBy: string;
}

interface Held {
  readonly object: number;
  readonly lockClass: string;
  readonly read: boolean;
  readonly byTry: boolean;
  /** Whether lockdep looks at it: not at dev->mutex (lockdep_set_novalidate_class()). */
  readonly checked: boolean;
}

interface Mode {
  readonly read?: boolean;
  readonly byTry?: boolean;
}

const modes: ReadonlyMap<number, Mode> = new Map<number, Mode>([
  [Kind.acquire, {}],
  [Kind.tryAcquire, { byTry: true }],
  [Kind.writeAcquire, {}],
  [Kind.writeTryAcquire, { byTry: true }],
  [Kind.readAcquire, { read: true }],
  [Kind.readTryAcquire, { read: true, byTry: true }],
  [Kind.refTryAcquire, { read: true, byTry: true }],
]);

const releases: ReadonlySet<number> = new Set([
  Kind.release,
  Kind.readRelease,
  Kind.writeRelease,
  Kind.refRelease,
]);

/** What the kernel calls a lock class of the model. */
export function kernelName(lockClass: string): string {
  return lockClass === '(memory_chain).rwsem' ? 'memory_chain.rwsem' : lockClass;
}

/**
 * The dependencies that lockdep would store (check_prevs_add() of v6.1): to a lock that is taken
 * otherwise than by try, from each held lock, innermost first, as far as the first that was not
 * taken by try itself; what lies further out is reached by way of that. Locks without validation
 * are passed over, and count for the distance.
 */
export class LockdepEdges {
  /** By `from -> to`. */
  readonly edges: Map<string, Edge> = new Map();
  /** Classes that were taken at all. */
  readonly classes: Set<string> = new Set();
  /** What goes on now, for {@link Edge.madeBy}. */
  operation = '';
  private held = new Map<number, Held[]>();

  /** An execution ends, and nobody holds anything. */
  endExecution(): void {
    this.held.clear();
  }

  event({ kind, agent, object, lockClass, outcome }: LockEvent): void {
    if (lockClass === 'kernel.zonelist_update_seq' && kind === Kind.add) {
      if (outcome % 2 === 0) this.take(agent, object, 'zonelist_update_seq', {});
      else this.give(agent, object);
      return;
    }
    // kernfs_drain(): nobody is inside, and so lockdep is not told either.
    if (kind === Kind.deactivate && outcome !== 1) this.connect(agent, lockClass);
    if (releases.has(kind)) this.give(agent, object);
    const mode = modes.get(kind);
    if (mode === undefined || (operationTable[kind]!.truth && outcome === 0)) return;
    this.take(agent, object, kernelName(lockClass), mode);
  }

  private heldBy(agent: number): Held[] {
    const held = this.held.get(agent) ?? [];
    this.held.set(agent, held);
    return held;
  }

  private take(agent: number, object: number, lockClass: string, mode: Mode): void {
    const { read = false, byTry = false } = mode;
    const checked = !lockClass.endsWith(' device_lock');
    this.classes.add(lockClass);
    if (checked && !byTry) this.connect(agent, lockClass);
    this.heldBy(agent).push({ object, lockClass, read, byTry, checked });
  }

  private give(agent: number, object: number): void {
    const held = this.heldBy(agent);
    const at = held.findLastIndex((lock) => lock.object === object);
    if (at >= 0) held.splice(at, 1);
  }

  private connect(agent: number, to: string): void {
    const held = this.heldBy(agent);
    for (let at = held.length - 1; at >= 0; at--) {
      const { lockClass: from, read, byTry, checked } = held[at]!;
      if (!checked) continue;
      const key = `${from} -> ${to}`;
      const bits = read ? 4 : 8;
      if (!this.edges.has(key)) {
        const distance = held.length - at;
        this.edges.set(key, { from, to, distance, bits, madeBy: this.operation });
      }
      if (!byTry) return;
    }
  }
}
