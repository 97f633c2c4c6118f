import { Op } from '../../../trace/format/operation.ts';
import { PairNumbers } from '../pair-numbers.ts';
import { strongParts } from './strong-parts.ts';
import type { TraceStore } from './trace-store.ts';

/**
 * Which locks and agents wait for which, over all of a trace: who holds a lock may wait for
 * another one, an agent for a lock or for another agent. Only what lies on a cycle of it can be
 * part of a deadlock.
 */
export class WaitGraph {
  private readonly store: TraceStore;
  private readonly locks: number;
  private readonly edges = new PairNumbers();
  private parts: Int32Array = new Int32Array(0);

  /** @param locks - how many there are */
  constructor(store: TraceStore, locks: number) {
    this.store = store;
    this.locks = locks;
  }

  /** Adds a wait. @param withAgent - whether others may wait for its agent */
  add(row: number, withAgent: boolean): void {
    const { store } = this;
    const heldSet = store.held.at(row);
    const to = this.target(row);
    if (withAgent) this.edge(this.locks + store.agent.at(row), to);
    const { heldSets } = store;
    // A lock taken again by who holds it is no wait for another.
    if (store.op.at(row) === Op.acquire && heldSets.has(heldSet, to)) return;
    for (let set = heldSet; set !== 0; set = heldSets.below(set)) this.edge(heldSets.top(set), to);
  }

  /** An agent completes or notifies what others may wait for. */
  addWaker(lock: number, agent: number): void {
    this.edge(lock, this.locks + agent);
  }

  /** Finds the cycles; nothing is to be added after it. */
  close(): void {
    const vertices = this.locks + this.store.agents.length;
    this.parts = strongParts(vertices, this.edges);
  }

  /** Whether a wait lies on a cycle. */
  isInRing(row: number): boolean {
    const { store, parts } = this;
    const part = parts[this.target(row)]!;
    if (part === -1) return false;
    if (parts[this.locks + store.agent.at(row)] === part) return true;
    const { heldSets } = store;
    for (let set = store.held.at(row); set !== 0; set = heldSets.below(set)) {
      if (parts[heldSets.top(set)] === part) return true;
    }
    return false;
  }

  private target(row: number): number {
    const object = this.store.object.at(row);
    return this.store.op.at(row) === Op.join ? this.locks + object : object;
  }

  private edge(from: number, to: number): void {
    this.edges.number(from, to);
  }
}
