import { Op } from '../../../trace/format/operation.ts';
import type { Budget } from './ideal.ts';
import { strongParts } from './strong-parts.ts';
import type { HeldLockMode } from './held-sets.ts';
import { conflicting, type TraceStore } from './trace-store.ts';

/**
 * Waits of one agent that look alike: for the same thing, holding the same. A node of the abstract
 * lock graph of SPDOffline (Tunç and others, PLDI 2023), which has acquisitions only; here an agent
 * may wait for another's end, for a completion and on a monitor as well.
 */
export interface WaitNode {
  readonly agent: number;
  /** {@link Op.acquire}, `join`, `await` or `conditionWait`. */
  readonly op: number;
  /** The lock; of `join` the agent. */
  readonly object: number;
  readonly mode: number;
  readonly heldSet: number;
  readonly held: readonly HeldLockMode[];
  /** Numbers in the store, ascending. */
  readonly events: number[];
}

/** Nodes that wait for each other in a ring: the first one's agent for the second one's ... */
export type DeadlockPattern = readonly WaitNode[];

/** Operations that may wait for another agent. */
const waitOps: readonly number[] = [Op.acquire, Op.join, Op.await, Op.conditionWait];

/** Collects the waits of a trace and enumerates the rings among them. */
export class WaitNodes {
  private readonly store: TraceStore;
  private readonly all: WaitNode[] = [];
  /** By agent, then by what is waited for while what is held. */
  private readonly nodes: Map<number, WaitNode>[] = [];
  /** Agents whose completions or notifications others wait for, by lock. */
  private readonly wakers = new Map<number, Set<number>>();

  constructor(store: TraceStore) {
    this.store = store;
  }

  add(index: number): void {
    const { store } = this;
    const op = store.op.at(index);
    const object = store.object.at(index);
    const agent = store.agent.at(index);
    if (op === Op.complete || op === Op.conditionNotify) {
      const wakers = this.wakers.get(object) ?? new Set();
      this.wakers.set(object, wakers.add(agent));
      return;
    }
    if (op === Op.acquire && store.tried(index)) return;
    const heldSet = store.held.at(index);
    // Who holds nothing is in nobody's way, except where others wait for its end or its signal.
    const mode = store.lockMode(index);
    const key = ((heldSet * 2 ** 20 + object) * 4 + mode) * 4 + waitOps.indexOf(op);
    const nodes = (this.nodes[agent] ??= new Map());
    const known = nodes.get(key);
    if (known !== undefined) {
      known.events.push(index);
      return;
    }
    const held = store.heldSets.set(heldSet);
    // A lock taken again by who holds it is no wait for another.
    if (op === Op.acquire && held.some(({ lock }) => lock === object)) return;
    const node = { agent, op, object, mode, heldSet, held, events: [index] };
    nodes.set(key, node);
    this.all.push(node);
  }

  /** Rings of nodes of different agents, no two of which hold a lock that excludes both. */
  *patterns(budget: Budget): Generator<DeadlockPattern> {
    const next = this.successors();
    for (const start of next.keys()) {
      yield* this.extend([start], next, budget);
    }
  }

  /** For each node those whose agents it may wait for. */
  private successors(): Map<WaitNode, WaitNode[]> {
    const all = this.inRings();
    const holders = new Map<number, WaitNode[]>();
    const byAgent = new Map<number, WaitNode[]>();
    const put = (map: Map<number, WaitNode[]>, key: number, node: WaitNode): void => {
      const list = map.get(key);
      if (list === undefined) map.set(key, [node]);
      else list.push(node);
    };
    for (const node of all) {
      put(byAgent, node.agent, node);
      for (const { lock } of node.held) put(holders, lock, node);
    }
    const next = new Map<WaitNode, WaitNode[]>();
    for (const node of all) {
      const list = (
        node.op === Op.acquire
          ? (holders.get(node.object) ?? []).filter(({ held }) =>
              held.some(({ lock, mode }) => lock === node.object && conflicting(mode, node.mode)),
            )
          : node.op === Op.join
            ? (byAgent.get(node.object) ?? [])
            : [...(this.wakers.get(node.object) ?? [])].flatMap((agent) => byAgent.get(agent) ?? [])
      ).filter((other) => other.agent !== node.agent);
      if (list.length > 0) next.set(node, list);
    }
    return next;
  }

  /**
   * The nodes that can be in a ring at all: those that wait for something in the same strongly
   * connected part of the graph of locks and agents as something that they hold.
   */
  private inRings(): WaitNode[] {
    const graph = new Map<number, Set<number>>();
    const edge = (from: number, to: number): void => {
      const after = graph.get(from);
      if (after === undefined) graph.set(from, new Set([to]));
      else after.add(to);
    };
    for (const node of this.all) {
      const to = target(node);
      edge(-1 - node.agent, to);
      for (const { lock } of node.held) edge(lock, to);
    }
    for (const [lock, agents] of this.wakers) {
      for (const agent of agents) edge(lock, -1 - agent);
    }
    const parts = strongParts(graph);
    const same = (one: number, other: number): boolean =>
      parts.get(one) !== undefined && parts.get(one) === parts.get(other);
    return this.all.filter((node) => {
      const to = target(node);
      return same(-1 - node.agent, to) || node.held.some(({ lock }) => same(lock, to));
    });
  }

  private *extend(
    chain: readonly WaitNode[],
    next: ReadonlyMap<WaitNode, readonly WaitNode[]>,
    budget: Budget,
  ): Generator<DeadlockPattern> {
    const [start] = chain;
    for (const node of next.get(chain.at(-1)!) ?? []) {
      budget.take(chain.length);
      if (node === start) {
        if (chain.length > 1) yield chain;
        continue;
      }
      // Each ring is met once: from its agent with the smallest number.
      if (node.agent <= start!.agent || !next.has(node)) continue;
      if (chain.some((other) => other.agent === node.agent || other.object === node.object)) {
        if (chain.some((other) => other.agent === node.agent)) continue;
        if (chain.some((other) => isSameWait(other, node))) continue;
      }
      if (chain.some((other) => this.store.heldSets.exclude(other.heldSet, node.heldSet))) {
        continue;
      }
      yield* this.extend([...chain, node], next, budget);
    }
  }
}

/** The vertex of what a node waits for: a lock, or an agent as a negative number. */
function target(node: WaitNode): number {
  return node.op === Op.join ? -1 - node.object : node.object;
}

/** Two who wait for the same lock are not both needed in a ring. */
function isSameWait(one: WaitNode, other: WaitNode): boolean {
  return one.op === Op.acquire && other.op === Op.acquire && one.object === other.object;
}
