import { Mode } from '../../../trace/format/operation.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import { conflicting } from './event-row.ts';
import { keepsOthersOut } from './held-sets.ts';
import type { TraceStore } from './trace-store.ts';

/** The last acquisitions of one lock by one agent that are in the set. */
interface LastAcquires {
  any: number;
  /** The last exclusive one; -1 if there is none. */
  write: number;
}

/** Thrown when a search has cost more than it was allowed to. */
export class OutOfBudget extends Error {
  override name = 'OutOfBudget';
}

/** Steps that all searches of one trace may take together. */
export class Budget {
  left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  take(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw new OutOfBudget();
  }
}

/**
 * A set of events that is closed in the sense of sync-preserving reorderings (Mathur, Pavlogiannis
 * and Viswanathan, POPL 2021; Tunç and others, PLDI 2023, "SPClosure"): with an event all that must
 * come before it, and of two conflicting sections of one lock that are begun, the release of the
 * earlier one. Executed in the order of the trace it is a correct reordering. It only grows, which
 * is what makes searches linear.
 */
export class Ideal {
  /** For every agent how many of its events are in the set. */
  counts: Int32Array;
  /** Whether a release is needed that the trace does not have. */
  infeasible = false;
  private readonly store: TraceStore;
  private readonly names: TraceNames;
  private readonly budget: Budget;
  private readonly locks = new Map<number, Map<number, LastAcquires>>();
  private readonly dirty = new Set<number>();
  private readonly scanned: Int32Array;

  constructor(store: TraceStore, names: TraceNames, budget: Budget) {
    this.store = store;
    this.names = names;
    this.budget = budget;
    this.counts = new Int32Array(store.agents.length);
    this.scanned = new Int32Array(store.agents.length);
    for (const [agent, { base }] of store.agents.entries()) this.raise(agent, base);
  }

  /** Whether an event is in the set. */
  has(index: number): boolean {
    const { store } = this;
    return this.counts[store.agent.at(index)]! > store.local.at(index);
  }

  /** Adds all that must come before an event can be next, and closes the set. */
  reach(index: number): void {
    const { store } = this;
    this.include(index, store.local.at(index));
    this.close();
  }

  /** Adds what must come before an event, and its agent's events up to a count. */
  private include(index: number, count: number): void {
    const { clocks } = this.store;
    const version = this.store.mustBefore(index);
    const length = clocks.lengthOf(version);
    this.budget.take(length);
    const last = Math.min(length, this.counts.length);
    for (let other = 0; other < last; other++) this.raise(other, clocks.at(version, other));
    this.raise(this.store.agent.at(index), count);
  }

  /** Notes the acquisitions that come into the set with an agent's next events. */
  private raise(agent: number, count: number): void {
    if (this.counts[agent]! >= count) return;
    this.counts[agent] = count;
    const { store } = this;
    const { acquires } = store.agents[agent]!;
    let at = this.scanned[agent]!;
    for (; at < acquires.length; at++) {
      const index = acquires.at(at);
      if (store.local.at(index) >= count) break;
      const lock = store.object.at(index);
      if (!keepsOthersOut(this.names.locks[lock]!.kind, store.lockMode(index))) continue;
      let byAgent = this.locks.get(lock);
      if (byAgent === undefined) this.locks.set(lock, (byAgent = new Map()));
      const last = byAgent.get(agent) ?? { any: -1, write: -1 };
      last.any = index;
      if (store.lockMode(index) === Mode.write) last.write = index;
      byAgent.set(agent, last);
      this.dirty.add(lock);
    }
    this.budget.take(at - this.scanned[agent]! + 1);
    this.scanned[agent] = at;
  }

  private close(): void {
    while (this.dirty.size > 0 && !this.infeasible) {
      const [lock] = this.dirty;
      this.dirty.delete(lock!);
      this.closeLock(this.locks.get(lock!)!);
    }
  }

  private closeLock(byAgent: ReadonlyMap<number, LastAcquires>): void {
    const { store } = this;
    if (byAgent.size < 2) return;
    for (const [agent, { any: acquire }] of byAgent) {
      const mode = store.lockMode(acquire);
      this.budget.take(byAgent.size);
      const release = store.partner.at(acquire);
      if (release !== -1 && this.has(release)) continue;
      for (const [other, later] of byAgent) {
        if (other === agent) continue;
        const against = conflicting(mode, Mode.read) ? later.any : later.write;
        if (against <= acquire) continue;
        if (release === -1) {
          this.infeasible = true;
          return;
        }
        this.include(release, store.local.at(release) + 1);
        break;
      }
    }
  }
}
